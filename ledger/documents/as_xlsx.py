"""XLSX for people who go on calculating: numbers are numbers, a sheet a section, ready to print."""

import re
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import chain
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from ledger.documents.print import printed
from ledger.documents.types import Cell, Column, Document, Kind, Percent, Row, Section
from nexafi.core.money import Money

_EXACT = 10**15  # a spreadsheet's numbers hold 15 digits; longer amounts are written as text
_WIDE = 100  # characters of columns that fit an upright page
_A4 = 9
_STYLES: dict[Kind, dict[str, Any]] = {
    Kind.HEADING: {"bold": True},
    Kind.LINE: {},
    Kind.SUBTOTAL: {"bold": True, "top": 1},
    Kind.TOTAL: {"bold": True, "top": 1, "bottom": 6},
    Kind.NOTE: {"italic": True, "font_color": "#555555"},
}


def to_xlsx(document: Document) -> bytes:
    """A workbook: the title above, the columns' titles frozen and repeated on every printed page."""
    buffer = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
    }
    with Workbook(buffer, options) as book:
        created = document.prepared_at.replace(tzinfo=None)
        book.set_properties({"title": document.title, "company": document.institution, "created": created})
        formats = _Formats(book)
        names: set[str] = set()
        for section in document.tables:
            sheet = book.add_worksheet(_sheet_name(section.title or section.currency or document.title, names))
            _write(sheet, document, section, formats)
    return buffer.getvalue()


class _Formats:
    """Cell formats, made once each."""

    def __init__(self, book: Workbook) -> None:
        self._book, self._made = book, dict[str, Any]()

    def __call__(self, **properties: Any) -> Any:
        key = repr(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]


def _write(sheet: Worksheet, document: Document, section: Section, formats: _Formats) -> None:
    top = _title(sheet, document, section, formats)
    for index, column in enumerate(section.columns):
        style = formats(bold=True, bottom=1, text_wrap=True, valign="bottom", align=_side(column))
        sheet.write_string(top, index, column.title, style)
        sheet.set_column(index, index, column.width)
    for number, row in enumerate(section.rows, top + 1):
        _write_row(sheet, number, section, row, formats)
    sheet.freeze_panes(top + 1, 1)
    _set_up_print(sheet, document, section, top)


def _title(sheet: Worksheet, document: Document, section: Section, formats: _Formats) -> int:
    """Writes what stands above the table; returns the row of the columns' titles."""
    currency = f"Amounts in {section.currency}" if section.currency else ""
    lines = [document.institution, document.title, *document.subtitle, section.title, currency, document.imprint]
    lines = [line for line in lines if line]
    for number, line in enumerate(lines):
        sheet.write_string(number, 0, line, formats(bold=number < 2, font_size=14 if number == 1 else 11))
    return len(lines) + 1


def _write_row(sheet: Worksheet, number: int, section: Section, row: Row, formats: _Formats) -> None:
    blanks = (None,) * (len(section.columns) - len(row.cells))
    for index, (column, cell) in enumerate(zip(section.columns, chain(row.cells, blanks), strict=False)):
        ruled = column.figure or row.kind not in (Kind.SUBTOTAL, Kind.TOTAL)
        style = _STYLES[row.kind] if ruled else {"bold": True}
        style = style | {"align": _side(column)} | ({"indent": row.indent} if row.indent and not index else {})
        value, number_format = _as_number(cell)
        sheet.write(number, index, value, formats(**style, num_format=number_format))


def _as_number(cell: Cell) -> tuple[Any, str]:
    """What is written and its number format; text and what is too long for a spreadsheet's number stay text."""
    match cell:
        case Money() if abs(cell.minor) < _EXACT:
            return cell.decimal, _number_format(-int(cell.decimal.as_tuple().exponent))
        case Percent():
            return cell.fraction, "0.00%"
        case int() | Decimal():
            return cell, "#,##0.##########"
        case datetime():
            return cell.replace(tzinfo=None), "yyyy-mm-dd hh:mm"
        case date():
            return cell, "yyyy-mm-dd"
    return printed(cell), "@"


def _number_format(places: int) -> str:
    """As many decimals as the currency has; parentheses for less than nothing, a dash for nothing."""
    digits = f"#,##0.{'0' * places}" if places else "#,##0"
    return f'{digits}_);({digits});"–"_)'


def _side(column: Column) -> str:
    return "right" if column.figure else "left"


def _set_up_print(sheet: Worksheet, document: Document, section: Section, top: int) -> None:
    sheet.set_paper(_A4)
    if sum(column.width for column in section.columns) > _WIDE:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)
    sheet.hide_gridlines(2)
    sheet.set_footer(f"&L&8{_escaped(document.institution)}&C&8{_escaped(document.imprint)}&R&8Page &P of &N")


def _escaped(text: str) -> str:
    """An ampersand begins a code in headers and footers; they hold 255 characters."""
    return text.replace("&", "&&")[:80]


def _sheet_name(title: str, taken: set[str]) -> str:
    """At most 31 characters, without those a sheet's name may not hold, and unlike every other, whatever the case."""
    name = base = re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:31] or "Sheet"
    number = 1
    while name.casefold() in taken:
        number += 1
        name = f"{base[:26]} ({number})"
    taken.add(name.casefold())
    return name
