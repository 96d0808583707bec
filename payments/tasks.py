"""Celery's entries into payments: ids in, one service each, safe to run twice."""

from uuid import UUID

from celery import shared_task

from payments.services import review, sandbox, submission


@shared_task(ignore_result=True)
def drive_transfer(transfer_id: str) -> None:
    submission.drive_transfer(UUID(transfer_id))


@shared_task(ignore_result=True)
def drive_due_transfers() -> None:
    submission.drive_due_transfers()


@shared_task(ignore_result=True)
def deliver_sandbox_events() -> None:
    sandbox.deliver_sandbox_events()


@shared_task(ignore_result=True)
def expire_held_payments() -> None:
    review.expire_held_payments()
