"""Work that runs on a schedule."""

import logging
from typing import Final

from celery import shared_task
from django.conf import settings

from ledger.constants import TOTALS
from ledger.selectors import turnovers
from ledger.services.checks import fail_dead_checks, request_check, run_requested_checks
from ledger.services.entries import expire_due_pending
from ledger.services.fold import fold_postings
from ledger.services.rates import fetch_and_import
from nexafi.core.errors import DomainError
from nexafi.observability import measurements

log = logging.getLogger(__name__)


# A check claims its row, so a message that returns while it runs (it was taken for lost) finds nothing to do.
CHECK_LIMIT: Final = 6 * 3600  # seconds


@shared_task(name="ledger.expire_pending")
def expire_pending_entries() -> int:
    """Release what pending entries hold past their time."""
    return expire_due_pending()


@shared_task(name="ledger.fold")
def fold_settled_postings() -> int:
    """Add what has been posted to the turnovers of its days and months."""
    return fold_postings()


@shared_task(name="ledger.measure_totals")
def measure_totals() -> None:
    """Read every balance row (0.3 s for a million on PostgreSQL) so that no page has to."""
    measurements.keep(TOTALS, turnovers())


@shared_task(name="ledger.fetch_rates")
def fetch_rates() -> None:
    """Fetch the day's reference rates, where a source is configured. What was fetched already makes no difference."""
    if not settings.RATES_URL:
        return
    try:
        done = fetch_and_import()
    except DomainError as error:  # the dashboard shows how old the rates are
        log.warning("Exchange rates were not imported: %s: %s", error.code, error.detail)
    else:
        log.info("Exchange rates up to %s: %d added, %d corrected", done.newest, done.added, done.corrected)


@shared_task(name="ledger.run_requested_checks", time_limit=CHECK_LIMIT)
def run_checks() -> None:
    """Run the checks of the ledger that people asked for."""
    fail_dead_checks()
    run_requested_checks()


@shared_task(name="ledger.nightly_check", time_limit=CHECK_LIMIT)
def check_nightly() -> None:
    """Check the whole ledger, unless that is under way."""
    request_check()
    run_requested_checks()
