"""A file from a stranger becomes a picture of our own: judged by its content, bounded, without what a camera wrote into it."""

from __future__ import annotations

import io
import warnings
from typing import NamedTuple

from PIL import Image, ImageOps

KINDS = ("JPEG", "PNG", "GIF", "WEBP")  # what Pillow may try; a file's name and declared type say nothing
MOST_BYTES = 6 * 1024 * 1024  # Twilio takes 5 MB
MOST_PIXELS = 50_000_000
LONGEST = 2400  # of the side we keep: the small print of a card is readable


class Refused(Exception):
    """It is not taken in; the text is a word of ours (messaging.models.picture.WHY_NOT)."""


class Drawn(NamedTuple):
    """A JPEG of our own."""

    jpeg: bytes
    width: int
    height: int


def drawn_anew(given: bytes) -> Drawn:
    """The picture in these bytes, turned upright, as a JPEG without metadata. Raises Refused."""
    if len(given) > MOST_BYTES:
        raise Refused("too_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            found = Image.open(io.BytesIO(given), formats=KINDS)
            if found.width * found.height > MOST_PIXELS:
                raise Refused("too_large")
            found.thumbnail((LONGEST, LONGEST))  # first: a large JPEG is never whole in memory
            upright = ImageOps.exif_transpose(found)
            # Pixels only, on white: nothing that was written beside them comes along.
            plain = Image.new("RGB", upright.size, "white")
            clear = upright.convert("RGBA")
            plain.paste(clear, mask=clear.getchannel("A"))
            out = io.BytesIO()
            plain.save(out, "JPEG", quality=85)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("too_large") from None
    except Refused:
        raise
    except Exception:  # whatever a decoder makes of a stranger's bytes
        raise Refused("not_a_picture") from None
    return Drawn(out.getvalue(), *plain.size)
