"""One effect per key: claim it, do the work and write the answer in one transaction, or give the first answer again.

A fresh call costs two statements of its own: the claim, and the answer inside the business transaction. A replay
costs two: the claim that fails, and the look at the record.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from nexafi.core import clock
from nexafi.core.errors import BusinessRule, Conflict
from nexafi.core.ids import uuid7
from nexafi.db.statements import execute
from nexafi.outbox.models import IdempotencyKey

LEASE = timedelta(seconds=60)  # after a crash another call may take the key over
KEPT = timedelta(hours=24)


class KeyReused(BusinessRule):
    code, title = "idempotency_key_reused", "Idempotency key reused"


class InProgress(Conflict):
    code, title = "idempotency_in_progress", "The first call is still running"
    retry_after = 1


@dataclass(frozen=True)
class Answer:
    """A stored answer."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Claim:
    """The right to run a call: the record's id and the lease that proves it."""

    id: UUID
    lease: UUID


def claim(*, caller: str, key: str, fingerprint: str) -> Claim | Answer:
    """Take the key for this call, or return the answer of the first one.

    Raises KeyReused when the key was used for another request, InProgress while its first call still runs.
    """
    now, lease = clock.now(), uuid7()
    record = IdempotencyKey(
        caller=caller, key=key, fingerprint=fingerprint, lease=lease, lease_expires_at=now + LEASE, created_at=now
    )
    if _insert(record):
        return Claim(record.id, lease)
    return _of_first_call(caller=caller, key=key, fingerprint=fingerprint)


def _insert(record: IdempotencyKey) -> bool:
    """Insert unless the caller's key is there; one statement and no failed transaction, which the ORM cannot say."""
    fields = IdempotencyKey._meta.local_concrete_fields
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    values = [field.get_db_prep_save(getattr(record, field.attname), connection) for field in fields]
    statement = (
        f"INSERT INTO {IdempotencyKey._meta.db_table} ({columns}) "  # noqa: S608  names from the model
        f"VALUES ({', '.join(['%s'] * len(values))}) ON CONFLICT (caller, key) DO NOTHING"
    )
    return execute(statement, values) == 1


def _of_first_call(*, caller: str, key: str, fingerprint: str) -> Claim | Answer:
    record = IdempotencyKey.objects.filter(caller=caller, key=key).first()
    if record is None:  # its first call failed and let go of the key just now
        raise InProgress
    if record.fingerprint != fingerprint:
        raise KeyReused("This key was used for another request.")
    if record.response_status is not None:
        return Answer(record.response_status, bytes(record.response_body or b""))
    return _take_over(record.id)


def _take_over(record_id: UUID) -> Claim:
    """A crashed call left the key behind: one of those who retry gets it."""
    now, lease = clock.now(), uuid7()
    abandoned = IdempotencyKey.objects.filter(id=record_id, response_status=None, lease_expires_at__lt=now)
    if not abandoned.update(lease=lease, lease_expires_at=now + LEASE):
        raise InProgress
    return Claim(record_id, lease)


def complete(held: Claim, answer: Answer) -> None:
    """Write the answer; inside the business transaction, which must fail when this does.

    Raises InProgress when the lease was lost to another call.
    """
    done = execute(
        f"UPDATE {IdempotencyKey._meta.db_table} "  # noqa: S608  our own name
        "SET response_status = %s, response_body = %s, lease = NULL, lease_expires_at = NULL "
        "WHERE id = %s AND lease = %s AND response_status IS NULL",
        [answer.status, answer.body, _adapted(held.id), _adapted(held.lease)],
    )
    if not done:
        raise InProgress("Another call took this key over.")


def _adapted(value: UUID) -> Any:
    return IdempotencyKey._meta.get_field("id").get_db_prep_value(value, connection)


def release(held: Claim) -> None:
    """Let go of a key whose call changed nothing and may be corrected and sent again."""
    IdempotencyKey.objects.filter(id=held.id, lease=held.lease, response_status=None).delete()


def purge(*, batch: int = 1000) -> int:
    """Delete records older than 24 hours, in batches; returns how many."""
    deleted = 0
    while True:
        old = IdempotencyKey.objects.filter(created_at__lt=clock.now() - KEPT).order_by("created_at")
        ids = list(old.values_list("id", flat=True)[:batch])
        if not ids:
            return deleted
        deleted += IdempotencyKey.objects.filter(id__in=ids).delete()[0]
