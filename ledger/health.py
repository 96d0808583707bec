"""The age of the exchange rates and the last check of the books, for /api/v1/services and the metrics."""

from django.conf import settings

from ledger.constants import CHECK_RECENT, LAST_CHECK, MAX_RATE_AGE
from ledger.selectors.rates import newest_days
from nexafi.core import clock
from nexafi.observability import measurements
from nexafi.observability.parts import DEGRADED, OK, Reading, part


@part("exchange_rates")
def exchange_rates() -> Reading:
    """How many days ago the newest rate of each source was valid; stale matters where a source is configured."""
    ages = {source: (clock.today() - day).days for source, day in newest_days().items()}
    fresh = not settings.RATES_URL or min(ages.values(), default=MAX_RATE_AGE.days + 1) <= MAX_RATE_AGE.days
    return Reading(OK if fresh else DEGRADED, {f"{source}_age_days": age for source, age in ages.items()})


@part("ledger_check")
def ledger_check() -> Reading:
    """The last check of the books: degraded when it found something or is old. Nothing is known before the first."""
    last = measurements.latest(LAST_CHECK)
    if last is None:
        return Reading(OK)
    age = clock.now() - last.taken_at
    holds = not last.value["faults"]
    return Reading(OK if holds and age < CHECK_RECENT else DEGRADED, {"age_seconds": int(age.total_seconds())})
