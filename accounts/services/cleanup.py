"""What is deleted when it is no longer needed."""

from typing import Final

from django.db.models import QuerySet

from accounts.constants import KNOWN_ADDRESS_FOR, LOCK_FOR
from accounts.models import Session, SignInAttempts
from nexafi.core import clock

_BATCH: Final = 1000


def flush_sessions() -> tuple[int, int]:
    """Delete sessions that expired more than 90 days ago and try counters that count nothing any more; returns how
    many of each. In batches, so that no lock is held for long. What happened stays in the audit log."""
    now = clock.now()
    sessions = Session.objects.filter(expires_at__lt=now - KNOWN_ADDRESS_FOR)
    attempts = SignInAttempts.objects.filter(last_at__lt=now - LOCK_FOR)
    return _delete(sessions), _delete(attempts)


def _delete(rows: QuerySet) -> int:
    total = 0
    while keys := list(rows.values_list("pk", flat=True)[:_BATCH]):
        total += rows.filter(pk__in=keys).delete()[0]
    return total
