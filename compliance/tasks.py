"""The app's Celery tasks, room by room."""

from celery import shared_task

from compliance.kyc.services.verification import expire_due
from compliance.monitoring import activity
from compliance.screening.tasks import rescreen
from nexafi.core import clock

__all__ = ["expire_verifications", "purge_activity", "rescreen"]


@shared_task(name="compliance.expire_verifications")
def expire_verifications() -> int:
    """Expire what is past its time; returns how many."""
    return expire_due(clock.now())


@shared_task(name="compliance.purge_activity")
def purge_activity() -> int:
    """Delete activity that no rule reaches any more; returns how many rows."""
    return activity.purge(before=clock.now())
