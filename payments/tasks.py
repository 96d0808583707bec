"""Celery's entries into payments: ids in, one service each, safe to run twice."""

from uuid import UUID

from celery import shared_task

from payments.services import review, sandbox, submission


@shared_task(name="payments.drive_transfer")
def drive_transfer(transfer_id: str) -> None:
    submission.drive_transfer(UUID(transfer_id))


@shared_task(name="payments.drive_due_transfers")
def drive_due_transfers() -> None:
    submission.drive_due_transfers()


@shared_task(name="payments.deliver_sandbox_events")
def deliver_sandbox_events() -> None:
    sandbox.deliver_sandbox_events()


@shared_task(name="payments.expire_held_payments")
def expire_held_payments() -> None:
    review.expire_held_payments()
