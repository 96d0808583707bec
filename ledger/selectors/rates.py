"""What currencies cost: direct, inverse and cross rates as of a date, and amounts converted at them.

A table of rates is read by one query and then answers any number of questions:

    rates = rates_on(date(2026, 10, 31))
    rates.rate("USD", "GBP").rate
    rates.convert(Money(1000, "USD"), "GBP")
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from operator import itemgetter

from django.conf import settings

from ledger.constants import MAX_RATE_AGE, PIVOTS, RateSource
from ledger.exceptions import RateUnavailable
from ledger.models import ExchangeRate
from nexafi.core.money import Money, currency

_RATES = Context(prec=28)  # digits of a rate
_EXACT = Context(prec=60)  # of what lies between what was recorded and the one rounding at the end
_Pair = tuple[str, str]
_Recorded = tuple[str, str, str, date, Decimal]  # source, base, quote, day, rate


@dataclass(frozen=True)
class Rate:
    """One unit of `base` costs `rate` units of `quote`, to 28 digits, as `source` had it on `valid_on`.

    `path` names the currencies gone through: two for a direct or inverse rate, more for a cross, whose day is that of
    its oldest part.
    """

    base: str
    quote: str
    rate: Decimal
    valid_on: date
    source: str
    path: tuple[str, ...]

    def convert(self, amount: Money, rounding: str = ROUND_HALF_EVEN) -> Money:
        """`amount` of the base currency in the quote currency, rounded once (`rounding`: a mode of `decimal`) to its
        minor unit. Raises MoneyError beyond the range of an amount."""
        minor = _EXACT.multiply(amount.decimal, self.rate).scaleb(currency(self.quote).exponent, _EXACT)
        return Money(int(minor.to_integral_value(rounding)), self.quote)


@dataclass(frozen=True)
class RateTable:
    """Every rate as of one day. A weekend or holiday has the last one before it; rates too old are not in it."""

    on: date
    _quoted: Mapping[str, Mapping[_Pair, Rate]]  # source -> pair -> as recorded
    _found: dict[_Pair, Rate | None] = field(default_factory=dict, compare=False, repr=False)

    def rate(self, base: str, quote: str) -> Rate:
        """What one unit of `base` costs in `quote`. The newest rate counts, a manual one before another of its day.

        Raises RateUnavailable, UnknownCurrency.
        """
        for code in (base, quote):
            if not self._is_money(code):
                raise RateUnavailable(f"{code} was withdrawn on {currency(code).withdrawn_on}.")
        found = self._find(base, quote)
        if found is None:
            raise RateUnavailable(f"There is no rate of {base} in {quote} for {self.on}.")
        return found

    def convert(self, amount: Money, to: str, rounding: str = ROUND_HALF_EVEN) -> Money:
        """`amount` in the currency `to`, rounded once. Raises RateUnavailable, MoneyError."""
        return self.rate(amount.currency, to).convert(amount, rounding)

    def quotes(self, base: str) -> list[Rate]:
        """The rates of one currency in every other that it has one in, by code; none for a withdrawn one."""
        codes = {code for pairs in self._quoted.values() for pair in pairs for code in pair} - {base}
        known = [code for code in sorted(codes) if self._is_money(code)] if self._is_money(base) else []
        return [found for code in known if (found := self._find(base, code))]

    def _is_money(self, code: str) -> bool:
        withdrawn = currency(code).withdrawn_on
        return withdrawn is None or self.on < withdrawn

    def _find(self, base: str, quote: str) -> Rate | None:
        if (base, quote) not in self._found:
            found = self._of_any(base, quote) or self._mixed(base, quote)
            self._found[base, quote] = found and replace(found, rate=_RATES.plus(found.rate))
        return self._found[base, quote]

    def _of_any(self, base: str, quote: str) -> Rate | None:
        """The newest of what the sources say, each by itself."""
        if base == quote:
            return Rate(base, quote, Decimal(1), self.on, "", (base,))
        rates = [self._of_source(source, base, quote) for source in RateSource.values if source in self._quoted]
        return max(filter(None, rates), key=lambda each: each.valid_on, default=None)  # the first of equals

    def _of_source(self, source: str, base: str, quote: str) -> Rate | None:
        pairs, pivot = self._quoted[source], PIVOTS.get(RateSource(source), settings.BASE_CURRENCY)
        straight = _straight(pairs, base, quote)
        return straight or _crossed(_straight(pairs, base, pivot), _straight(pairs, pivot, quote))

    def _mixed(self, base: str, quote: str) -> Rate | None:
        """Where no source knows both, one may know each against the base currency."""
        pivot = settings.BASE_CURRENCY
        return None if pivot in (base, quote) else _crossed(self._of_any(base, pivot), self._of_any(pivot, quote))


def rate_on(base: str, quote: str, on: date, *, source: str | None = None, max_age: timedelta = MAX_RATE_AGE) -> Rate:
    """What one unit of `base` costs in `quote` on a day: recorded, inverted, or crossed through the source's pivot.

    Raises RateUnavailable when it is unknown, older than `max_age`, or when one of the two was not quoted any more or
    was withdrawn by then; UnknownCurrency.
    """
    return rates_on(on, source=source, max_age=max_age).rate(base, quote)


def convert(money: Money, to: str, on: date, *, rounding: str = ROUND_HALF_EVEN, source: str | None = None) -> Money:
    """`money` in the currency `to` at the rate of a day, rounded once. Raises as `rate_on`; MoneyError."""
    return rates_on(on, source=source).convert(money, to, rounding)


def rates_on(on: date, *, source: str | None = None, max_age: timedelta = MAX_RATE_AGE) -> RateTable:
    """Every rate as of one day, of one source or all of them, in one query."""
    return rates_for([on], source=source, max_age=max_age)[on]


def rates_for(
    days: Collection[date], *, source: str | None = None, max_age: timedelta = MAX_RATE_AGE
) -> dict[date, RateTable]:
    """A table for each of the days, in one query over the span from the first to the last."""
    if not days:
        return {}
    recorded = ExchangeRate.objects.filter(valid_on__range=(_before(min(days), max_age), max(days)))
    if source is not None:
        recorded = recorded.filter(source=source)
    columns = recorded.order_by("valid_on", "id").values_list("source", "base", "quote", "valid_on", "rate")
    rows = list(columns)
    return {day: RateTable(day, _newest(_within(rows, _before(day, max_age), day))) for day in days}


def _before(day: date, age: timedelta) -> date:
    return day - age if day - date.min > age else date.min


def _within(rows: list[_Recorded], since: date, until: date) -> list[_Recorded]:
    """The rows of a span of days, of rows in order of day."""
    day = itemgetter(3)
    return rows[bisect_left(rows, since, key=day) : bisect_right(rows, until, key=day)]


def _newest(rows: Iterable[_Recorded]) -> dict[str, dict[_Pair, Rate]]:
    """The last rate of each pair by source. A source of sheets says with its last sheet what it quotes: what is missing
    there (RUB at the ECB since March 2022) has no rate, however fresh the one before."""
    quoted: dict[str, dict[_Pair, Rate]] = {}
    for source, base, quote, day, value in rows:
        quoted.setdefault(source, {})[base, quote] = Rate(base, quote, value, day, source, (base, quote))
    for source in PIVOTS.keys() & quoted.keys():
        sheet = max(rate.valid_on for rate in quoted[source].values())
        quoted[source] = {pair: rate for pair, rate in quoted[source].items() if rate.valid_on == sheet}
    return quoted


def _straight(pairs: Mapping[_Pair, Rate], base: str, quote: str) -> Rate | None:
    """As recorded, or the inverse of what was recorded the other way round, whichever is newer."""
    direct, opposite = pairs.get((base, quote)), pairs.get((quote, base))
    if opposite and not (direct and direct.valid_on >= opposite.valid_on):
        value = _EXACT.divide(Decimal(1), opposite.rate)
        return Rate(base, quote, value, opposite.valid_on, opposite.source, (base, quote))
    return direct


def _crossed(first: Rate | None, second: Rate | None) -> Rate | None:
    """The rate from where the first begins to where the second ends."""
    if first is None or second is None:
        return None
    return Rate(
        first.base,
        second.quote,
        _EXACT.multiply(first.rate, second.rate),
        min(first.valid_on, second.valid_on),
        first.source if first.source == second.source else f"{first.source}+{second.source}",
        (*first.path, *second.path[1:]),
    )


def newest_days() -> dict[str, date]:
    """The day of the newest rate of each source that has any."""
    rows = {source: ExchangeRate.objects.filter(source=source).order_by("-valid_on") for source in RateSource.values}
    newest = {source: of_source.values_list("valid_on", flat=True).first() for source, of_source in rows.items()}
    return {source: day for source, day in newest.items() if day}
