"""What a file is by its first bytes; its name and the browser's word are not believed."""

from __future__ import annotations

KINDS = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


def kind_of(data: bytes) -> str:
    """The media type by content: PDF, PNG or JPEG; empty for anything else."""
    return next((kind for begins, kind in KINDS if data.startswith(begins)), "")
