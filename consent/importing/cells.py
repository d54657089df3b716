"""What one cell says: a phone number, an e-mail address, a name.

Every reader gives the value and a remark: '' or a sentence that never repeats the value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

from consent.addresses import NO_ADDRESS, NO_NUMBER, AddressRefused, canonical_email, canonical_sms

MAX_NAME = 100  # characters
NAME_CUT = f"A name was longer than {MAX_NAME} characters and was cut."

NOTHING = frozenset(
    [
        "",
        "#n/a",
        "(blank)",
        "(none)",
        "-",
        "--",
        "---",
        ".",
        "0",
        "?",
        "blank",
        "declined",
        "empty",
        "missing",
        "n.a.",
        "n/a",
        "na",
        "nan",
        "nil",
        "no",
        "no cell",
        "no email",
        "no phone",
        "noemail",
        "none",
        "nophone",
        "not available",
        "not given",
        "not on file",
        "not provided",
        "null",
        "refused",
        "tbd",
        "undefined",
        "unk",
        "unknown",
        "x",
    ]
)
"""What people type where there is nothing to say."""

T = TypeVar("T")


def remembered(read: Callable[[str], T]) -> Callable[[str], T]:
    """Columns repeat a few values: remember what short cells say. Never for names and addresses."""
    known = lru_cache(maxsize=16_384)(read)

    @wraps(read)
    def reader(cell: str) -> T:
        return known(cell) if len(cell) <= 64 else read(cell)

    return reader


def read_phone(cell: str) -> tuple[str, str]:
    """The E.164 form or '', and a remark unless the cell is blank or says that there is none."""
    try:
        return canonical_sms(cell), ""
    except AddressRefused as refused:
        blank = refused.sentence == NO_NUMBER or cell.strip().casefold() in NOTHING
        return "", "" if blank else "Phone: " + refused.sentence


def read_email(cell: str) -> tuple[str, str]:
    """The canonical address or '', and a remark unless the cell is blank or says that there is none."""
    try:
        return canonical_email(cell), ""
    except AddressRefused as refused:
        blank = refused.sentence == NO_ADDRESS or cell.strip().casefold() in NOTHING
        return "", "" if blank else "E-mail: " + refused.sentence


_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_SPACES = re.compile(r"[\x1c-\x1f\x85\u2028\u2029]")
_NO_NAME = frozenset({"-", "--", ".", "?", "n/a", "N/A", "#N/A"})


def read_name(cell: str, most: int = MAX_NAME) -> tuple[str, str]:
    """A name as it was typed: NFC, spaces squeezed, without control characters and direction overrides.

    `{{ secret }}` or `<b>` is a name like any other here; whoever prints it prints text.
    """
    name = cell
    if not (name.isascii() and name.isprintable()):
        name = unicodedata.normalize("NFC", _CONTROLS.sub("", _SPACES.sub(" ", name[: 50 * most])))
    name = " ".join(name.split())
    if name in _NO_NAME:
        return "", ""
    if len(name) <= most:
        return name, ""
    return unicodedata.normalize("NFC", name[:most]).strip(), NAME_CUT


def split_name(full: str) -> tuple[str, str]:
    """First and last name out of `Doe, Jane` or `Jane Doe`."""
    last, comma, first = full.partition(",")
    if comma and first.strip():
        return first.strip(), last.strip()
    first, _, last = full.replace(",", " ").strip().partition(" ")
    return first, last.strip()
