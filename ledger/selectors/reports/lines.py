"""The lines of a statement: accounts under their captions, captions under their parts, sums below."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from ledger.documents import Kind
from ledger.selectors.reports.figures import Held
from ledger.selectors.reports.types import FigureColumn, Line, Span
from ledger.taxonomy import Part
from nexafi.core.money import Money, currency

Minors = tuple[int, ...]  # one figure a column, minor units

LABEL, AMOUNT = 46, 18  # characters


def span_columns(spans: Iterable[Span]) -> tuple[FigureColumn, ...]:
    """A column of names and one of figures for each span."""
    figures = (FigureColumn(span.short, AMOUNT, figure=True, key=span.key, span=span) for span in spans)
    return (FigureColumn("", LABEL, key="title"), *figures)


def name_of(code: str) -> str:
    """US Dollar."""
    return currency(code).name


def plus(*figures: Minors) -> Minors:
    """Column by column."""
    return tuple(map(sum, zip(*figures, strict=True)))


class Lines:
    """Collects the lines of one table. Figures come as minor units of its currency, signed as they are printed."""

    def __init__(self, currency: str, columns: int) -> None:
        self.currency = currency
        self.nothing: Minors = (0,) * columns
        self.rows: list[Line] = []

    def heading(self, title: str, level: int = 0) -> None:
        self.rows.append(Line((title,), Kind.HEADING, level))

    def note(self, text: str) -> None:
        self.rows.append(Line((text,), Kind.NOTE))

    def line(self, title: str, minors: Minors, *, level: int = 1, key: str = "", kind: Kind = Kind.LINE) -> Minors:
        self.rows.append(Line(self._cells(title, minors), kind, level, key=key))
        return minors

    def subtotal(self, key: str, title: str, minors: Minors, level: int = 0) -> Minors:
        return self.line(title, minors, level=level, key=key, kind=Kind.SUBTOTAL)

    def total(self, key: str, title: str, minors: Minors) -> Minors:
        return self.line(title, minors, level=0, key=key, kind=Kind.TOTAL)

    def account(self, held: Held, sign: int, level: int) -> Minors:
        minors = tuple(sign * net for net in held.nets)
        self.rows.append(Line(self._cells(str(held.account), minors), Kind.LINE, level, account=held.account))
        return minors

    def captions(self, held: Sequence[Held], sign: int, level: int) -> Minors:
        """Accounts by caption; a caption of several has a heading and a sum of its own."""
        sums = self.nothing
        for title, group in groupby(held, key=lambda each: each.caption.title):
            accounts = list(group)
            if len(accounts) == 1:
                sums = plus(sums, self.account(accounts[0], sign, level))
                continue
            self.heading(title, level)
            own = plus(*(self.account(each, sign, level + 1) for each in accounts))
            sums = plus(sums, self.subtotal("", f"Total {_lower(title)}", own, level))
        return sums

    def part(self, part: Part, held: Sequence[Held], sign: int, level: int) -> Minors:
        """The heading, accounts and sum of one part; nothing where it has no account."""
        own = [each for each in held if each.caption.part is part]
        if not own:
            return self.nothing
        self.heading(part.value, level)
        return self.subtotal(
            f"total_{part.key}", f"Total {_lower(part.value)}", self.captions(own, sign, level + 1), level
        )

    def _cells(self, title: str, minors: Minors) -> tuple[str | Money, ...]:
        return title, *(Money(minor, self.currency) for minor in minors)


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]
