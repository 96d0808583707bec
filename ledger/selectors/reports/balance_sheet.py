"""Balance sheet: what the institution has, owes and is left with (IAS 1.54-80)."""

from ledger.constants import AccountType
from ledger.selectors.reports.figures import Figures, Held
from ledger.selectors.reports.lines import Lines, Minors, name_of, plus, span_columns
from ledger.selectors.reports.trial_balance import TRANSLATION
from ledger.selectors.reports.types import Report, Table, Terms
from ledger.taxonomy import Part
from nexafi.core.money import Money

_ASSETS = (Part.CURRENT_ASSETS, Part.NON_CURRENT_ASSETS)
_LIABILITIES = (Part.CURRENT_LIABILITIES, Part.NON_CURRENT_LIABILITIES)


def balance_sheet(terms: Terms) -> Report:
    """Positions at the end of each span's last day."""
    figures = Figures(terms.currency)
    tables = figures.tables([figures.position(span.until) for span in terms.spans])
    return Report(
        name="balance-sheet",
        title="Balance sheet",
        terms=terms,
        sections=tuple(_table(figures, terms, code, held) for code, held in tables.items()),
    )


def _table(figures: Figures, terms: Terms, code: str, held: list[Held]) -> Table:
    lines = Lines(code, len(terms.spans))
    assets = _side(lines, "Assets", _ASSETS, held, 1)
    liabilities = _side(lines, "Liabilities", _LIABILITIES, held, -1)
    equity = _equity(lines, held, converted=bool(terms.currency))
    both = lines.total("total_liabilities_and_equity", "Total liabilities and equity", plus(liabilities, equity))
    totals = {"total_assets": assets, "total_liabilities": liabilities, "total_equity": equity}
    return Table(
        title=name_of(code),
        currency=code,
        columns=span_columns(terms.spans),
        rows=tuple(lines.rows),
        totals={key: Money(minors[0], code) for key, minors in totals.items()},
        is_balanced=figures.balances and assets == both,
    )


def _side(lines: Lines, title: str, parts: tuple[Part, ...], held: list[Held], sign: int) -> Minors:
    lines.heading(title)
    sums = plus(*(lines.part(part, held, sign, 1) for part in parts))
    return lines.total(f"total_{title.lower()}", f"Total {title.lower()}", sums)


def _equity(lines: Lines, held: list[Held], *, converted: bool) -> Minors:
    """Equity accounts, the profit that is in none of them yet, unrealised exchange differences apart, and what
    translation brought about."""
    lines.heading("Equity")
    own = [each for each in held if each.caption.part is Part.EQUITY]
    sums = lines.captions(own, -1, 1)
    earned = [each for each in held if each.account.type in (AccountType.INCOME, AccountType.EXPENSE)]
    unrealised = [each for each in earned if each.caption.part is Part.UNREALISED_EXCHANGE]
    realised = [each for each in earned if each not in unrealised]
    profit = "Accumulated profit" if converted else "Profit not yet closed"
    for key, title, of in (
        ("current_earnings", profit, realised),
        ("unrealised_exchange", Part.UNREALISED_EXCHANGE.value, unrealised),
    ):
        if of:
            sums = plus(sums, lines.line(title, _credit(lines, of), key=key))
    if converted:
        difference = plus(lines.nothing, *(each.nets for each in held))
        sums = plus(sums, lines.line(TRANSLATION, difference, key="translation_difference"))
    return lines.total("total_equity", "Total equity", sums)


def _credit(lines: Lines, held: list[Held]) -> Minors:
    return tuple(-net for net in plus(lines.nothing, *(each.nets for each in held)))
