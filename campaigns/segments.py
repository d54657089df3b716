"""How many segments a text makes, and which characters make it dear (3GPP TS 23.038)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
_PLAIN = {
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2032": "'",
    "\u2033": '"', "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2022": "-", "\u2026": "...", "\u00a0": " ",
    "\u202f": " ", "\u2009": " ", "\t": " ", "`": "'", "\u00b4": "'", "á": "a", "í": "i", "ó": "o", "ú": "u",
}  # fmt: skip


@dataclass(frozen=True)
class Offender:
    """A character that GSM-7 does not know; `position` counts characters from 0, `instead` may be empty."""

    position: int
    character: str
    name: str
    instead: str


@dataclass(frozen=True)
class Segments:
    """What a text costs.

    `units`: septets (GSM-7) or 16-bit units (UCS-2); `room`: units left in the last segment.
    """

    encoding: str
    units: int
    count: int
    room: int
    offenders: tuple[Offender, ...]


def count(text: str) -> Segments:
    """Segments as carriers bill them; an empty text counts as one. No character is split over two."""
    offenders = tuple(
        Offender(at, each, unicodedata.name(each, f"U+{ord(each):04X}").capitalize(), _PLAIN.get(each, ""))
        for at, each in enumerate(text)
        if each not in _BASIC and each not in _EXTENDED
    )
    if offenders:
        encoding, single, packed = "UCS-2", 70, 67
        widths = [2 if ord(each) > 0xFFFF else 1 for each in text]
    else:
        encoding, single, packed = "GSM-7", 160, 153
        widths = [2 if each in _EXTENDED else 1 for each in text]
    units = sum(widths)
    if units <= single:
        return Segments(encoding, units, 1, single - units, offenders)
    made, used = 1, 0
    for width in widths:
        if used + width > packed:
            made, used = made + 1, 0
        used += width
    return Segments(encoding, units, made, packed - used, offenders)


def in_one_alphabet(text: str) -> str:
    """The text in GSM-7: a letter for one with a mark that it does not know, nothing for what has no such letter."""
    return "".join(each if each in _BASIC else _plain(each) for each in text)


def _plain(character: str) -> str:
    found = _PLAIN.get(character) or unicodedata.normalize("NFKD", character)
    return "".join(each for each in found if each in _BASIC)
