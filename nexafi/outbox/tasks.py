"""The relay's and the purge's way into Celery."""

from celery import shared_task

from nexafi.outbox.services import idempotency
from nexafi.outbox.services.relay import relay
from nexafi.outbox.services.upkeep import purge_delivered


@shared_task(name="outbox.relay")
def relay_task() -> None:
    relay()


@shared_task(name="outbox.purge")
def purge_task() -> None:
    while purge_delivered():
        pass


@shared_task(name="outbox.purge_idempotency_keys")
def purge_idempotency_keys_task() -> None:
    idempotency.purge()
