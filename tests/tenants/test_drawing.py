"""A picture from a stranger is judged by its head before anything of it is unpacked."""

from __future__ import annotations

import struct
import zlib

import pytest

from tenants.drawing import MOST_PIXELS, Refused, plain


def head_of(width: int, height: int) -> bytes:
    """A PNG of this size that ends where its pixels would begin."""
    says = b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    first = struct.pack(">I", 13) + says + struct.pack(">I", zlib.crc32(says))
    return b"\x89PNG\r\n\x1a\n" + first + struct.pack(">I", 100) + b"IDAT"


@pytest.mark.parametrize("size", [(50_000, 50_000), (MOST_PIXELS // 1_000 + 1, 1_000)])
def test_a_huge_picture_is_refused_before_its_pixels_are_looked_for(size: tuple[int, int]) -> None:
    with pytest.raises(Refused, match="too_large"):
        plain(head_of(*size), 1_000, (100, 100))


def test_of_a_small_one_the_pixels_are_looked_for() -> None:
    with pytest.raises(Refused, match="not_a_picture"):
        plain(head_of(100, 100), 1_000, (100, 100))
