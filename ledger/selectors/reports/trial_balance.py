"""Trial balance: every account's balance on its side; debits equal credits in every currency, or something is wrong."""

from collections.abc import Iterator

from ledger.documents import Kind
from ledger.selectors.reports.figures import Figures, Held
from ledger.selectors.reports.lines import AMOUNT, LABEL, Minors, name_of, plus
from ledger.selectors.reports.types import FigureColumn, Line, Report, Span, Table, Terms
from nexafi.core.money import Money

TRANSLATION = "Translation difference"


def trial_balance(terms: Terms) -> Report:
    """Balances at the end of each span's last day."""
    figures = Figures(terms.currency)
    tables = figures.tables([figures.position(span.until) for span in terms.spans])
    return Report(
        name="trial-balance",
        title="Trial balance",
        terms=terms,
        sections=tuple(_table(figures, terms, code, held) for code, held in tables.items()),
    )


def _table(figures: Figures, terms: Terms, code: str, held: list[Held]) -> Table:
    accounts = sorted(held, key=lambda each: each.account.code)
    rows = [Line(_cells(str(each.account), each.nets, code), account=each.account) for each in accounts]
    net = plus(*(each.nets for each in held))
    if terms.currency and any(net):
        rows.append(Line(_cells(TRANSLATION, tuple(-each for each in net), code), key="translation_difference"))
    totals = [_sum(row.cells[index] for row in rows) for index in range(1, 1 + 2 * len(terms.spans))]
    rows.append(Line(("Total", *(Money(total, code) for total in totals)), Kind.TOTAL, key="total"))
    return Table(
        title=name_of(code),
        currency=code,
        columns=_columns(terms.spans),
        rows=tuple(rows),
        totals={"debits": Money(totals[0], code), "credits": Money(totals[1], code)},
        is_balanced=figures.balances and totals[::2] == totals[1::2],
    )


def _columns(spans: tuple[Span, ...]) -> tuple[FigureColumn, ...]:
    """Debit and credit of each span; those of the first are called so."""
    pairs = [
        FigureColumn(f"{side.capitalize()} {span.short}" if len(spans) > 1 else side.capitalize(), AMOUNT, figure=True,
                     key=f"{side}_{span.key}" if number else side, span=span)
        for number, span in enumerate(spans) for side in ("debit", "credit")
    ]  # fmt: skip
    return (FigureColumn("Account", LABEL, key="title"), *pairs)


def _cells(title: str, nets: Minors, code: str) -> tuple[str | Money | None, ...]:
    return title, *(cell for net in nets for cell in _sides(net, code))


def _sides(net: int, code: str) -> Iterator[Money | None]:
    """A balance on its side, the other one blank."""
    yield Money(net, code) if net > 0 else None
    yield Money(-net, code) if net < 0 else None


def _sum(cells: Iterator[object]) -> int:
    return sum(cell.minor for cell in cells if isinstance(cell, Money))
