"""docs/seeds.md is whole: every demand has one row, and what a row points at is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import get_resolver

from compliance.checks import BY_CODE

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "seeds.md").read_text(encoding="utf-8")
NUMBERS = {"A": 36, "P": 32, "O": 37, "B": 46}
ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split(" | ")]
    for line in TEXT.splitlines()
    if re.match(r"\| [ABPO]\d+ \|", line)
]
NONE = "–"
NOT_BUILT = "**Not built.**"


def ticked(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@cache
def functions_of(path: str) -> frozenset[str]:
    """The names of a file's functions, read and not run."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_demand_of_the_four_documents_has_exactly_one_row() -> None:
    expected = [f"{letter}{n}" for letter, most in NUMBERS.items() for n in range(1, most + 1)]
    assert sorted(row[0] for row in ROWS) == sorted(expected)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_is_whole_and_points_at_what_is_there(row: list[str]) -> None:
    _, asked, does, where, tests = row
    assert asked
    assert does
    for named in ticked(where):
        if named.startswith("manage.py "):
            assert named.split()[1] in get_commands(), named
        else:
            assert named in get_resolver().reverse_dict, named
    assert ticked(where) or where == NONE
    for named in ticked(tests):
        path, _, function = named.partition("::")
        assert function in functions_of(path), named
    # What is said to be done is proven; what is not built says so.
    assert ticked(tests) or (tests == NONE and does.startswith(NOT_BUILT))
    for code in re.findall(r"check `(\w+)`", does):
        assert code in BY_CODE, code


def test_the_counts_in_the_introduction_are_those_of_the_rows() -> None:
    missing = [row[0] for row in ROWS if row[2].startswith(NOT_BUILT)]
    part = sum(row[2].startswith("**In part.**") for row in ROWS)
    whole = len(ROWS) - part - len(missing)
    words = " ".join(TEXT.split())
    assert f"Of {len(ROWS)} rows {whole} are whole, {part} in part, {len(missing)} not built" in words
    assert f"not built: {', '.join(missing)}." in words
