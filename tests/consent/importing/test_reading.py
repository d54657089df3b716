"""Any CSV file is read, or refused with what to do instead; no line is lost in silence."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.importing import reading
from consent.importing.decoding import FileRefused
from consent.importing.reading import Row, Table

from .lists import TEN_THOUSAND, truth


def rows(content: bytes | str) -> list[Row]:
    raw = content.encode() if isinstance(content, str) else content
    return list(Table(io.BytesIO(raw)).rows())


def cells(content: bytes | str) -> list[list[str]]:
    return [cells for _, cells, refused in rows(content) if not refused]


def refused(content: bytes | str) -> dict[int, str]:
    return {number: sentence for number, _, sentence in rows(content) if sentence}


PLAIN = "id,name,phone\n1,José,574\n2,Zoë,575\n"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(), PLAIN.encode("utf-8-sig"), PLAIN.encode("utf-16"), PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"), PLAIN.encode("utf-32"), PLAIN.encode("latin-1"), PLAIN.encode("cp1252"),
        PLAIN.replace("\n", "\r\n").encode(), PLAIN.replace("\n", "\r").encode(), PLAIN.strip().encode(),
        PLAIN.replace(",", ";").encode(), PLAIN.replace(",", "\t").encode(), PLAIN.replace(",", "|").encode(),
        ("sep=;\n" + PLAIN.replace(",", ";")).encode(), ("\n\n" + PLAIN).encode(), ('"' + PLAIN.replace(",", '","')
        .replace("\n", '"\n"').rstrip('"')).encode(), (PLAIN + ",,\n\n , ,\n").encode(), PLAIN.replace("J", "\0J").encode(),
        PLAIN.replace(",", ", ").encode(),
    ],
)  # fmt: skip
def test_every_make_of_file_gives_the_same_cells(content: bytes) -> None:
    found = [[cell.strip() for cell in row] for row in cells(content) if any(cell.strip() for cell in row)]
    assert found == [["1", "José", "574"], ["2", "Zoë", "575"]]


def test_lines_are_numbered_as_in_the_file() -> None:
    found = rows('id,note\n1,"two\nlines"\n\n2,x\n')
    assert [(number, row) for number, row, _ in found] == [(2, ["1", "two\nlines"]), (5, ["2", "x"])]
    assert [number for number, _, _ in rows(TEN_THOUSAND.read_bytes())] == list(truth())


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_quotation_mark_left_open_costs_its_own_line_only(line_end: str) -> None:
    content = line_end.join(["id,name,phone", '1,"Jane,555', "2,Bob,556", '3,"Ann",557', "4,Eve,558"])
    assert cells(content) == [["2", "Bob", "556"], ["3", "Ann", "557"], ["4", "Eve", "558"]]
    assert refused(content) == {2: reading.QUOTE_LEFT_OPEN}


def test_a_quotation_mark_left_open_on_the_last_line_or_with_no_other_is_found() -> None:
    assert refused('id,name\n1,a\n2,"b') == {3: reading.QUOTE_LEFT_OPEN}
    assert refused('id,name\n1,"a\n' + "2,b\n" * 1000) == {2: reading.QUOTE_LEFT_OPEN}
    assert len(cells('id,name\n1,"a\n' + "2,b\n" * 1000)) == 1000


def test_a_stray_quotation_mark_inside_a_cell_is_kept_as_typed() -> None:
    assert cells('id,name,x\n1,Jane "JJ" Doe,2\n2,"a ""q"" b",3\n') == [
        ["1", 'Jane "JJ" Doe', "2"],
        ["2", 'a "q" b', "3"],
    ]


def test_a_line_with_too_few_or_too_many_cells_is_refused_by_name() -> None:
    assert refused("a,b,c\n1,2\n1,2,3,4\n1,2,3,\n1,2,3\n") == {
        2: reading.TOO_FEW_CELLS,
        3: reading.TOO_MANY_CELLS,
    }


def test_cells_under_blank_names_at_the_end_may_be_missing() -> None:
    assert cells("a,b,,\n1,2\n1,2,3,4\n") == [["1", "2", "", ""], ["1", "2", "3", "4"]]


def test_blank_and_repeated_names_can_be_told_apart() -> None:
    assert Table(io.BytesIO(b"Phone,,Phone, \n")).header == ["Phone", "Column 2", "Phone (2)", "Column 4"]


def test_a_cell_too_long_for_a_spreadsheet_refuses_its_line_only() -> None:
    for long in (40_000, 2_000_000):
        content = "a,b\n1," + "x" * long + "\n2,y\n"
        assert refused(content) == {2: reading.CELL_TOO_LONG}
        assert cells(content) == [["2", "y"]]


@pytest.mark.parametrize(
    "content, part",
    [
        (b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml xl/", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"<!DOCTYPE html><table>", "web page"),
        (b"  <svg xmlns='x'>", "web page"),
        (bytes(range(256)) * 20, "not a text file"),
        (b"", "empty"),
        (b"\n\r\n \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b",".join([b"x"] * 5000), "5,000 columns"),
    ],
)
def test_what_is_no_csv_file_is_refused_with_what_to_do(content: bytes, part: str) -> None:
    with pytest.raises(FileRefused) as told:
        Table(io.BytesIO(content))
    assert part in told.value.sentence
    assert told.value.sentence.endswith((".", "}"))


class Endless(io.RawIOBase):
    """A file that is made while it is read, so that only the reader's memory counts."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, size: int = -1) -> bytes:  # noqa: ARG002
        return next(self._pieces, b"")


def megabytes(head: bytes, piece: bytes, count: int) -> Iterator[bytes]:
    yield head
    for _ in range(count):
        yield piece * (1_000_000 // len(piece))


@pytest.mark.parametrize(
    "head, piece, count",
    [
        (b"a,b\n", b"1,jane@example.org\n", 4),
        (b"a,b\n1,", b"x", 40),  # one cell without end
        (b'a,b\n1,"', b"line after line\n", 4),  # one quoted cell without end
        (b"a,b\n", b'"', 15),
    ],
)
def test_memory_stays_flat_whatever_the_file_holds(head: bytes, piece: bytes, count: int) -> None:
    tracemalloc.start()
    try:
        for _ in Table(Endless(megabytes(head, piece, count))).rows():  # type: ignore[arg-type]
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16_000_000


@given(st.binary(max_size=3000))
def test_no_file_at_all_breaks_the_reader(content: bytes) -> None:
    try:
        found = rows(content)
    except FileRefused:
        return
    assert [number for number, _, _ in found] == sorted({number for number, _, _ in found})


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=2, max_size=2)
    )
)
def test_what_was_written_by_the_rules_is_read_back(content: list[list[str]]) -> None:
    import csv

    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["one", "two"], *content])
    assert cells(out.getvalue()) == [row for row in content if any(row)]
