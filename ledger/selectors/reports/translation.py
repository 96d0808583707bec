"""Amounts of many currencies in one, as IAS 21.38-43 has it.

What is owned and owed is translated at the closing rate of the day; what was earned, spent or paid in over a time, at
the average of the month it falls into: the mean of the rates of the month's working days, as far as the span goes
(IAS 21.40). Each figure is rounded once, half to even; what then is missing to balance is the translation difference.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from uuid import UUID

from ledger.exceptions import RateUnavailable
from ledger.selectors.rates import RateTable, rates_for
from ledger.selectors.reports.types import Span
from nexafi.core.money import currency

_EXACT = Context(prec=60)
_FRIDAY = 4

Nets = Mapping[UUID, int]


class Translator:
    """Converts minor units of any currency to minor units of one. Raises RateUnavailable where a rate is missing."""

    def __init__(self, to: str) -> None:
        self.to = to
        self._days: dict[date, RateTable] = {}
        self._averages: dict[tuple[str, Span], Decimal] = {}

    def closing(self, minor: int, code: str, on: date) -> int:
        """At the rate of the day."""
        self._load([on])
        return self._rounded(self._raw(minor, code, self._days[on].rate(code, self.to).rate))

    def averaged(self, monthly: Iterable[tuple[Span, int]], code: str) -> int:
        """What moved in each month, at that month's average."""
        moved = [(month, minor) for month, minor in monthly if minor]
        if code == self.to:
            return sum(minor for _, minor in moved)
        self._load([day for month, _ in moved if (code, month) not in self._averages for day in _working_days(month)])
        return self._rounded(
            sum((self._raw(minor, code, self._average(code, month)) for month, minor in moved), Decimal(0))
        )

    def _average(self, code: str, month: Span) -> Decimal:
        if (code, month) not in self._averages:
            rates = [rate for day in _working_days(month) if (rate := self._rate(code, day))]
            if not rates:
                raise RateUnavailable(f"There is no rate of {code} in {self.to} for {month.title}.")
            self._averages[code, month] = _EXACT.divide(sum(rates, Decimal(0)), Decimal(len(rates)))
        return self._averages[code, month]

    def _rate(self, code: str, day: date) -> Decimal | None:
        try:
            return self._days[day].rate(code, self.to).rate
        except RateUnavailable:
            return None

    def _load(self, days: Iterable[date]) -> None:
        wanted = set(days) - self._days.keys()
        self._days.update(rates_for(wanted) if wanted else {})

    def _raw(self, minor: int, code: str, rate: Decimal) -> Decimal:
        """Minor units of `to`, not yet rounded."""
        shift = currency(self.to).exponent - currency(code).exponent
        return _EXACT.multiply(Decimal(minor), rate).scaleb(shift, _EXACT)

    def _rounded(self, raw: Decimal) -> int:
        return int(raw.to_integral_value(ROUND_HALF_EVEN))


def _working_days(month: Span) -> list[date]:
    """Monday to Friday; all days of a span that has none."""
    assert month.since is not None
    days = [month.since + timedelta(days=n) for n in range((month.until - month.since).days + 1)]
    return [day for day in days if day.weekday() <= _FRIDAY] or days
