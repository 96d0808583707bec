"""Cash flow statement by the indirect method (IAS 7.18 b): from the profit to the change of cash.

Every account that is neither cash nor part of the profit changes with money or with the profit; whatever its balance
changed by is a line, so the lines add up to the change of cash by themselves. Non-cash items of the profit are taken
back in the operating part and on the line of the account that they changed instead ("depreciation" on property).
"""

from collections import defaultdict
from collections.abc import Iterable

from ledger.constants import AccountType
from ledger.documents import Kind
from ledger.selectors.reports.figures import Figures, Held
from ledger.selectors.reports.lines import Lines, Minors, name_of, plus, span_columns
from ledger.selectors.reports.types import Report, Table, Terms
from ledger.taxonomy import ORDER, Caption, Flow, cash_line_of
from nexafi.core.money import Money

_PROFIT = (AccountType.INCOME, AccountType.EXPENSE)
_RATES = "Effect of exchange rates on cash"


def cash_flow(terms: Terms) -> Report:
    """Where the cash of each span came from and went to."""
    figures = Figures(terms.currency)
    spans = [span for span in terms.spans if span.since]
    columns = [figures.movement(span.since, span.until) for span in spans if span.since]
    columns += [figures.holdings(day) for span in spans for day in (span.before, span.until)]
    tables = figures.tables(columns)
    sections = (_table(figures, terms, code, held) for code, held in tables.items())
    return Report(
        name="cash-flow",
        title="Cash flow statement",
        terms=terms,
        sections=tuple(table for table in sections if len(table.rows) > 0),
    )


def _table(figures: Figures, terms: Terms, code: str, held: list[Held]) -> Table:
    count = len(terms.spans)
    lines = Lines(code, count)
    moved = [Held(each.account, each.caption, each.nets[:count]) for each in held]
    flows = _Flows(moved, lines.nothing)
    operating = _operating(lines, flows)
    investing = _activity(lines, flows, Flow.INVESTING, "Investing activities")
    financing = _activity(lines, flows, Flow.FINANCING, "Financing activities")
    net = plus(operating, investing, financing)
    opening, closing = _cash(held, count, lines.nothing)
    change = tuple(b - a for a, b in zip(opening, closing, strict=True))
    rates = tuple(b - a for a, b in zip(net, change, strict=True)) if terms.currency else lines.nothing
    if terms.currency:
        lines.line(_RATES, rates, key="exchange_rate_effect", level=0)
    total = lines.total("net_change", "Net change in cash", plus(net, rates))
    lines.line("Cash at the beginning", opening, key="opening_cash", level=0)
    lines.total("closing_cash", "Cash at the end", plus(opening, total))
    check = tuple(b - a for a, b in zip(total, change, strict=True))
    lines.line("Check: change of the cash accounts less net change", check, key="check", level=0, kind=Kind.NOTE)
    totals = {"operating": operating, "investing": investing, "financing": financing, "net_change": total,
              "opening_cash": opening, "closing_cash": closing, "check": check}  # fmt: skip
    return Table(
        title=name_of(code),
        currency=code,
        columns=span_columns(terms.spans),
        rows=tuple(lines.rows),
        totals={key: Money(minors[0], code) for key, minors in totals.items()},
        is_balanced=figures.balances and not any(check),
    )


class _Flows:
    """Changes by line: what came in positive, what went out negative."""

    def __init__(self, moved: Iterable[Held], nothing: Minors) -> None:
        self.profit = nothing
        self.non_cash: dict[Caption, Minors] = defaultdict(lambda: nothing)  # taken back from the profit
        self.changes: dict[Caption, Minors] = defaultdict(lambda: nothing)
        for each in moved:
            self._add(each.caption, tuple(-net for net in each.nets), each.nets)

    def _add(self, caption: Caption, credit: Minors, debit: Minors) -> None:
        if caption.type in _PROFIT:
            self.profit = plus(self.profit, credit)
            if caption.flow is Flow.NON_CASH:
                self.non_cash[caption] = plus(self.non_cash[caption], debit)
                self.changes[cash_line_of(caption)] = plus(self.changes[cash_line_of(caption)], credit)
        elif caption.flow is Flow.NON_CASH:
            self.non_cash[caption] = plus(self.non_cash[caption], credit)
        elif caption.flow is not Flow.CASH:
            self.changes[cash_line_of(caption)] = plus(self.changes[cash_line_of(caption)], credit)

    def of(self, flow: Flow) -> dict[Caption, Minors]:
        return {caption: minors for caption, minors in self.changes.items() if caption.flow is flow}


def _operating(lines: Lines, flows: _Flows) -> Minors:
    lines.heading("Operating activities")
    sums = lines.line("Profit for the period", flows.profit, key="profit")
    sums = plus(sums, _lines(lines, "Adjustments for non-cash items", flows.non_cash))
    sums = plus(sums, _lines(lines, "Changes in operating assets and liabilities", flows.of(Flow.OPERATING)))
    return lines.subtotal("operating", "Net cash from operating activities", sums)


def _activity(lines: Lines, flows: _Flows, flow: Flow, title: str) -> Minors:
    sums = _lines(lines, title, flows.of(flow), level=0)
    return lines.subtotal(flow.value, f"Net cash from {title.lower()}", sums) if any(sums) else sums


def _lines(lines: Lines, title: str, changes: dict[Caption, Minors], level: int = 1) -> Minors:
    changes = {caption: changes[caption] for caption in sorted(changes, key=ORDER.__getitem__) if any(changes[caption])}
    if changes:
        lines.heading(title, level)
    return plus(lines.nothing, *(lines.line(each.title, changes[each], level=level + 1) for each in changes))


def _cash(held: list[Held], count: int, nothing: Minors) -> tuple[Minors, Minors]:
    """Cash before and at the end of each span."""
    days = (each.nets[count:] for each in held if each.caption.flow is Flow.CASH)
    sums = plus(nothing * 2, *days)
    return sums[::2], sums[1::2]
