"""docs/pages.md names pages that exist, and leaves out no main page of the rail."""

from __future__ import annotations

import re
from pathlib import Path

from django.urls import get_resolver

from tenants.templatetags.parts import RAIL

PAGES = (Path(__file__).resolve().parent.parent / "docs" / "pages.md").read_text()


def named() -> set[str]:
    """The addresses' names in the first column of each table."""
    first = [line.split("|")[1] for line in PAGES.splitlines() if line.startswith("|")]
    return {name for cell in first for name in re.findall(r"`(\w+)`", cell)}


def test_every_page_it_names_exists() -> None:
    there = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert len(named()) > 40
    assert named() - there == set()


def test_every_page_of_the_rail_is_in_it() -> None:
    assert {view for _, view, _, _ in RAIL} - named() == set()
