"""Documents on paper: a title, paragraphs, facts and tables, as PDF with its fonts inside, in pages of US letter size."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import reportlab
from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, KeepTogether, LongTable, Paragraph, SimpleDocTemplate, Spacer

FONTS = {"Text": "Vera.ttf", "Text-Bold": "VeraBd.ttf"}
INK, PALE, LINE = HexColor("#1b2530"), HexColor("#5b6875"), HexColor("#d5dbe1")
WIDTH = letter[0] - 2 * inch - 12  # the frame's own padding
LABEL = 1.1 * inch  # leaves room for a SHA-256 in one line
CELL = 2500  # characters of a cell; a longer text goes on in the next


class Paper:
    """One document, written from top to bottom."""

    def __init__(self, title: str, foot: str = "", *, margin: float = 0.9, size: float = 1) -> None:
        """`margin`: inches above and below. `size`: of the letters and the room between, where 1 is the usual one."""
        _load_fonts()
        self.title, self.foot, self.margin, self.size = title, foot, margin * inch, size
        self.pages = 0  # once it was made
        self._parts: list[Flowable] = [Paragraph(_safe(title), self._style(18, bold=True, after=10))]

    def heading(self, text: str) -> None:
        """The title of a section."""
        self._parts.append(Paragraph(_safe(text), self._style(12, bold=True, before=12, after=5)))

    def paragraph(self, text: str, pale: bool = False) -> None:
        """Running text; line ends are kept."""
        for piece in _pieces(text):
            self._parts.append(Paragraph(_safe(piece), self._style(9.5, after=5, pale=pale)))

    def facts(self, rows: Iterable[tuple[str, str]]) -> None:
        """Label and text, side by side; a long text runs over pages."""
        cells: list[list[Any]] = []
        for label, text in rows:
            for number, piece in enumerate(_pieces(text) or [""]):
                name = "" if number else label
                cells.append(
                    [
                        Paragraph(_safe(name), self._style(9, pale=True)),
                        Paragraph(_safe(piece), self._style(9)),
                    ]
                )
        if cells:
            self._table(cells, [LABEL, WIDTH - LABEL], head=False)

    def table(self, head: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[float]) -> None:
        """Rows under a head that is repeated on every page. `widths`: shares of the page's width."""
        small, bold, rows = self._style(7.5), self._style(7.5, bold=True), list(rows)
        if not rows:
            self.paragraph("None on record.", pale=True)
            return
        cells = [[Paragraph(_safe(name), bold) for name in head]]
        cells += [[Paragraph(_safe(_text(cell)[:CELL]), small) for cell in row] for row in rows]
        whole = sum(widths)
        self._table(cells, [WIDTH * share / whole for share in widths], head=True)

    def bars(self, rows: Sequence[tuple[str, float, str]]) -> None:
        """A picture of a few numbers: label, value, and how the value is told; the longest bar is the largest value."""
        most, half = max((value for _, value, _ in rows), default=0) or 1, WIDTH / 2
        for label, value, text in rows:
            bar = Drawing(half, 12)
            bar.add(Rect(0, 2, half, 8, fillColor=LINE, strokeColor=None))
            bar.add(Rect(0, 2, half * value / most, 8, fillColor=INK, strokeColor=None))
            self._parts.append(KeepTogether([Paragraph(_safe(f"{label}: {text}"), self._style(9)), bar]))
        self._parts.append(Spacer(1, 8))

    def made(self) -> bytes:
        """The PDF."""
        out = io.BytesIO()
        document = SimpleDocTemplate(
            out, pagesize=letter, leftMargin=inch, rightMargin=inch, topMargin=self.margin, bottomMargin=self.margin,
            title=self.title, author="Clear to Send", lang="en-US",
        )  # fmt: skip
        document.build(self._parts, onFirstPage=self._foot, onLaterPages=self._foot)
        self.pages = document.page
        return out.getvalue()

    def _table(self, cells: list[list[Any]], widths: list[float], head: bool) -> None:
        table = LongTable(cells, colWidths=widths, repeatRows=1 if head else 0, splitInRow=1, hAlign="LEFT")
        table.setStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 2 * self.size), ("BOTTOMPADDING", (0, 0), (-1, -1), 3 * self.size),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
            ]
        )  # fmt: skip
        self._parts += [table, Spacer(1, 6 * self.size)]

    def _style(
        self, size: float, *, bold: bool = False, before: float = 0, after: float = 0, pale: bool = False
    ) -> ParagraphStyle:
        of, size = self.size, size * self.size
        return ParagraphStyle(
            "one", fontName="Text-Bold" if bold else "Text", fontSize=size, leading=size * 1.35, spaceBefore=before * of,
            spaceAfter=after * of, textColor=PALE if pale else INK, splitLongWords=True,
        )  # fmt: skip

    def _foot(self, canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont("Text", 7)
        canvas.setFillColor(PALE)
        canvas.drawString(inch, 0.55 * inch, shown(self.foot))
        canvas.drawRightString(letter[0] - inch, 0.55 * inch, f"Page {document.page}")
        canvas.restoreState()


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return when(cell)
    return "" if cell is None else str(cell)


def when(at: datetime) -> str:
    """An instant as people read it, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _pieces(text: str) -> list[str]:
    return [text[n : n + CELL] for n in range(0, len(text), CELL)]


def _safe(text: str) -> str:
    return escape(shown(text)).replace("\n", "<br/>")


def shown(text: str) -> str:
    """What the font has no picture for is named by its number, so that nothing is silently lost."""
    known = _letters()
    return "".join(
        each if each == "\n" or ord(each) in known else " " if each.isspace() else f"[U+{ord(each):04X}]"
        for each in text
    )


@cache
def _load_fonts() -> None:
    folder = Path(reportlab.__file__).parent / "fonts"
    for name, file in FONTS.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))


@cache
def _letters() -> frozenset[int]:
    _load_fonts()
    return frozenset(pdfmetrics.getFont("Text").face.charToGlyph)
