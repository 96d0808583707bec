"""Reads of accounting periods and of checks of the ledger."""

from datetime import date

from django.db.models import Max

from ledger.models import LedgerCheck, Period


def closed_through() -> date | None:
    """The last day that nothing posts to any more; None while no period is closed."""
    return Period.objects.filter(status=Period.Status.CLOSED).aggregate(last=Max("ends"))["last"]


def last_check() -> LedgerCheck | None:
    """The last check of the whole ledger that came to its end, without its faults."""
    finished = LedgerCheck.objects.filter(status=LedgerCheck.Status.FINISHED)
    return finished.defer("faults").order_by("-id").first()
