"""Open positions in foreign currencies, and what they are carried at in the base currency.

The position of a currency is what the institution holds less what it owes in it, over every monetary account: cash,
receivables, customers' money, payables. As debits equal credits in each currency, that is the credit balance of all its
*other* accounts (`Counterparts`): the position account, and equity, income, expenses and non-monetary assets and
liabilities (IAS 21.23), which keep the rate of their day. They are as few as the chart has accounts, however many
customers there are, and they tell what the position cost:

* the position account's, what stands on the currency's counter-value account: the base-currency side of each exchange;
* the others', each day's movement at the rate of that day (IAS 21.21).

What was bought or sold since the last revaluation, together with what was open then, has a weighted average price. What
is still open is carried at it; what the rest brought beyond it is realised. Short positions likewise, the other way
round.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Max, Q

from ledger.constants import AccountType, SystemAccount
from ledger.exceptions import RateUnavailable
from ledger.models import Account, Revaluation
from ledger.selectors.history import Sums, account_sums, daily_sums
from ledger.selectors.rates import rates_for
from nexafi.core.money import Money

NON_MONETARY: Final = (
    "inventory", "prepayment", "fixed_asset", "accumulated_depreciation", "right_of_use_asset", "intangible",
    "accumulated_amortisation", "goodwill", "deferred_income",
)  # fmt: skip
POSITION: Final = "fx_position"
_NOT_REVALUED = Q(type__in=[AccountType.EQUITY, AccountType.INCOME, AccountType.EXPENSE])


@dataclass(frozen=True)
class Flow:
    """What opened and what was bought and sold, in minor units of the currency, with their values in the base's."""

    open: int = 0
    open_value: int = 0
    bought: int = 0
    cost: int = 0
    sold: int = 0
    proceeds: int = 0

    @property
    def position(self) -> int:
        return self.open + self.bought - self.sold

    @property
    def net(self) -> int:
        """What is left on the books before the result is realised."""
        return self.open_value + self.cost - self.proceeds

    @property
    def carrying(self) -> int:
        """What the open position is carried at: its weighted average price. Half a unit goes to the even one."""
        position = self.position
        if position > 0:
            quantity, value = self.bought + max(self.open, 0), self.cost + (self.open_value if self.open > 0 else 0)
        elif position < 0:
            quantity, value = self.sold - min(self.open, 0), self.proceeds - (self.open_value if self.open < 0 else 0)
        else:
            return 0
        return round(Fraction(position * value, quantity))

    @property
    def realised(self) -> int:
        return self.carrying - self.net

    def moved(self, amount: int, value: int) -> "Flow":
        """With so much more bought, or for negative amounts sold."""
        if amount >= 0:
            return replace(self, bought=self.bought + amount, cost=self.cost + value)
        return replace(self, sold=self.sold - amount, proceeds=self.proceeds - value)

    def opened(self, amount: int, value: int) -> "Flow":
        return replace(self, open=self.open + amount, open_value=self.open_value + value)


@dataclass(frozen=True)
class Position:
    """A currency's position at the end of a day: positive when more is held than owed. `carrying` and `realised` (since
    the last revaluation, a gain positive) are in the base currency."""

    currency: str
    amount: Money
    carrying: Money
    realised: Money


@dataclass
class _Counterparts:
    """The accounts of foreign currencies that are not monetary, and the counter-value accounts."""

    positions: dict[UUID, str] = field(default_factory=dict)  # account -> currency
    counter_values: dict[UUID, str] = field(default_factory=dict)
    others: dict[UUID, str] = field(default_factory=dict)


def open_positions(on: date) -> list[Position]:
    """As `positions_and_gaps`, all of them. Raises RateUnavailable when one cannot be told."""
    positions, gaps = positions_and_gaps(on)
    if gaps:
        raise RateUnavailable(" ".join(gaps.values()))
    return positions


def positions_and_gaps(on: date) -> tuple[list[Position], dict[str, str]]:
    """The position of every foreign currency that has one at the end of a day, or a result that is not realised yet;
    and by currency why it cannot be told: something was earned or spent in it on a day without a rate."""
    last = dict(Revaluation.objects.filter(on__lt=on).values_list("currency").annotate(Max("on")).order_by())
    gaps: dict[str, str] = {}
    flows, base = _flows(_counterparts(), last, on, gaps), settings.BASE_CURRENCY
    positions = [
        Position(code, Money(flow.position, code), Money(flow.carrying, base), Money(flow.realised, base))
        for code, flow in sorted(flows.items())
        if (flow.position or flow.net) and code not in gaps
    ]
    return positions, gaps


def _counterparts() -> _Counterparts:
    found, base = _Counterparts(), settings.BASE_CURRENCY
    accounts = Account.objects.filter(_NOT_REVALUED | Q(subtype__in=[POSITION, *NON_MONETARY]))
    for account in accounts.select_related("parent"):
        if account.parent and account.parent.role == SystemAccount.FX_COUNTER_VALUE:
            found.counter_values[account.id] = account.code.rpartition("-")[2]
        elif account.currency != base:
            of_kind = found.positions if account.subtype == POSITION else found.others
            of_kind[account.id] = account.currency
    return found


def _flows(accounts: _Counterparts, last: Mapping[str, date], on: date, gaps: dict[str, str]) -> dict[str, Flow]:
    flows: dict[str, Flow] = defaultdict(Flow)
    exchanged = {**accounts.positions, **accounts.counter_values}
    for since in {last.get(currency) for currency in exchanged.values()}:
        ids = [account_id for account_id, currency in exchanged.items() if last.get(currency) == since]
        before = account_sums(until=since, account_ids=ids) if since else {}
        after = account_sums(since=since and since + timedelta(days=1), until=on, account_ids=ids)
        for account_id in ids:
            flows[exchanged[account_id]] = _exchanged(
                flows[exchanged[account_id]],
                before.get(account_id, Sums()),
                after.get(account_id, Sums()),
                is_position=account_id in accounts.positions,
            )
    for currency, day, amount, value in _valued(accounts.others, on, gaps):
        opened = currency in last and day <= last[currency]
        flows[currency] = (flows[currency].opened if opened else flows[currency].moved)(amount, value)
    return dict(flows)


def _exchanged(flow: Flow, before: Sums, after: Sums, *, is_position: bool) -> Flow:
    """What is credited to the position is bought, its cost debited to the counter-value; and the other way round."""
    if is_position:
        bought, sold = flow.bought + after.credits, flow.sold + after.debits
        return replace(flow, open=flow.open - before.net, bought=bought, sold=sold)
    cost, proceeds = flow.cost + after.debits, flow.proceeds + after.credits
    return replace(flow, open_value=flow.open_value + before.net, cost=cost, proceeds=proceeds)


def _valued(others: Mapping[UUID, str], on: date, gaps: dict[str, str]) -> Iterable[tuple[str, date, int, int]]:
    """(currency, day, credits less debits, their value in the base currency at the day's rate); `gaps` takes the
    currencies that lack one."""
    nets: dict[tuple[str, date], int] = defaultdict(int)
    for (account_id, day), sums in (daily_sums(until=on, account_ids=list(others)) if others else {}).items():
        nets[others[account_id], day] -= sums.net
    moved = {key: amount for key, amount in nets.items() if amount}
    tables = rates_for({day for _, day in moved})
    for (currency, day), amount in sorted(moved.items()):
        try:
            yield currency, day, amount, tables[day].convert(Money(amount, currency), settings.BASE_CURRENCY).minor
        except RateUnavailable as error:
            gaps.setdefault(currency, error.detail)
