"""Rows out of a CSV file of any size, make and state of repair, in flat memory.

Nothing is guessed away in silence: a line that cannot be read is given back with the sentence that says
why, and a quotation mark that is never closed costs its own line, not the rest of the file.
"""

from __future__ import annotations

import csv
from collections import Counter, deque
from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO

from .decoding import FileRefused, text_of

MAX_COLUMNS = 500
MAX_CELL = 32_767  # characters: what a spreadsheet cell can hold
MAX_LINE = 1_000_000  # characters of one physical line
MAX_LINES_IN_A_CELL = 200
DELIMITERS = ",;\t|"

CELL_TOO_LONG = f"A cell on this line is longer than {MAX_CELL:,} characters."
QUOTE_LEFT_OPEN = "A quotation mark on this line is never closed, so its cells cannot be told apart."
TOO_FEW_CELLS = "This line has fewer cells than there are column names; a separator is missing."
TOO_MANY_CELLS = (
    "This line has more cells than there are column names; "
    "a cell with a separator inside needs quotation marks."
)

EMPTY = "This file is empty. Export the list again and look at it before you send it."
TOO_MANY_COLUMNS = (
    "This file has {found:,} columns; at most {most} can be read. Export only the columns you need."
)
HEADER_BROKEN = "The first line cannot be read: {why}"

Row = tuple[int, list[str], str]
"""Line number in the file (from 1, where the record begins), its cells, and why it is refused or ''."""


class Table:
    """A file being read once, from front to end: `header` first, then `rows()`."""

    def __init__(self, stream: BinaryIO) -> None:
        texts = text_of(stream)
        beginning = next(texts, "")
        while len(beginning) < 4_096 and (more := next(texts, "")):
            beginning += more
        self.delimiter, said = _delimiter(beginning)
        self._lines = _Lines(chain([beginning], texts))
        if said:
            next(self._lines, "")
        self._reader = csv.reader(self._lines, delimiter=self.delimiter, skipinitialspace=True)
        self._waiting: deque[Row] = deque()
        self.header = self._header()
        self._may_lack = _blank_tail(self.header)
        self.header = _distinct(self.header)

    def sample(self, most: int = 200) -> list[Row]:
        """The first rows, which `rows()` still gives afterwards."""
        self._waiting.extend(islice(self._records(), most - len(self._waiting)))
        return list(islice(self._waiting, most))

    def rows(self) -> Iterator[Row]:
        """Every row that is not blank."""
        while self._waiting:
            yield self._waiting.popleft()
        yield from self._records()

    def _header(self) -> list[str]:
        for _, cells, refused in self._records(header=True):
            if refused:
                raise FileRefused(HEADER_BROKEN.format(why=refused))
            if len(cells) > MAX_COLUMNS:
                raise FileRefused(TOO_MANY_COLUMNS.format(found=len(cells), most=MAX_COLUMNS))
            return cells
        raise FileRefused(EMPTY)

    def _records(self, *, header: bool = False) -> Iterator[Row]:
        lines, reader, held = self._lines, self._reader, self._lines.held
        width = 0 if header else len(self.header)
        while True:
            held.clear()
            lines.length = 0
            number = lines.number + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, _TooLong):
                yield number, [], self._refuse_first_line()
                continue
            if not cells:
                continue
            suspect = len(held) > 1 or lines.ended or lines.length > MAX_CELL
            if suspect and (refused := self._distrust(cells, width)):
                yield number, [], refused
                continue
            if len(cells) != width and not header:
                if not any(cells):
                    continue
                cells, refused = self._fitted(cells, width)
                yield number, cells, refused
            elif any(cells):
                yield number, cells, ""

    def _distrust(self, cells: list[str], width: int) -> str:
        """Why a record that spans lines, ends the file or is very long is not what it seems, or ''."""
        held = self._lines.held
        if self._lines.cut or max(map(len, cells)) > MAX_CELL:
            return self._refuse_first_line()
        strict = csv.reader(held, delimiter=self.delimiter, skipinitialspace=True, strict=True)
        try:
            again = list(strict)
        except csv.Error:
            again = []
        # A stray quote inside one complete line harms nobody: only a record that swallowed lines is suspect.
        if len(held) == 1 and _closed(held[0], self.delimiter):
            return ""
        if len(again) != 1 or (width and len(cells) != width):
            return self._refuse_first_line()
        return ""

    def _refuse_first_line(self) -> str:
        """Give up the first line of the record in hand and read the lines it swallowed afresh."""
        lines = self._lines
        too_long = lines.cut or len(lines.held[0]) > MAX_CELL
        lines.cut = False
        lines.push_back()
        return CELL_TOO_LONG if too_long else QUOTE_LEFT_OPEN

    def _fitted(self, cells: list[str], width: int) -> tuple[list[str], str]:
        if len(cells) > width:
            return (cells[:width], "") if not any(cells[width:]) else (cells, TOO_MANY_CELLS)
        if len(cells) >= width - self._may_lack:
            return cells + [""] * (width - len(cells)), ""
        return cells, TOO_FEW_CELLS


