"""What holds of any reply, number, name, word or hour, tried with thousands of examples that are others each time."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from config.env import ROOT

# The modules whose slip would write to somebody who said no, at the wrong hour, or in another one's name.
SAFETY = (
    "tests/consent/test_replies.py",
    "tests/consent/test_addresses.py",
    "tests/consent/test_places_keys.py",
    "tests/consent/importing/test_cells.py",
    "tests/consent/importing/test_people.py",
    "tests/consent/importing/test_reading.py",
    "tests/campaigns/test_merge_fields.py",
    "tests/campaigns/test_segments.py",
    "tests/compliance/test_hours_ahead.py",
    "tests/compliance/test_pace.py",
    "tests/messaging/breakers/test_measures.py",
    "tests/tenants/test_hashing.py",
)


@pytest.mark.reliability
@pytest.mark.parametrize("module", SAFETY)
def test_it_holds_of_examples_nobody_thought_of(module: str) -> None:
    run = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pytest", module, "-q", "-p", "no:xdist", "-p", "no:cacheprovider"],
        cwd=ROOT, env=os.environ | {"PROPERTIES": "exploring"}, capture_output=True, text=True, timeout=1800, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-4000:]
