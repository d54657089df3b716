"""What a file is by its first bytes; its name and the browser's word are not believed."""

HEAD = 16  # bytes that tell
KINDS = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))
ENDINGS = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "audio/wav": ".wav",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/ogg": ".ogg",
}


def kind_of(data: bytes) -> str:
    """The media type by content: PDF, PNG or JPEG; empty for anything else."""
    return next((kind for begins, kind in KINDS if data.startswith(begins)), "")


def sound_of(data: bytes) -> str:
    """The media type of a recording by content: WAV, MP3, M4A or OGG; empty for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "audio/wav"
    if data[4:8] == b"ftyp":
        return "audio/mp4" if data[8:11] == b"M4A" else ""
    if data.startswith(b"OggS"):
        return "audio/ogg"
    # MPEG's sync word (eleven bits) with layer III, or the tag that players put before it.
    frame = len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2
    return "audio/mpeg" if frame or data.startswith(b"ID3") else ""


def ending_of(data: bytes) -> str:
    """The ending of the name that a file of this content should have; empty when we do not know it."""
    return ENDINGS.get(kind_of(data) or sound_of(data), "")
