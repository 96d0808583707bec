"""What a financial report is: a document whose lines know their keys, accounts and entries.

One shape for all, so that JSON, files and pages are each written once. Amounts in a report are signed as they are
printed: a column adds up from top to bottom.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from ledger.documents import Cell, Column, Document, Row, Section
from ledger.models import Account
from ledger.selectors.statements import Place

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Effective dates up to `until`, from `since` where it is given; both are included."""

    since: date | None
    until: date

    @property
    def title(self) -> str:
        until = long_date(self.until)
        return until if self.since is None else f"{long_date(self.since)} to {until}"

    @property
    def short(self) -> str:
        """For the head of a column: "2026", "March 2026", "January to March 2026", or both dates."""
        since, until = self.since, self.until
        if since is None or since.day > 1 or not is_month_end(until):
            return self.title
        if (since.month, until.month) == (1, 12):
            return f"{since.year}" if since.year == until.year else f"{since.year} to {until.year}"
        if since.year < until.year:
            return f"{since:%B %Y} to {until:%B %Y}"
        return f"{until:%B %Y}" if since.month == until.month else f"{since:%B} to {until:%B %Y}"

    @property
    def key(self) -> str:
        return f"{self.until}" if self.since is None else f"{self.since}/{self.until}"

    @property
    def before(self) -> date:
        """The day before it begins. Only of a period."""
        assert self.since is not None
        return self.since - DAY


@dataclass(frozen=True)
class Mark:
    """Where a page of the general ledger goes on: in which account, and after which line of it (None: from its top)."""

    code: str
    place: Place | None = None


@dataclass(frozen=True)
class Terms:
    """What a report is asked for. The first span is the one meant, the others stand beside it for comparison.

    `currency`: every figure converted to it; "" leaves each in its own. The rest concerns one report each.
    """

    spans: tuple[Span, ...]
    currency: str = ""
    payment_days: int = 30  # aged reports: days until a charge is due
    account: Account | None = None  # general ledger: of this one alone
    after: Mark | None = None
    size: int = 100

    @property
    def main(self) -> Span:
        return self.spans[0]


@dataclass(frozen=True, kw_only=True)
class FigureColumn(Column):
    """A column of the report: its name in JSON and what it covers."""

    key: str
    span: Span | None = None


@dataclass(frozen=True, kw_only=True)
class Line(Row):
    """`key` names a sum for machines; `account` and `entry_id` say where a figure comes from."""

    key: str = ""
    account: Account | None = None
    entry_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Table(Section):
    """The lines of one currency (or of one account). `totals` are those of the first span."""

    columns: tuple[FigureColumn, ...]
    rows: tuple[Line, ...]
    totals: Mapping[str, Cell] = field(default_factory=dict)
    is_balanced: bool = True


@dataclass(frozen=True, kw_only=True)
class Report(Document):
    """`next` leads to the following page, where a report has pages."""

    name: str
    terms: Terms
    sections: tuple[Table, ...]
    notes: tuple[str, ...] = ()
    next: Mark | None = None

    @property
    def is_balanced(self) -> bool:
        return all(table.is_balanced for table in self.sections)


def is_month_end(day: date) -> bool:
    return (day + DAY).day == 1


def long_date(day: date) -> str:
    """31 January 2026."""
    return f"{day.day} {day:%B %Y}"
