"""A picture that came with a reply, as a JPEG of our own (tenants.drawing)."""

from __future__ import annotations

import io
from typing import NamedTuple

from tenants.drawing import Refused, plain

__all__ = ["LONGEST", "MOST_BYTES", "Drawn", "Refused", "drawn_anew"]
MOST_BYTES = 6 * 1024 * 1024  # Twilio takes 5 MB
LONGEST = 2400  # of the side we keep: the small print of a card is readable


class Drawn(NamedTuple):
    """A JPEG of our own."""

    jpeg: bytes
    width: int
    height: int


def drawn_anew(given: bytes) -> Drawn:
    """The picture in these bytes, turned upright, as a JPEG without metadata. Raises Refused."""
    made, out = plain(given, MOST_BYTES, (LONGEST, LONGEST)), io.BytesIO()
    made.save(out, "JPEG", quality=85)
    return Drawn(out.getvalue(), *made.size)
