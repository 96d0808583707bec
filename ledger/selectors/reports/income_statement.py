"""Income statement by nature and function, as the chart's subtypes have it (IAS 1.81A-105): income positive, expenses
negative, so that every column adds up to the profit."""

from ledger.selectors.reports.figures import Figures, Held
from ledger.selectors.reports.lines import Lines, Minors, name_of, plus, span_columns
from ledger.selectors.reports.types import Report, Table, Terms
from ledger.taxonomy import Part
from nexafi.core.money import Money

# After which parts a sum is drawn where they have lines, and what it is called.
_SUMS = {
    Part.COST_OF_SALES: ("gross_profit", "Gross profit"),
    Part.OPERATING_EXPENSES: ("operating_profit", "Operating profit"),
}
_PARTS = (
    Part.REVENUE,
    Part.COST_OF_SALES,
    Part.OPERATING_EXPENSES,
    Part.FINANCE,
    Part.UNREALISED_EXCHANGE,
    Part.TAX,
)


def income_statement(terms: Terms) -> Report:
    """What was earned and spent in each span, the entries that close periods left out."""
    figures = Figures(terms.currency)
    columns = [figures.results(span.since, span.until) for span in terms.spans if span.since]
    tables = {code: _of_profit(held) for code, held in figures.tables(columns).items()}
    return Report(
        name="income-statement",
        title="Income statement",
        terms=terms,
        sections=tuple(_table(figures, terms, code, held) for code, held in tables.items() if held),
    )


def _table(figures: Figures, terms: Terms, code: str, held: list[Held]) -> Table:
    lines = Lines(code, len(terms.spans))
    profit, sums = lines.nothing, dict[str, Minors]()
    for part in _PARTS:
        own = [each for each in held if each.caption.part is part]
        if part is Part.TAX:
            sums["profit_before_tax"] = profit
            if own:
                lines.subtotal("profit_before_tax", "Profit before tax", profit)
        sums[part.key] = lines.part(part, own, -1, 0)
        profit = plus(profit, sums[part.key])
        if part in _SUMS:
            key, title = _SUMS[part]
            sums[key] = lines.subtotal(key, title, profit) if own else profit
    sums["profit"] = lines.total("profit", "Profit for the period", profit)
    return Table(
        title=name_of(code),
        currency=code,
        columns=span_columns(terms.spans),
        rows=tuple(lines.rows),
        totals={key: Money(minors[0], code) for key, minors in sums.items()},
        is_balanced=figures.balances,
    )


def _of_profit(held: list[Held]) -> list[Held]:
    return [each for each in held if each.caption.part in _PARTS]
