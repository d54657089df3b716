"""Uploads go to a directory of the test's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def uploads_dir(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOAD_DIR = str(tmp_path / "uploads")
    return tmp_path / "uploads"
