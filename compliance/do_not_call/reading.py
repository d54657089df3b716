"""The lines of a registry file or of a scrub's result, as canonical numbers; a file that is neither is refused with a sentence."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator

from compliance.models import RegistryFile
from consent.addresses import AddressRefused, canonical_sms

LISTED = frozenset({"listed", "on the list", "dnc", "do not call", "national dnc", "federal dnc"})
CLEAR = frozenset({"clear", "clean", "not listed", "callable", "ok to call"})
_NUMBER = re.compile(rb'\s*"?\(?(\d{3})\)?[\s,;.\-"]{0,3}(\d{3})[\s.\-]?(\d{4})"?\s*')
LONGEST = 2000  # bytes of a line


class Unreadable(Exception):
    """The file is not what it was said to be, as a sentence. Names a line, never a number."""


def numbers_of(lines: Iterable[bytes], kind: str) -> Iterator[tuple[str, bool]]:
    """E.164 and whether it is listed, for each line. Raises `Unreadable`."""
    return _registry(lines) if kind == RegistryFile.Kind.REGISTRY else _result(lines)


def _registry(lines: Iterable[bytes]) -> Iterator[tuple[str, bool]]:
    for number, line in enumerate(lines, start=1):
        found = _NUMBER.fullmatch(line)
        if found:
            yield "+1" + b"".join(found.groups()).decode(), True
        elif line.strip(b"\xef\xbb\xbf\r\n\t ,") and not _heading(number, line):
            raise Unreadable(
                f"Line {number} is no number of ten digits. Bring the registry's full list as a flat text file, "
                "unpacked: one number a line, as in 574,2310611. Lists of changes and XML are not read."
            )


def _heading(number: int, line: bytes) -> bool:
    return number == 1 and not re.search(rb"\d|<|PK\x03", line)


def _result(lines: Iterable[bytes]) -> Iterator[tuple[str, bool]]:
    for number, cells in enumerate(csv.reader(_texts(lines)), start=1):
        said = {" ".join(cell.casefold().replace("_", " ").replace("-", " ").split()) for cell in cells}
        address = next((found for cell in cells if (found := _canonical(cell))), "")
        if not any(said) or (number == 1 and not address):
            continue
        listed, clear = bool(said & LISTED), bool(said & CLEAR)
        if listed == clear:
            raise Unreadable(
                f"Line {number} does not say in a word of its own whether the number is listed or clear. "
                f"Understood are {', '.join(sorted(LISTED))}; and {', '.join(sorted(CLEAR))}."
            )
        if address:  # a line without a number of ours clears nobody
            yield address, listed


def _texts(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST or b"\0" in line:
            raise Unreadable(f"Line {number} is no text. Bring the answer as a CSV file, one number a line.")
        yield line.decode("utf-8-sig" if number == 1 else "utf-8", "replace")


def _canonical(cell: str) -> str:
    try:
        return canonical_sms(cell) if sum(each.isdigit() for each in cell) >= 10 else ""
    except AddressRefused:
        return ""
