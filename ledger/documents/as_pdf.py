"""PDF for readers: A4, the columns' titles on every page, "Page 2 of 7", when and by whom.

The font (DejaVu Sans Condensed) has Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew and Arabic letters. It has no
Chinese, Japanese or Korean ones, and text that runs from right to left is not shaped: such names read better in the
other formats.
"""

from functools import cache
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, LongTable, Paragraph, SimpleDocTemplate, Spacer

from ledger.documents.print import is_negative, printed
from ledger.documents.types import Cell, Column, Document, Kind, Row, Section

_FONTS = Path(__file__).parent / "fonts"
_PLAIN, _BOLD = "DejaVuSansCondensed", "DejaVuSansCondensed-Bold"
_INK, _GREY, _RULE = HexColor("#111111"), HexColor("#5b6470"), HexColor("#9aa3af")
_SIZE = 8
_PAD = 4  # points beside a cell
_INDENT = 9  # points a level
_MARGIN = 16 * mm
_AT_ONCE = 60  # rows laid out at a time: more than a page holds
_WIDE = 100  # characters of columns that fit an upright page
_STRONG = (Kind.HEADING, Kind.SUBTOTAL, Kind.TOTAL)


def to_pdf(document: Document) -> bytes:
    """The document's pages; sideways where its columns are too many for an upright one."""
    _load_fonts()
    buffer = BytesIO()
    widest = max(sum(c.width for c in section.columns) for section in document.tables)
    size = landscape(A4) if widest > _WIDE else A4
    margins = {"leftMargin": _MARGIN, "rightMargin": _MARGIN, "topMargin": _MARGIN, "bottomMargin": _MARGIN + 4 * mm}
    about = {"title": document.title, "author": document.institution, "subject": " · ".join(document.subtitle)}
    template = SimpleDocTemplate(buffer, pagesize=size, **margins, **about)
    template.build(_story(document, template.width), canvasmaker=_numbered(document))
    return buffer.getvalue()


@cache
def _load_fonts() -> None:
    for name in (_PLAIN, _BOLD):
        pdfmetrics.registerFont(TTFont(name, _FONTS / f"{name}.ttf"))
    pdfmetrics.registerFontFamily(_PLAIN, normal=_PLAIN, bold=_BOLD, italic=_PLAIN, boldItalic=_BOLD)


def _style(size: int = _SIZE, **changes: Any) -> ParagraphStyle:
    return ParagraphStyle("", fontName=_PLAIN, fontSize=size, leading=size * 1.3, textColor=_INK, **changes)


def _story(document: Document, width: float) -> list[Flowable]:
    story: list[Flowable] = [
        Paragraph(escape(document.institution), _style(9)),
        Paragraph(f"<b>{escape(document.title)}</b>", _style(15, spaceBefore=2, spaceAfter=3)),
        *(Paragraph(escape(line), _style(9)) for line in document.subtitle),
    ]
    for section in document.tables:
        story += [Spacer(0, 5 * mm), _Rows(section, list(section.rows), width)]
    return story


class _Rows(Flowable):
    """A section's table, laid out page by page: the time grows with the rows, not with their square."""

    def __init__(self, section: Section, rows: list[Row], width: float) -> None:
        super().__init__()
        self.section, self.rows, self.room = section, rows, width

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return width, height + 1  # never fits, so that it is split into what does

    def split(self, width: float, height: float) -> list[Flowable]:
        head, body = self.rows[:_AT_ONCE], self.rows[_AT_ONCE:]
        table = _table(self.section, head, self.room)
        if table.wrap(width, height)[1] <= height:
            rest, parts = body, [table]
        else:
            parts = table.split(width, height)[:1]
            rest = self.rows[len(parts[0]._cellvalues) - table.repeatRows :] if parts else []
        return [*parts, _Rows(self.section, rest, self.room)] if rest else parts


def _table(section: Section, rows: list[Row], width: float) -> LongTable:
    share = width / sum(column.width for column in section.columns)
    widths = [column.width * share for column in section.columns]
    titles = [_wrapped(c.title, w, _PLAIN, right=c.figure) for c, w in zip(section.columns, widths, strict=True)]
    head = [*_heading(section), titles]
    body = [_cells(section.columns, row, widths) for row in rows]
    rules = list(chain.from_iterable(_rules(section.columns, row, n) for n, row in enumerate(rows, len(head))))
    style = [*_base(section.columns, len(head)), *rules]
    return LongTable([*head, *body], colWidths=widths, repeatRows=len(head), style=style)


def _heading(section: Section) -> list[list[Any]]:
    """The row above the columns' titles, where there is something to say."""
    amounts = f'<font size="7">Amounts in {section.currency}</font>' if section.currency else ""
    title = f"<b>{escape(section.title)}</b> &nbsp; " if section.title else ""
    if not title + amounts:
        return []
    return [[Paragraph(title + amounts, _style(10)), *[""] * (len(section.columns) - 1)]]


