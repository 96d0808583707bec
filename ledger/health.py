"""The age of the exchange rates, for /api/v1/services."""

from django.conf import settings

from ledger.constants import MAX_RATE_AGE
from ledger.selectors.rates import newest_days
from nexafi.core import clock
from nexafi.observability.parts import DEGRADED, OK, Reading, part


@part("exchange_rates")
def exchange_rates() -> Reading:
    """How many days ago the newest rate of each source was valid; stale matters where a source is configured."""
    ages = {source: (clock.today() - day).days for source, day in newest_days().items()}
    fresh = not settings.RATES_URL or min(ages.values(), default=MAX_RATE_AGE.days + 1) <= MAX_RATE_AGE.days
    return Reading(OK if fresh else DEGRADED, {f"{source}_age_days": age for source, age in ages.items()})
