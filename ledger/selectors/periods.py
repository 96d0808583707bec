"""Reads of accounting periods."""

from datetime import date

from django.db.models import Max

from ledger.models import Period


def closed_through() -> date | None:
    """The last day that nothing posts to any more; None while no period is closed."""
    return Period.objects.filter(status=Period.Status.CLOSED).aggregate(last=Max("ends"))["last"]
