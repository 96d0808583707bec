"""Deliver events to their handlers: every event at least once, every handler's effect exactly once.

A relay claims a set of due rows for `LEASE`: it moves their due time on and counts the attempt, in one short
transaction. Each handler then runs in a transaction of its own together with its HandledEvent row, so its effect and
the record of it are one. A relay that dies leaves rows that fall due again; what was handled is skipped.

No order is promised. New events are claimed in sets, failed ones one at a time, so that an event which kills its
worker takes no other with it.
"""

import logging
import random
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from nexafi.core import clock
from nexafi.core.context import acting_as
from nexafi.core.errors import DomainError
from nexafi.outbox.models import HandledEvent, OutboxEvent
from nexafi.outbox.registry import Event, Handler, handlers_of

BATCH = 100
RETRIES_PER_RUN = 20
MAX_ATTEMPTS = 10
LEASE = timedelta(seconds=30)  # a killed relay's events wait that long; a slow one's are handled once all the same
LONGEST_WAIT = 900  # seconds between two attempts
log = logging.getLogger(__name__)
Status = OutboxEvent.Status


def relay(*, max_batches: int = 50) -> int:
    """Deliver what is due, new events first, then those that failed before. Returns how many were delivered."""
    delivered = 0
    for _ in range(max_batches):
        events = _claim(limit=BATCH, failed=False)
        delivered += _deliver(events)
        if len(events) < BATCH:
            break
    for _ in range(RETRIES_PER_RUN):
        events = _claim(limit=1, failed=True)
        if not events:
            break
        delivered += _deliver(events)
    return delivered


def drain() -> int:
    """Relay until nothing is due, events published by handlers included. For commands and tests."""
    total = 0
    while count := relay():
        total += count
    return total


def _claim(*, limit: int, failed: bool) -> list[OutboxEvent]:
    """Take a set of due events for LEASE. Two relays never hold the same one."""
    now = clock.now()
    due = OutboxEvent.objects.filter(status=Status.PENDING, available_at__lte=now)
    due = due.filter(attempts__gt=0) if failed else due.filter(attempts=0)
    due = due.order_by("available_at", "id")
    if connection.vendor == "sqlite" and not due.exists():
        return []  # an idle sweep does not take SQLite's one write lock
    with transaction.atomic():
        events = list(due.select_for_update(skip_locked=True)[:limit])
        OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(
            attempts=F("attempts") + 1, available_at=now + LEASE
        )
    for event in events:
        event.attempts += 1
    return events


def _deliver(events: list[OutboxEvent]) -> int:
    """Run the handlers of claimed events; returns how many events are done with."""
    handled = _handled(event for event in events if event.attempts > 1)
    done: list[UUID] = []
    for event in events:
        errors = [] if event.attempts <= MAX_ATTEMPTS else ["The worker died while delivering."]
        for name, handler in [] if errors else handlers_of(event.name).items():
            if (event.pk, name) not in handled and (error := _run(event, name, handler)):
                errors.append(error)
        if errors:
            _postpone(event, "\n".join(errors))
        else:
            done.append(event.pk)
    OutboxEvent.objects.filter(pk__in=done).update(status=Status.DELIVERED, delivered_at=clock.now(), last_error="")
    return len(done)


def _handled(events: Iterable[OutboxEvent]) -> set[tuple[UUID, str]]:
    ids = [event.pk for event in events]
    return set(HandledEvent.objects.filter(event_id__in=ids).values_list("event_id", "handler")) if ids else set()


def _run(event: OutboxEvent, name: str, handler: Handler) -> str:
    """Run one handler, as the event's actor, in one transaction with the record of it; returns what went wrong."""
    try:
        with acting_as(event.actor_kind, event.actor_id, request_id=event.request_id), transaction.atomic():
            if _is_first(event, name):
                handler(Event(event.pk, event.name, event.payload, event.created_at))
    except Exception as error:
        log.exception("%s failed on event %s (%s), attempt %s", name, event.pk, event.name, event.attempts)
        return describe(name, error)
    return ""


def _is_first(event: OutboxEvent, name: str) -> bool:
    """Write the record of the effect. A second relay on the same event waits here for the first, then skips."""
    try:
        with transaction.atomic():
            HandledEvent.objects.create(event_id=event.pk, handler=name)
    except IntegrityError:
        return False
    return True


def describe(handler: str, error: Exception) -> str:
    """What an operator needs and no more: handler, type and place of the error. Its text may hold personal data."""
    kind = error.code if isinstance(error, DomainError) else type(error).__name__
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else "?"
    return f"{handler}: {kind} at {place}"


def _postpone(event: OutboxEvent, error: str) -> None:
    """Try again later, waiting twice as long each time (with jitter), or park the event for an operator."""
    parked = event.attempts >= MAX_ATTEMPTS
    wait = min(2**event.attempts, LONGEST_WAIT) * random.uniform(0.8, 1.2)  # noqa: S311  jitter, not a secret
    OutboxEvent.objects.filter(pk=event.pk).update(
        status=Status.PARKED if parked else Status.PENDING,
        available_at=clock.now() + timedelta(seconds=wait),
        last_error=error,
    )
    if parked:
        log.error("Event %s (%s) is parked after %s attempts: %s", event.pk, event.name, event.attempts, error)
