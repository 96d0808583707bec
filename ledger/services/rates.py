"""Exchange rates into the ledger: sheets of a source, and single rates that an accountant records."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from django.conf import settings
from django.db import transaction

from audit.services.record import record
from ledger.constants import MAX_RATE_JUMP, PIVOTS, RateSource
from ledger.exceptions import InvalidRate, RatesJumped, RatesUnreadable
from ledger.models import ExchangeRate
from ledger.rates.ecb import fetch_rates, read_sheets
from ledger.types import RateSheet
from nexafi.core import clock, locks
from nexafi.core.context import current_actor
from nexafi.core.money import currency
from nexafi.db import bulk

_LOOK_BACK = timedelta(days=31)  # how old the rate before may be that a rate is compared with
Watch = Callable[[Sequence[RateSheet]], Iterable[RateSheet]]


@dataclass(frozen=True)
class Jump:
    """A rate that differs from the one before, or from the one held of its day, by more than MAX_RATE_JUMP."""

    quote: str
    valid_on: date
    before: Decimal
    after: Decimal
    held: bool  # `before` goes back to a rate that was already in the ledger

    def __str__(self) -> str:
        return f"{self.quote} {self.before} to {self.after} on {self.valid_on}"


@dataclass
class RatesImported:
    """What an import did. `absent` counts held rates of the file's days that the file does not have; `dropped` are
    currencies that the last sheet before the newest quoted and the newest does not."""

    days: int
    newest: date
    added: int = 0
    corrected: int = 0
    unchanged: int = 0
    absent: int = 0
    dropped: tuple[str, ...] = ()
    jumps: list[Jump] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [
            f"{self.days:,} days up to {self.newest}: {self.added:,} rates added, {self.corrected:,} corrected, "
            f"{self.unchanged:,} unchanged."
        ]
        if self.dropped:
            lines.append(f"  No longer quoted: {', '.join(self.dropped)}.")
        if self.absent:
            lines.append(f"  {self.absent:,} rates that are held of these days are not in the file.")
        lines += [f"  Jumped: {jump}." for jump in self.jumps]
        return "\n".join(lines)


def import_rates(sheets: Sequence[RateSheet], *, force: bool = False, watch: Watch = iter) -> RatesImported:
    """Record the sheets of the ECB, the oldest first: all of them or nothing.

    A value that is held already makes no row, another value makes a newer row. `watch` wraps the sheets to show
    progress. Raises RatesJumped when a rate is more than 20 % away from the one held before it (`force`: a person says
    that it is right), RatesUnreadable for a day that has not come.
    """
    if sheets[-1].valid_on > clock.today():
        raise RatesUnreadable(f"{sheets[-1].valid_on} has not come.")
    with transaction.atomic():
        locks.hold("ledger.import_rates")
        run = _Import(sheets)
        for _, of_month in groupby(watch(sheets), key=lambda sheet: (sheet.valid_on.year, sheet.valid_on.month)):
            run.take_month(list(of_month))
        refused = [jump for jump in run.done.jumps if jump.held]
        if refused and not force:
            raise RatesJumped("; ".join(map(str, refused[:10])))
        _record_import(run.done)
    return run.done


class _Import:
    """A run over the sheets: `last` is the rate before of each currency, its day, and whether it goes back to one that
    was held."""

    def __init__(self, sheets: Sequence[RateSheet]) -> None:
        first = sheets[0].valid_on
        before = _held(first - _LOOK_BACK, first - timedelta(days=1))
        self.last = {quote: (rate, day, True) for (day, quote), rate in before.items()}
        self.done = RatesImported(days=len(sheets), newest=sheets[-1].valid_on)

    def take_month(self, sheets: list[RateSheet]) -> None:
        held = _held(sheets[0].valid_on, sheets[-1].valid_on)
        fresh: list[ExchangeRate] = []
        for sheet in sheets:
            self.done.dropped = tuple(sorted(self._quoted_last() - sheet.rates.keys()))
            for quote, rate in sheet.rates.items():
                before = held.pop((sheet.valid_on, quote), None)
                self._compare(Jump(quote, sheet.valid_on, before or rate, rate, held=before is not None))
                self._count(before, rate)
                if before != rate:
                    fresh.append(_row(sheet.valid_on, quote, rate))
        self.done.absent += len(held)
        if fresh:
            bulk.insert(fresh)

    def _quoted_last(self) -> set[str]:
        """The currencies of the sheet before."""
        newest = max((day for _, day, _ in self.last.values()), default=None)
        return {quote for quote, (_, day, _) in self.last.items() if day == newest}

    def _compare(self, step: Jump) -> None:
        """With the rate held of the same day, else with the one before, of the last month."""
        if not step.held and step.quote in self.last:
            before, day, held = self.last[step.quote]
            if step.valid_on - day <= _LOOK_BACK:
                step = replace(step, before=before, held=held)
        if abs(step.after / step.before - 1) > MAX_RATE_JUMP:
            self.done.jumps.append(step)
        self.last[step.quote] = (step.after, step.valid_on, step.held)

    def _count(self, before: Decimal | None, rate: Decimal) -> None:
        self.done.added += before is None
        self.done.unchanged += before == rate
        self.done.corrected += before not in (None, rate)


def _held(since: date, until: date) -> dict[tuple[date, str], Decimal]:
    """The ECB's rates in force by day and currency, the oldest day first."""
    rows = ExchangeRate.objects.filter(source=RateSource.ECB, valid_on__range=(since, until))
    return {(row.valid_on, row.quote): row.rate for row in rows.order_by("valid_on", "id")}


