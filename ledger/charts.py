"""Charts of accounts as CSV: those that ship with NexaFi, and what operators export and import (no database).

A row without a currency stands for one account in each currency that the chart is opened in: its code and its parent's
get the currency appended (1110 becomes 1110-USD). Columns that a file does not have are left as they are.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, Final

from ledger.constants import MAX_TAGS, TAG, AccountType, SystemAccount
from ledger.exceptions import InvalidChart
from nexafi.core.errors import DomainError, FieldError
from nexafi.core.money import Money, currency_in_use

MAX_ROWS: Final = 10_000
_DIRECTORY = Path(__file__).resolve().parent / "data" / "charts"
_REQUIRED: Final = ("code", "name", "type")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")  # how a spreadsheet's formula may begin; an apostrophe before it makes it text
_QUOTED = re.compile(r"'+[=+\-@\t\r]")


@dataclass(frozen=True)
class ChartRow:
    """One row as text, and the line of the file where it begins. None: the file has no such column."""

    line: int
    code: str
    name: str
    type: str
    subtype: str | None = None
    parent: str = ""
    currency: str = ""
    description: str | None = None
    minimum_balance: str | None = None
    maximum_balance: str | None = None
    tags: str | None = None  # with spaces between them
    role: str = ""  # SystemAccount

    def within(self, currency: str) -> "ChartRow":
        """The row's account in a currency."""
        parent = f"{self.parent}-{currency}" if self.parent else ""
        return replace(self, code=f"{self.code}-{currency}", parent=parent, currency=currency)

    def fault(self, column: str, code: str, detail: str) -> FieldError:
        """What is wrong with a cell of the row."""
        return FieldError(f"/rows/{self.line}/{column}", code, f"Line {self.line}, {column}: {detail}")


COLUMNS: Final = tuple(field.name for field in fields(ChartRow) if field.name != "line")


def shipped_charts() -> list[str]:
    """The names of the charts that ship."""
    return sorted(path.stem for path in _DIRECTORY.glob("*.csv"))


@cache
def shipped_chart(name: str) -> tuple[ChartRow, ...]:
    """The rows of a chart that ships, parents before children."""
    return tuple(read_chart((_DIRECTORY / f"{name}.csv").read_text(encoding="utf-8")))


def read_chart(text: str) -> list[ChartRow]:
    """The rows of a CSV file. Raises InvalidChart for what is no table of accounts or too long; cells are not
    judged yet (`faults_of`)."""
    reader = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(header)
        rows = list(_rows(reader, header))
    except csv.Error as error:
        raise InvalidChart(f"Line {reader.line_num}: {error}.") from error
    if not 1 <= len(rows) <= MAX_ROWS:
        raise InvalidChart(f"A chart has 1 to {MAX_ROWS:,} rows.")
    return rows


def _check_header(header: Sequence[str]) -> None:
    missing = [name for name in _REQUIRED if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    if missing or unknown or len(set(header)) < len(header):
        others = ", ".join(name for name in COLUMNS if name not in _REQUIRED)
        raise InvalidChart(f"The first line names each column once: {', '.join(_REQUIRED)} and any of {others}.")


def _rows(reader: Any, header: Sequence[str]) -> Iterator[ChartRow]:
    begins = reader.line_num + 1
    for cells in reader:
        if any(cells):
            if len(cells) != len(header):
                raise InvalidChart(f"Line {begins} has {len(cells)} cells, the first line {len(header)}.")
            yield ChartRow(line=begins, **dict(zip(header, map(_unquoted, cells), strict=True)))
        begins = reader.line_num + 1


def write_chart(rows: Iterable[ChartRow]) -> str:
    """The rows as CSV; reading it gives the same cells, and no spreadsheet takes one for a formula."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_quoted(getattr(row, name) or "") for name in COLUMNS] for row in rows)
    return text.getvalue()


def _quoted(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _unquoted(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if _QUOTED.match(cell) else cell


def faults_of(rows: Sequence[ChartRow]) -> list[FieldError]:
    """What is wrong with the rows by themselves, in the order of the file."""
    times = Counter(row.code for row in rows)
    return [fault for row in rows for fault in _faults(row, repeated=times[row.code] > 1)]


def _faults(row: ChartRow, *, repeated: bool) -> Iterator[FieldError]:
    if repeated:
        yield row.fault("code", "repeated", f"{row.code} stands in the file more than once.")
    for column, is_right, detail in _RULES:
        cell = getattr(row, column)
        if cell is not None and not is_right(cell):
            yield row.fault(column, "invalid", detail)
    try:
        code = currency_in_use(row.currency).code
    except DomainError as error:
        yield row.fault("currency", "unknown_currency", error.detail if row.currency else "Say which currencies.")
        return
    for column in ("minimum_balance", "maximum_balance"):
        try:
            minor_of(getattr(row, column), code)
        except DomainError as error:
            yield row.fault(column, error.code, error.detail)


def minor_of(amount: str | None, currency: str) -> int | None:
    """A limit in minor units; None for none. Raises MoneyError."""
    return Money.parse(amount, currency).minor if amount else None


def _is_text(least: int, most: int, extra: str = "") -> Callable[[str], bool]:
    return lambda cell: least <= len(cell) <= most and all(c.isprintable() or c in extra for c in cell)


def _are_tags(cell: str) -> bool:
    tags = cell.split()
    return len(tags) <= MAX_TAGS and len(set(tags)) == len(tags) and all(map(TAG.fullmatch, tags))


_RULES: Final[tuple[tuple[str, Callable[[str], bool], str], ...]] = (
    ("code", lambda cell: _is_text(1, 64)(cell) and "/" not in cell, "1 to 64 printable characters without a slash."),
    ("name", _is_text(1, 200), "1 to 200 printable characters."),
    ("type", AccountType.values.__contains__, f"One of {', '.join(AccountType.values)}."),
    ("subtype", _is_text(0, 40), "At most 40 printable characters."),
    ("parent", _is_text(0, 64), "A code of at most 64 printable characters."),
    ("description", _is_text(0, 2000, "\n\t"), "At most 2,000 printable characters."),
    ("tags", _are_tags, f"At most {MAX_TAGS} different words of letters, digits and _ . : % / -"),
    ("role", lambda cell: not cell or cell in list(SystemAccount), f"One of {', '.join(SystemAccount)}, or empty."),
)
