"""Celery's entry into delivery."""

from celery import shared_task

from notifications.services import delivery


@shared_task(ignore_result=True)
def deliver_due_messages() -> None:
    delivery.deliver_due_messages()
