"""The closed list of merge fields, and the strict reading of words that use them.

`{{ first_name }}` and nothing else: no filters, attributes, logic or nesting. A value is put in once and is
never read again, so a name that looks like a merge field is printed as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class MergeField:
    """One thing the words may name.

    `parts`: what must be known of the contact; empty for what reads well of anybody, as the practice's own facts do.
    """

    name: str
    says: str
    example: str
    parts: tuple[str, ...] = ()

    @property
    def written(self) -> str:
        """As it is typed into the words."""
        return "{{ " + self.name + " }}"


FIELDS = (
    MergeField("first_name", "The person's first name.", "Maria", ("first_name",)),
    MergeField("hello", "“Hi” with the first name, or “Hello” where none is known.", "Hi Maria"),
    MergeField("last_name", "The person's last name.", "Garcia", ("last_name",)),
    MergeField("full_name", "First and last name.", "Maria Garcia", ("first_name", "last_name")),
    MergeField(
        "guardian_first_name",
        "The first name of a child's parent or guardian.",
        "Ana",
        ("guardian_first_name",),
    ),
    MergeField("location_name", "The site the person goes to.", "Main Street", ("location_name",)),
    MergeField("practice_name", "The practice's name, as patients know it.", "Bright Smiles Dental"),
    MergeField("practice_phone", "The practice's own telephone number.", "(212) 555-0142"),
    MergeField("practice_website", "The practice's website.", "https://brightsmiles.example"),
)
BY_NAME = {field.name: field for field in FIELDS}
# The names a contact's `filled` may hold: exactly what a step's `needs` can ask for.
CONTACT_PARTS = ("first_name", "last_name", "guardian_first_name", "location_name")

_FIELD = re.compile(r"(?<!\{)\{\{ *([a-z_]+) *\}\}(?!\})")
_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}")


class BadField(ValueError):
    """Words hold something in braces that is no merge field. `position` counts characters from 0."""

    def __init__(self, says: str, position: int) -> None:
        super().__init__(says)
        self.says, self.position = says, position


def pieces(text: str) -> list[tuple[str, str]]:
    """The text cut into (literal, field name) pairs; the last one's field is empty. Raises BadField."""
    cut: list[tuple[str, str]] = []
    at = 0
    for found in _FIELD.finditer(text):
        _only_plain(text, at, found.start())
        if found[1] not in BY_NAME:
            raise BadField(
                f"There is no merge field called “{found[1]}” (character {found.start() + 1}). "
                "Use the buttons above the words.",
                found.start(),
            )
        cut.append((text[at : found.start()], found[1]))
        at = found.end()
    _only_plain(text, at, len(text))
    return [*cut, (text[at:], "")]


def fields_in(text: str) -> list[str]:
    """The merge fields a text uses, each once, in order. Raises BadField."""
    return list(dict.fromkeys(name for _, name in pieces(text) if name))


def parts_needed(texts: Iterable[str]) -> list[str]:
    """What must be known of a contact to fill these texts, sorted: a step's `needs`. Raises BadField."""
    return sorted({part for text in texts for name in fields_in(text) for part in BY_NAME[name].parts})


def _only_plain(text: str, start: int, end: int) -> None:
    if stray := _BRACES.search(text, start, end):
        shown = " ".join(text[stray.start() : stray.start() + 24].split())
        raise BadField(
            f"“{shown}” at character {stray.start() + 1} is no merge field. A merge field is written "
            "{{ first_name }}, with nothing else between the braces.",
            stray.start(),
        )
