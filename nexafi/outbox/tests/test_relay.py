import os
import signal
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from nexafi.core import clock
from nexafi.core.context import acting_as, current_actor
from nexafi.core.errors import BusinessRule
from nexafi.outbox.models import HandledEvent, OutboxEvent
from nexafi.outbox.registry import Event, subscribe
from nexafi.outbox.services import relay as relay_module
from nexafi.outbox.services.publish import publish
from nexafi.outbox.services.relay import MAX_ATTEMPTS, drain, relay

pytestmark = pytest.mark.django_db
seen: list[str] = []
SECRET = "4111111111111111"


@subscribe("tests.plain", "tests.half_broken")
def note(event: Event) -> None:
    """Counts by a row, so that what a rolled back transaction did is not counted."""
    HandledEvent.objects.create(event_id=event.id, handler="effect")
    seen.append(f"{current_actor().kind}:{current_actor().id}:{current_actor().request_id}")


@subscribe("tests.half_broken", "tests.broken")
def fail(event: Event) -> None:
    raise ValueError(f"cannot work with {event.payload['card']}")


@subscribe("tests.refused")
def refuse(event: Event) -> None:
    raise BusinessRule("no", code="not_now")


@subscribe("tests.chain")
def publish_another(event: Event) -> None:
    publish("tests.plain", {})


@subscribe("tests.deadly")
def die(event: Event) -> None:
    HandledEvent.objects.create(event_id=event.id, handler="effect")
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(autouse=True)
def _nothing_seen_yet():
    seen.clear()


def announce(name: str = "tests.plain", **payload: str) -> OutboxEvent:
    with transaction.atomic():
        return OutboxEvent.objects.get(pk=publish(name, payload))


def make_due() -> None:
    OutboxEvent.objects.filter(status="pending").update(available_at=clock.now() - timedelta(seconds=1))


def effects() -> int:
    return HandledEvent.objects.filter(handler="effect").count()


def test_a_handler_runs_once_as_the_actor_of_the_change():
    with acting_as("user", "42", request_id="request-7"):
        event = announce()
    assert drain() == 1
    assert drain() == 0
    event.refresh_from_db()
    assert (event.status, event.attempts, seen) == ("delivered", 1, ["user:42:request-7"])
    assert current_actor().kind == "system"


def test_an_event_without_handlers_is_delivered():
    announce("tests.nobody_listens")
    assert drain() == 1


def test_an_event_rolled_back_with_its_change_is_never_delivered():
    with transaction.atomic():
        publish("tests.plain", {})
        transaction.set_rollback(True)
    assert drain() == 0


def test_events_that_handlers_publish_are_delivered_too():
    announce("tests.chain")
    assert drain() == 2
    assert effects() == 1


def test_a_broken_handler_stops_neither_the_other_handler_nor_other_events():
    broken, plain = announce("tests.half_broken", card=SECRET), announce()
    assert drain() == 1
    broken.refresh_from_db()
    plain.refresh_from_db()
    assert (broken.status, plain.status, effects()) == ("pending", "delivered", 2)
    for _ in range(2 * MAX_ATTEMPTS):
        make_due()
        relay()
    broken.refresh_from_db()
    assert (broken.status, broken.attempts, effects()) == ("parked", MAX_ATTEMPTS, 2)
    assert "test_relay.fail: ValueError at nexafi.outbox.tests.test_relay:" in broken.last_error
    assert SECRET not in broken.last_error


def test_the_wait_doubles_with_every_attempt():
    event = announce("tests.refused")
    waits = []
    for _ in range(5):
        before = clock.now()
        relay()
        event.refresh_from_db()
        waits.append((event.available_at - before).total_seconds())
        make_due()
    assert all(0.8 * 2**n <= wait <= 1.2 * 2**n + 1 for n, wait in enumerate(waits, start=1)), waits
    assert "not_now" in event.last_error


def test_a_crash_between_handler_and_mark_does_not_repeat_the_effect():
    event = announce()
    drain()
    OutboxEvent.objects.filter(pk=event.pk).update(status="pending", delivered_at=None)  # as the crash leaves it
    make_due()
    assert drain() == 1
    assert effects() == 1


def test_claimed_events_are_not_due_for_another_relay():
    announce()
    assert len(relay_module._claim(limit=10, failed=False)) == 1
    assert relay() == 0


@pytest.mark.django_db(transaction=True)
def test_a_relay_killed_inside_a_handler_leaves_no_half_effect_and_takes_no_event_with_it():
    """The second event of the batch kills the relay; the others are delivered, the killer is parked in the end."""
    announce()
    announce("tests.deadly")
    announce()
    for _ in range(MAX_ATTEMPTS + 3):
        make_due()
        connection.close()
        child = os.fork()
        if child == 0:
            relay()
            os._exit(0)
        os.waitpid(child, 0)
    assert sorted(OutboxEvent.objects.values_list("name", "status")) == [
        ("tests.deadly", "parked"),
        ("tests.plain", "delivered"),
        ("tests.plain", "delivered"),
    ]
    assert effects() == 2
    assert OutboxEvent.objects.get(status="parked").last_error == "The worker died while delivering."


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_four_relays_at_once_deliver_every_event_once():
    for _ in range(250):
        announce()
    counts: list[int] = []

    def work() -> None:
        try:
            counts.append(drain())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 250
    assert effects() == len(seen) == 250


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_an_event_delivered_twice_at_once_has_one_effect():
    """A lease that ran out under a slow relay: both deliver the same event."""
    event = announce()
    start = threading.Barrier(4)

    def work() -> None:
        try:
            start.wait()
            relay_module._deliver([event])
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert effects() == 1
