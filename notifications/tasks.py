"""Celery's entry into delivery."""

from celery import shared_task

from notifications.services import delivery


@shared_task(name="notifications.deliver_due_messages")
def deliver_due_messages() -> None:
    delivery.deliver_due_messages()
