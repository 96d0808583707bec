"""The sequencer as Celery tasks. A running `seal_audit --follow` leaves them nothing to do."""

from celery import shared_task

from audit.services.seal import seal_pending


@shared_task(name="audit.seal", ignore_result=True)
def seal() -> int:
    """Seal what is pending; safe to run twice and at once."""
    return seal_pending(seconds=1)
