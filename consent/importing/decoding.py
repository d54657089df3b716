"""Text out of the bytes of a file: its encoding found, its line ends made one kind, in flat memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

CHUNK = 1 << 18  # bytes

_BYTE_ORDER_MARKS = (  # UTF-32 before UTF-16: its little-endian mark begins with the other's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAVE_AS_CSV = "Open it in your spreadsheet program, choose Save as, then CSV UTF-8, and send that file."
_NOT_TEXT = (
    (b"PK\x03\x04", f"This is an Excel workbook or a zip archive, not a CSV file. {_SAVE_AS_CSV}"),
    (b"PK\x05\x06", f"This is an empty zip archive, not a CSV file. {_SAVE_AS_CSV}"),
    (b"\xd0\xcf\x11\xe0", f"This is an old Excel or Word file, not a CSV file. {_SAVE_AS_CSV}"),
    (b"%PDF", "This is a PDF, not a CSV file. Export the list from your practice software as CSV."),
    (b"\x1f\x8b", "This file is compressed (gzip). Unpack it first and send the CSV file inside."),
    (b"BZh", "This file is compressed (bzip2). Unpack it first and send the CSV file inside."),
    (b"\xfd7zXZ", "This file is compressed (xz). Unpack it first and send the CSV file inside."),
    (b"7z\xbc\xaf", "This file is compressed (7-Zip). Unpack it first and send the CSV file inside."),
    (b"Rar!", "This file is compressed (RAR). Unpack it first and send the CSV file inside."),
    (b"\x89PNG", "This is a picture, not a CSV file. Export the list from your practice software as CSV."),
    (
        b"\xff\xd8\xff",
        "This is a picture, not a CSV file. Export the list from your practice software as CSV.",
    ),
    (b"{\\rtf", f"This is a text document (RTF), not a CSV file. {_SAVE_AS_CSV}"),
)
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<svg")
MARKUP = f"This is a web page or an XML file, not a CSV file. {_SAVE_AS_CSV}"
BINARY = f"This is not a text file. {_SAVE_AS_CSV}"


class FileRefused(ValueError):
    """A file that cannot be read at all. `sentence` says what to do instead."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def text_of(stream: BinaryIO) -> Iterator[str]:
    """The file's text in pieces, every line end as `\\n`, without NULs; raises `FileRefused`."""
    beginning = stream.read(CHUNK)
    encoding, mark = _encoding(beginning)
    decoder = codecs.getincrementaldecoder(encoding)(
        errors="replace" if "16" in encoding or "32" in encoding else _FALLBACK
    )
    chunk, open_return = beginning[mark:], ""
    while chunk:
        text = open_return + decoder.decode(chunk)
        # "\r" at the end of a piece may be half of "\r\n": it waits for the next piece.
        open_return = "\r" if text.endswith("\r") else ""
        yield _tidy(text[:-1] if open_return else text)
        chunk = stream.read(CHUNK)
    yield _tidy(open_return + decoder.decode(b"", final=True))


def _tidy(text: str) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\0", "") if "\0" in text else text


def _encoding(beginning: bytes) -> tuple[str, int]:
    """The codec and the length of the byte order mark; refuses what is not text."""
    for magic, sentence in _NOT_TEXT:
        if beginning.startswith(magic):
            raise FileRefused(sentence)
    for mark, name in _BYTE_ORDER_MARKS:
        if beginning.startswith(mark):
            return name, len(mark)
    if beginning[:200].lstrip().lower().startswith(_MARKUP):
        raise FileRefused(MARKUP)
    head = beginning[:4096]
    little, big = (len(head) >= 8 and head[at::2].count(0) > len(head) * 0.3 for at in (1, 0))
    if little and big:
        raise FileRefused(BINARY)  # zeros in both halves of a letter: no text of any kind
    if little or big:
        return "utf-16-le" if little else "utf-16-be", 0
    odd = sum(byte < 9 or 13 < byte < 32 and byte not in (26, 27) for byte in head)
    if odd > max(8, len(head) // 100):
        raise FileRefused(BINARY)
    return "utf-8", 0


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are not UTF-8 are read as Windows-1252, which is what such exports are."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    stray = error.object[error.start : error.end]
    try:
        return stray.decode("cp1252"), error.end
    except UnicodeDecodeError:
        return stray.decode("latin-1"), error.end


_FALLBACK = "consent.windows-1252"
codecs.register_error(_FALLBACK, _as_windows_1252)