class _TooLong(Exception):
    """One record took more lines or characters than any honest cell."""


class _Lines:
    """Physical lines for `csv.reader`, counted; the lines of the record in hand are held."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._ready: deque[str] = deque()
        self._unfinished = ""
        self.held: list[str] = []
        self.length = 0  # characters held
        self.number = 0  # the last line handed out
        self.cut = False  # a line of the record in hand was longer than MAX_LINE
        self.ended = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.held) >= MAX_LINES_IN_A_CELL or self.length > MAX_LINE:
            raise _TooLong
        while not self._ready:
            if self.ended:
                raise StopIteration
            self._fill()
        line = self._ready.popleft()
        self.number += 1
        self.length += len(line)
        if len(line) > MAX_LINE:
            self.cut = True
            line = line[:MAX_LINE]
        self.held.append(line)
        return line

    def push_back(self) -> None:
        """All held lines but the first will be handed out again."""
        again = self.held[1:]
        self._ready.extendleft(reversed(again))
        self.number -= len(again)

    def _fill(self) -> None:
        for text in self._texts:
            first, *rest = text.split("\n")
            room = MAX_LINE + 1 - len(self._unfinished)
            self._unfinished += first[:room] if room > 0 else ""
            if rest:
                self._ready.append(self._unfinished + "\n")
                self._ready.extend(line + "\n" for line in rest[:-1])
                self._unfinished = rest[-1]
                return
        self.ended = True
        if self._unfinished:
            self._ready.append(self._unfinished)


def _closed(line: str, delimiter: str) -> bool:
    """Whether every quotation mark opened on this one line is closed on it."""
    probe = csv.reader([line.rstrip("\n") + "\n", "x\n"], delimiter=delimiter, skipinitialspace=True)
    return len(list(probe)) == 2


def _delimiter(beginning: str) -> tuple[str, bool]:
    """The separator of the file, and whether its first line says so (`sep=;`, as Excel writes)."""
    first = beginning.split("\n", 1)[0].strip("\r ")
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[4], True
    lines = [line + "\n" for line in beginning.split("\n")[:30] if line.strip()][:-1] or [beginning]
    best, most = ",", (0.0, 0)
    for candidate in DELIMITERS:
        try:
            widths = [
                len(record)
                for record in csv.reader(lines, delimiter=candidate, skipinitialspace=True)
                if record
            ]
        except csv.Error:
            continue
        if widths and widths[0] > 1:
            score = (round(widths.count(widths[0]) / len(widths), 1), widths[0])
            best, most = (candidate, score) if score > most else (best, most)
    return best, False


def _blank_tail(header: list[str]) -> int:
    """How many names at the end of the header are blank: rows may leave those cells out."""
    named = len(header)
    while named and not header[named - 1].strip():
        named -= 1
    return len(header) - named


def _distinct(header: list[str]) -> list[str]:
    """Names a person can tell apart: blanks become `Column 7`, repeats `Phone (2)`."""
    seen: Counter[str] = Counter()
    names = []
    for position, raw in enumerate(header, 1):
        name = " ".join(raw.split())[:100] or f"Column {position}"
        seen[name.casefold()] += 1
        count = seen[name.casefold()]
        names.append(name if count == 1 else f"{name} ({count})")
    return names
