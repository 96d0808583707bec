"""Statement of changes in equity (IAS 1.106): each part of equity from its opening to its closing balance."""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.constants import AccountType
from ledger.documents import Kind
from ledger.selectors.reports.figures import Figures, Held
from ledger.selectors.reports.lines import AMOUNT, LABEL, name_of
from ledger.selectors.reports.trial_balance import TRANSLATION
from ledger.selectors.reports.types import FigureColumn, Line, Report, Span, Table, Terms, long_date
from ledger.taxonomy import ORDER, RETAINED_EARNINGS, Caption
from nexafi.core.money import Money

_PROFIT = (AccountType.INCOME, AccountType.EXPENSE)
_By = dict[str, int]  # by the title of a part of equity: credit, minor units


@dataclass(frozen=True)
class _Row:
    title: str
    by: _By
    kind: Kind = Kind.LINE
    key: str = ""

    def line(self, titles: list[str], code: str) -> Line:
        cells = [Money(self.by.get(each, 0), code) for each in titles]
        return Line((self.title, *cells, Money(sum(self.by.values()), code)), self.kind, key=self.key)


def changes_in_equity(terms: Terms) -> Report:
    """A table for each span and currency. What income and expenses left counts as retained earnings from the start."""
    figures = Figures(terms.currency)
    sections = [table for span in terms.spans for table in _tables(figures, terms, span)]
    return Report(
        name="changes-in-equity",
        title="Statement of changes in equity",
        terms=terms,
        sections=tuple(sections),
    )


def _tables(figures: Figures, terms: Terms, span: Span) -> list[Table]:
    assert span.since is not None
    columns = figures.position(span.before), figures.results(span.since, span.until), figures.position(span.until)
    return [_table(figures, terms, span, code, held) for code, held in figures.tables(columns).items()]


def _table(figures: Figures, terms: Terms, span: Span, code: str, held: list[Held]) -> Table:
    opening, closing = (_equity(held, index, converted=bool(terms.currency)) for index in (0, 2))
    profit = {RETAINED_EARNINGS.title: sum(-each.nets[1] for each in held if each.account.type in _PROFIT)}
    rows = [
        _Row(f"Balance on {long_date(span.before)}", opening, Kind.SUBTOTAL, "opening"),
        _Row("Profit for the period", profit, key="profit"),
        *(_Row(caption.title, {caption.title: minor}) for caption, minor in _movements(held).items() if minor),
    ]
    difference = _less(closing, _sum(row.by for row in rows))
    if terms.currency:
        rows.append(_Row(TRANSLATION, difference, key="translation_difference"))
    rows.append(_Row(f"Balance on {long_date(span.until)}", closing, Kind.TOTAL, "closing"))
    titles = [title for title in _titles() if any(title in row.by for row in rows)]
    return Table(
        title=f"{name_of(code)}, {span.short}",
        currency=code,
        columns=_columns(titles),
        rows=tuple(row.line(titles, code) for row in rows),
        totals={row.key: Money(sum(row.by.values()), code) for row in rows if row.key},
        is_balanced=figures.balances and (bool(terms.currency) or not any(difference.values())),
    )


def _equity(held: list[Held], index: int, *, converted: bool) -> _By:
    """Each part's balance in one of the columns."""
    sums: _By = {}
    for each in held:
        if each.account.type in _PROFIT or each.account.type == AccountType.EQUITY:
            title = RETAINED_EARNINGS.title if each.account.type in _PROFIT else each.caption.title
            sums[title] = sums.get(title, 0) - each.nets[index]
    return sums | ({TRANSLATION: sum(each.nets[index] for each in held)} if converted else {})


def _movements(held: list[Held]) -> dict[Caption, int]:
    """Of the equity accounts themselves: contributions, distributions, transfers."""
    sums: dict[Caption, int] = {}
    for each in held:
        if each.account.type == AccountType.EQUITY:
            sums[each.caption] = sums.get(each.caption, 0) - each.nets[1]
    return sums


def _titles() -> list[str]:
    equity = [caption.title for caption in ORDER if caption.type is AccountType.EQUITY]
    return [*equity, TRANSLATION]


def _sum(parts: Iterable[_By]) -> _By:
    sums: _By = {}
    for by in parts:
        for title, minor in by.items():
            sums[title] = sums.get(title, 0) + minor
    return sums


def _less(one: _By, other: _By) -> _By:
    return {title: one.get(title, 0) - other.get(title, 0) for title in one | other}


def _columns(titles: list[str]) -> tuple[FigureColumn, ...]:
    figures = (FigureColumn(title, AMOUNT, figure=True, key=title.lower().replace(" ", "_")) for title in titles)
    return (FigureColumn("", LABEL, key="title"), *figures, FigureColumn("Total", AMOUNT, figure=True, key="total"))
