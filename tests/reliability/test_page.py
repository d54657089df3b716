"""docs/reliability.md names a test for every scenario, or says why there is none; each named test is there."""

from __future__ import annotations

import re

from config.env import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text()
SCENARIOS = [f"F{n}" for n in range(1, 67)] + [f"B{n}" for n in range(10, 28)]


def test_every_scenario_has_one_line() -> None:
    assert re.findall(r"^\| ([FB]\d+) \|", PAGE, re.MULTILINE) == SCENARIOS


def test_every_test_that_is_named_is_there() -> None:
    for name in re.findall(r"`(tests/[^`]+)`", PAGE):
        file, _, function = name.partition("::")
        assert (ROOT / file).exists(), name
        assert not function or f"def {function}(" in (ROOT / file).read_text(), name
