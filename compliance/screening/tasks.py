"""Background work of screening."""

from celery import shared_task

from compliance.screening.services.rescreen import rescreen_all


@shared_task(name="compliance.rescreen")
def rescreen() -> int:
    """Screen every customer whose verdict is not of the versions in force. Safe to repeat; the scheduler also does."""
    return rescreen_all()
