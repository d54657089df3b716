"""Counts as people read them, the same in every report."""

from __future__ import annotations

from typing import Any

from messaging.reports.lift import Share
from tenants.templatetags.figures import number, share


def people(count: int) -> str:
    """“1 person”, “2 people”."""
    return f"{number(count)} {'person' if count == 1 else 'people'}"


def many(count: int, one: str) -> str:
    """“1 text”, “2 texts”."""
    return f"{number(count)} {one}{'' if count == 1 else 's'}"


def people_of(part: int, whole: int) -> str:
    """“3 people (10 %)”."""
    return f"{people(part)} ({share(part, whole)})" if whole else people(part)


def bar(name: str, each: Share) -> dict[str, Any]:
    """One line of such a picture."""
    return {"label": f"{name} ({people(each.people)})", "value": each.of_100, "text": _span(each)}


def _span(each: Share) -> str:
    low, high = each.between
    return f"{each.of_100:.1f} % (between {low:.1f} and {high:.1f})"