def _base(columns: tuple[Column, ...], head: int) -> list[tuple[Any, ...]]:
    everywhere = (0, 0), (-1, -1)
    figures = [("ALIGN", (n, 0), (n, -1), "RIGHT") for n, column in enumerate(columns) if column.figure]
    return [
        ("FONT", *everywhere, _PLAIN, _SIZE, _SIZE * 1.3),
        ("TEXTCOLOR", *everywhere, _INK),
        ("VALIGN", *everywhere, "TOP"),
        ("VALIGN", (0, head - 1), (-1, head - 1), "BOTTOM"),
        ("TOPPADDING", *everywhere, 1.6),
        ("BOTTOMPADDING", *everywhere, 2.4),
        ("LEFTPADDING", *everywhere, _PAD),
        ("RIGHTPADDING", *everywhere, _PAD),
        ("LINEBELOW", (0, head - 1), (-1, head - 1), 0.8, _INK),
        *([("SPAN", (0, 0), (-1, 0))] if head > 1 else []),
        *figures,
    ]


def _cells(columns: tuple[Column, ...], row: Row, widths: list[float]) -> list[Any]:
    font = _BOLD if row.kind in _STRONG else _PLAIN
    blanks = (None,) * (len(columns) - len(row.cells))
    room = [width - (row.indent * _INDENT if not index else 0) for index, width in enumerate(widths)]
    if row.kind in (Kind.HEADING, Kind.NOTE) and len(row.cells) == 1:
        room[0] = sum(widths)  # spans the row
    cells = zip(columns, (*row.cells, *blanks), room, strict=True)
    return [printed(cell) if column.figure else _wrapped(printed(cell), space, font) for column, cell, space in cells]


def _wrapped(text: str, width: float, font: str, *, right: bool = False) -> Any:
    """Plain text where it fits the line, which is much cheaper than a paragraph."""
    if pdfmetrics.stringWidth(text, font, _SIZE) <= width - 2 * _PAD:
        return text
    bold = f"<b>{escape(text)}</b>" if font == _BOLD else escape(text)
    return Paragraph(bold, _style(alignment=2 if right else 0, splitLongWords=1))


def _rules(columns: tuple[Column, ...], row: Row, number: int) -> list[tuple[Any, ...]]:
    """Bold, rules, indents, and figures moved by their closing parenthesis, so that the decimals stand in line."""
    commands: list[tuple[Any, ...]] = []
    line = (0, number), (-1, number)
    if row.kind in _STRONG:
        commands.append(("FONTNAME", *line, _BOLD))
    if row.kind is Kind.NOTE:
        commands.append(("TEXTCOLOR", *line, _GREY))
    if row.kind in (Kind.HEADING, Kind.NOTE) and len(row.cells) == 1:
        commands.append(("SPAN", *line))
    if row.kind is Kind.HEADING and not row.indent:
        commands.append(("TOPPADDING", *line, 6))
    if row.indent:
        commands.append(("LEFTPADDING", (0, number), (0, number), _PAD + _INDENT * row.indent))
    for index, (column, cell) in enumerate(zip(columns, row.cells, strict=False)):
        commands += _figure_rules(row.kind, cell, (index, number)) if column.figure else []
    return commands


def _figure_rules(kind: Kind, cell: Cell, at: tuple[int, int]) -> list[tuple[Any, ...]]:
    parenthesis = pdfmetrics.stringWidth(")", _BOLD if kind in _STRONG else _PLAIN, _SIZE)
    right = _PAD + (0 if is_negative(cell) else parenthesis)
    commands: list[tuple[Any, ...]] = [("RIGHTPADDING", at, at, right)]
    if cell is not None and kind in (Kind.SUBTOTAL, Kind.TOTAL):
        commands.append(("LINEABOVE", at, at, 0.5, _INK))
    if cell is not None and kind is Kind.TOTAL:
        commands.append(("LINEBELOW", at, at, 0.5, _INK, 0, None, None, 2, 1.2))
    return commands


def _numbered(document: Document) -> type[Canvas]:
    """A canvas that keeps its pages until their number is known."""

    class Numbered(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._kept: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self._kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, state in enumerate(self._kept, 1):
                self.__dict__.update(state)
                self._foot(f"Page {number} of {len(self._kept)}")
                super().showPage()
            super().save()

        def _foot(self, page: str) -> None:
            width, height = self._pagesize[0], _MARGIN - 4 * mm
            self.setStrokeColor(_RULE)
            self.line(_MARGIN, height + 10, width - _MARGIN, height + 10)
            self.setFont(_PLAIN, 7)
            self.setFillColor(_GREY)
            self.drawString(_MARGIN, height, f"{document.institution} · {document.imprint}")
            self.drawRightString(width - _MARGIN, height, page)

    return Numbered
