"""A file from a stranger becomes a picture of our own: judged by its content, bounded, without what a camera wrote into it."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps

KINDS = ("JPEG", "PNG", "GIF", "WEBP")  # what Pillow may try; a file's name and declared type say nothing
MOST_PIXELS = 50_000_000


class Refused(Exception):
    """It is not taken in; the text is a word of ours: too_large, not_a_picture."""


def plain(given: bytes, most_bytes: int, box: tuple[int, int]) -> Image.Image:
    """The pixels of the picture in these bytes, upright, on white, no larger than `box`. Raises Refused."""
    if len(given) > most_bytes:
        raise Refused("too_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            found = Image.open(io.BytesIO(given), formats=KINDS)
            if found.width * found.height > MOST_PIXELS:
                raise Refused("too_large")
            found.thumbnail(box)  # first: a large JPEG is never whole in memory
            upright = ImageOps.exif_transpose(found)
            # Pixels only, on white: nothing that was written beside them comes along.
            made = Image.new("RGB", upright.size, "white")
            clear = upright.convert("RGBA")
            made.paste(clear, mask=clear.getchannel("A"))
            return made
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("too_large") from None
    except Refused:
        raise
    except Exception:  # whatever a decoder makes of a stranger's bytes
        raise Refused("not_a_picture") from None