def _row(day: date, quote: str, rate: Decimal) -> ExchangeRate:
    base = PIVOTS[RateSource.ECB]
    return ExchangeRate(
        source=RateSource.ECB, base=base, quote=quote, rate=rate, valid_on=day, recorded_by=current_actor().id
    )


def _record_import(done: RatesImported) -> None:
    if not done.added + done.corrected:
        return
    record(
        "ledger.rates_imported",
        target_type="ledger.exchange_rates",
        target_id=RateSource.ECB,
        data={
            "days": done.days,
            "newest": done.newest.isoformat(),
            "added": done.added,
            "corrected": done.corrected,
            "jumps": [str(jump) for jump in done.jumps],
        },
    )


def fetch_and_import(url: str = "", *, force: bool = False, watch: Watch = iter) -> RatesImported:
    """Download the file at `url`, by default the configured one, and import it.

    Raises RatesUnavailable, RatesUnreadable, RatesJumped.
    """
    with tempfile.TemporaryDirectory() as folder:
        sheets = read_sheets(fetch_rates(url or settings.RATES_URL, Path(folder)))
    return import_rates(sheets, force=force, watch=watch)


def record_rate(*, base: str, quote: str, rate: Decimal, valid_on: date, reason: str) -> ExchangeRate:
    """Record by hand that one unit of `base` costs `rate` units of `quote` on a day.

    Raises InvalidRate for one that is not positive, of one currency, or of a day that has not come or on which one of
    them was no money any more; UnknownCurrency.
    """
    _check(base, quote, rate, valid_on)
    row = ExchangeRate(
        source=RateSource.MANUAL,
        base=base,
        quote=quote,
        rate=rate,
        valid_on=valid_on,
        reason=reason,
        recorded_by=current_actor().id,
    )
    with transaction.atomic():
        row.save(force_insert=True)
        record(
            "ledger.rate_recorded",
            target_type="ledger.exchange_rate",
            target_id=row.id,
            data={"base": base, "quote": quote, "rate": f"{rate:f}", "valid_on": valid_on.isoformat()},
            reason=reason,
        )
    return row


def _check(base: str, quote: str, rate: Decimal, valid_on: date) -> None:
    if base == quote:
        raise InvalidRate("A currency has no rate in itself.", pointer="/quote")
    if not (rate.is_finite() and rate > 0):
        raise InvalidRate("A rate is more than zero.", pointer="/rate")
    if valid_on > clock.today():
        raise InvalidRate("That day has not come.", pointer="/valid_on")
    for name, code in (("base", base), ("quote", quote)):
        withdrawn = currency(code).withdrawn_on
        if withdrawn and withdrawn <= valid_on:
            raise InvalidRate(f"{code} was withdrawn on {withdrawn}.", pointer=f"/{name}")
