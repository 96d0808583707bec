"""Work that runs on a schedule."""

from celery import shared_task

from ledger.constants import TOTALS
from ledger.selectors import turnovers
from ledger.services.entries import expire_due_pending
from ledger.services.fold import fold_postings
from nexafi.observability import measurements


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
