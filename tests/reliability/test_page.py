"""docs/reliability.md names a test for every scenario, or says why there is none; each named test is there."""

from __future__ import annotations

import re

from config.env import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text()
GOALS = [f"G{n}" for n in range(1, 34)]
SCENARIOS = [f"F{n}" for n in range(1, 67)] + [f"B{n}" for n in range(10, 28)]


def test_every_scenario_has_one_line() -> None:
    assert re.findall(r"^\| ([FB]\d+) \|", PAGE, re.MULTILINE) == SCENARIOS


def test_every_goal_has_one_line_with_two_sizes_and_two_tests() -> None:
    assert re.findall(r"^\| (G\d+) \|", PAGE, re.MULTILINE) == GOALS
    for cells in (line.split(" | ") for line in PAGE.splitlines() if re.match(r"\| G\d+ \|", line)):
        assert cells[2].strip() and cells[3].strip() and "`tests/" not in cells[3], cells[0]  # noqa: PT018
        assert "`tests/" in cells[4], cells[0]
        assert any(word in cells[5] for word in ("`tests/", "the same", "kill test", "make bench")), cells[0]


def test_every_test_that_is_named_is_there() -> None:
    for name in re.findall(r"`(tests/[^`]+)`", PAGE):
        file, _, function = name.partition("::")
        assert (ROOT / file).exists(), name
        assert not function or f"def {function}(" in (ROOT / file).read_text(), name
