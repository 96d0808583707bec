"""Expiry's way into Celery."""

from celery import shared_task

from nexafi.approvals.services import expire_due


@shared_task(name="approvals.expire")
def expire_task() -> None:
    while expire_due():
        pass
