"""Work that runs on a schedule."""

from celery import shared_task

from ledger.services.entries import expire_due_pending


@shared_task(name="ledger.expire_pending")
def expire_pending_entries() -> int:
    """Release what pending entries hold past their time."""
    return expire_due_pending()
