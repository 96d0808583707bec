"""What a document is made of; how it looks is the renderers' matter."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from django.conf import settings

from nexafi.core import clock
from nexafi.core.money import Money


@dataclass(frozen=True)
class Percent:
    """A share: Percent(Decimal("0.85")) is 85 %."""

    fraction: Decimal


NOTHING: Final = "Nothing to report for this time."
Cell = str | Money | Decimal | int | Percent | date | datetime | None


class Kind(StrEnum):
    """What a row is: a subtotal stands under a single rule, a total over a double one."""

    HEADING = "heading"
    LINE = "line"
    SUBTOTAL = "subtotal"
    TOTAL = "total"
    NOTE = "note"


@dataclass(frozen=True)
class Column:
    """A column `width` characters wide; one of figures is aligned to the right."""

    title: str
    width: int
    figure: bool = False


@dataclass(frozen=True)
class Row:
    """One row: a cell a column; fewer are filled up with blanks. `indent` is the level of the first cell."""

    cells: tuple[Cell, ...]
    kind: Kind = Kind.LINE
    indent: int = 0


@dataclass(frozen=True)
class Section:
    """One table. `rows` may be lazy and are then read once; `currency` is that of every amount, where there is one."""

    columns: tuple[Column, ...]
    rows: Iterable[Row]
    title: str = ""
    currency: str = ""


@dataclass(frozen=True)
class Document:
    """A titled document; the lines of `subtitle` say of whom and of when."""

    title: str
    sections: tuple[Section, ...]
    subtitle: tuple[str, ...] = ()
    prepared_by: str = ""
    prepared_at: datetime = field(default_factory=clock.now)
    institution: str = field(default_factory=lambda: settings.INSTITUTION_NAME)

    @property
    def tables(self) -> tuple[Section, ...]:
        """The sections; where there is none, one that says so: a file is never empty."""
        return self.sections or (Section((Column("", 40),), [Row((NOTHING,), Kind.NOTE)]),)

    @property
    def imprint(self) -> str:
        """When and by whom: "Prepared 2026-01-31 12:00 UTC by ada@example.org"."""
        by = f" by {self.prepared_by}" if self.prepared_by else ""
        return f"Prepared {self.prepared_at:%Y-%m-%d %H:%M} UTC{by}"
