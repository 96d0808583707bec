"""Balances by the tags of their accounts, weighted: the ground of regulatory ratios."""

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.conf import settings

from ledger.constants import AccountType
from ledger.documents import Cell, Kind, Percent
from ledger.documents.print import printed
from ledger.models import Account
from ledger.selectors.reports.figures import Figures
from ledger.selectors.reports.lines import AMOUNT, LABEL, name_of
from ledger.selectors.reports.types import FigureColumn, Line, Report, Table, Terms
from nexafi.core.money import Money

Weights = dict[str, Fraction]
_PLACES = Decimal("0.0001")


def weights(**percents: str) -> Weights:
    """Classes with their weights, given in percent."""
    return {name: Fraction(percent) / 100 for name, percent in percents.items()}


class WeightTable:
    """One table of a ratio: accounts with their class, balance, weight and weighted amount, and the sums below them.

    Everything is converted at the closing rate to the reporting currency. An account has one class of a kind: the first
    by alphabet counts. Tags of the report's `kinds` that are not known are named in the notes.
    """

    def __init__(self, terms: Terms, *kinds: str) -> None:
        self.terms, self.currency = terms, terms.currency or settings.BASE_CURRENCY
        self._figures = Figures(self.currency)
        self._nets = self._figures.holdings(terms.main.until)
        self._rows: list[Line] = []
        self._weighed: dict[tuple[str, str], int] = {}
        self._known: set[str] = set()
        self._kinds = kinds
        self.totals: dict[str, Cell] = {}

    def weigh(self, title: str, kind: str, of: Weights, *, signed: bool = False, sign: int = 1) -> int:
        """Every account tagged `kind:class`, by class, and what they weigh together (minor units), which is returned.
        Balances count on the normal side, less than nothing as nothing unless `signed`."""
        self._known |= {f"{kind}:{name}" for name in of}
        found = self._tagged(kind, of, signed=signed)
        self._rows += [Line((title,), Kind.HEADING)] if found else []
        for name, account, balance in found:
            weighed = sign * round(balance * of[name])
            self._weighed[kind, name] = self.weighed(kind, name) + weighed
            percent = Percent(Decimal(of[name].numerator) / of[name].denominator)
            cells = (str(account), name, self._money(balance), percent, self._money(weighed))
            self._rows.append(Line(cells, Kind.LINE, 1, account=account))
        return sum(self.weighed(kind, name) for name in of)

    def weighed(self, kind: str, name: str) -> int:
        """What one class weighed."""
        return self._weighed.get((kind, name), 0)

    def sum(self, key: str, title: str, minor: int, kind: Kind = Kind.SUBTOTAL) -> int:
        """A sum under its key; returned as given."""
        indent = 1 if kind is Kind.LINE else 0
        self._rows.append(Line((title, None, None, None, self._money(minor)), kind, indent, key=key))
        self.totals[key] = self._money(minor)
        return minor

    def ratio(self, key: str, title: str, over: int, under: int, minimum: Fraction) -> None:
        """A ratio beside its minimum; there is none where it would divide by nothing."""
        met = under <= 0 or Fraction(over, under) >= minimum
        shown = _percent(Fraction(over, under)) if under > 0 else None
        required = (
            f"Minimum {printed(_percent(minimum))}, {'met' if met else 'NOT met'}" if shown else "Nothing to cover"
        )
        self._rows.append(Line((title, required, None, None, shown), Kind.TOTAL, key=key))
        self.totals[key] = shown
        self.totals["meets_minimum"] = bool(self.totals.get("meets_minimum", True)) and met

    def net(self, *types: AccountType) -> int:
        """Debits less credits of all accounts of some types, minor units."""
        return sum(net for key, net in self._nets.items() if self._account(key).type in types)

    def report(self, name: str, title: str) -> Report:
        tags = {tag for key in self._nets for tag in self._account(key).tags if tag.partition(":")[0] in self._kinds}
        unknown = ", ".join(sorted(tags - self._known))
        table = Table(
            title=name_of(self.currency),
            currency=self.currency,
            columns=(
                FigureColumn("Account", LABEL, key="title"),
                FigureColumn("Class", 24, key="class"),
                FigureColumn("Balance", AMOUNT, figure=True, key="balance", span=self.terms.main),
                FigureColumn("Weight", 9, figure=True, key="weight"),
                FigureColumn("Weighted", AMOUNT, figure=True, key="weighted"),
            ),
            rows=tuple(self._rows),
            totals=self.totals,
            is_balanced=self._figures.balances,
        )
        notes = (f"Not known and not counted: {unknown}.",) if unknown else ()
        return Report(name=name, title=title, terms=self.terms, sections=(table,), notes=notes)

    def _tagged(self, kind: str, of: Weights, *, signed: bool) -> list[tuple[str, Account, int]]:
        found = []
        for key, net in self._nets.items():
            account = self._account(key)
            known = sorted(name for name in of if f"{kind}:{name}" in account.tags)
            balance = net if account.debit_normal else -net
            if known and balance and (signed or balance > 0):
                found.append((known[0], account, balance))
        order = list(of)
        return sorted(found, key=lambda each: (order.index(each[0]), each[1].code))

    def _account(self, key: UUID) -> Account:
        return self._figures.account(key)

    def _money(self, minor: int) -> Money:
        return Money(minor, self.currency)


def _percent(ratio: Fraction) -> Percent:
    return Percent((Decimal(ratio.numerator) / ratio.denominator).quantize(_PLACES))
