"""The direction of imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from config.env import ROOT


def test_no_app_imports_one_to_its_right() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
