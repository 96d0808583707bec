"""CSV for machines: RFC 4180, UTF-8, amounts as plain decimals."""

import csv
from collections.abc import Iterator
from datetime import datetime
from io import StringIO

from ledger.documents.types import Cell, Document, Percent, Row, Section
from nexafi.core.money import Money

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # how a spreadsheet's formula may begin (OWASP, CSV injection)


def to_csv(document: Document) -> Iterator[str]:
    """The lines of the document's tables; a header whenever the columns change. A document of several sections has the
    column Section, one with amounts the column Currency; the last column says what a row is."""
    named = len(document.tables) > 1
    before: tuple[str, ...] = ()
    for section in document.tables:
        header = _header(section, named)
        if header != before:
            yield from ([_line(())] if before else [])
            yield _line(header)
        before = header
        for row in section.rows:
            yield _line(_fields(section, row, named))


def _header(section: Section, named: bool) -> tuple[str, ...]:
    titles = tuple(column.title for column in section.columns)
    return (*(["Section"] if named else []), *(["Currency"] if section.currency else []), *titles, "Row")


def _fields(section: Section, row: Row, named: bool) -> Iterator[str]:
    yield from [_text(section.title)] if named else []
    yield from [section.currency] if section.currency else []
    blanks = (None,) * (len(section.columns) - len(row.cells))
    yield from map(_plain, (*row.cells, *blanks))
    yield row.kind


def _plain(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Money():
            return cell.amount
        case Percent():
            return f"{cell.fraction:f}"
        case datetime():
            return f"{cell:%Y-%m-%dT%H:%M:%SZ}"
        case str():
            return _text(cell)
    return f"{cell}"


def _text(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(fields: Iterator[str] | tuple[str, ...]) -> str:
    line = StringIO()
    csv.writer(line).writerow(fields)
    return line.getvalue()
