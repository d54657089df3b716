"""How many SMS segments a text makes (3GPP TS 23.038: GSM 7-bit or UCS-2)."""

from __future__ import annotations

from collections.abc import Callable

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
_EVERY = _BASIC | _EXTENDED


def segments(text: str) -> int:
    """Segments of a text; an empty one counts as 1, as Twilio bills it."""
    if _EVERY.issuperset(text):
        units = len(text) + sum(character in _EXTENDED for character in text)
        return 1 if units <= 160 else _packed(text, 153, lambda c: 2 if c in _EXTENDED else 1)
    units = len(text.encode("utf-16-be")) // 2
    return 1 if units <= 70 else _packed(text, 67, lambda c: 2 if ord(c) > 0xFFFF else 1)


def _packed(text: str, size: int, width: Callable[[str], int]) -> int:
    """Segments when no character may be split between two of them."""
    count, used = 1, 0
    for character in text:
        needed = width(character)
        if used + needed > size:
            count, used = count + 1, 0
        used += needed
    return count
