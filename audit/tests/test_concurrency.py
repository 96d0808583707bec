"""True concurrency, on PostgreSQL: writers, sequencers that die in the middle, and two sequencers at once."""

import random
import threading
import time

import pytest
from django.db import connection, transaction

from audit.models import AuditEvent, TreeHead, UnsealedEvent
from audit.selectors import missing_events
from audit.services import seal
from audit.services.seal import seal_pending
from audit.services.verify import verify_log
from audit.tests.factories import record_events

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
]
WRITERS, ROUNDS = 8, 40


def write(committed, number):
    """Transactions of one to four events; a fifth of them roll back, and ids are given well before the commit."""
    dice = random.Random(number)
    for _ in range(ROUNDS):
        with transaction.atomic():
            ids = record_events(dice.randint(1, 4))
            time.sleep(dice.random() / 200)
            if dice.random() < 0.2:
                transaction.set_rollback(True)
                ids = []
        committed.extend(ids)
    connection.close()


def seal_and_be_killed(finished, kills):
    """A sequencer whose session the server ends in the middle of a batch, again and again."""
    dice = random.Random(1)
    while not finished.is_set():
        try:
            with transaction.atomic():
                seal._seal_batch()
                if dice.random() < 0.6:
                    kills.append(1)
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        except Exception:
            connection.close()
        time.sleep(0.005)
    connection.close()


def seal_until(finished):
    while not finished.is_set():
        seal_pending()
        time.sleep(0.002)
    connection.close()


def run(sequencers):
    """Run the writers against the sequencers; returns the ids of the committed events."""
    committed, finished = [], threading.Event()
    writers = [threading.Thread(target=write, args=(committed, number)) for number in range(WRITERS)]
    others = [threading.Thread(target=target, args=(finished, *arguments)) for target, *arguments in sequencers]
    for thread in [*writers, *others]:
        thread.start()
    for thread in writers:
        thread.join()
    finished.set()
    for thread in others:
        thread.join()
    seal_pending()
    return committed


def assert_complete(committed):
    assert missing_events(committed) == set()
    assert AuditEvent.objects.count() == len(committed) == len(set(committed))
    assert not UnsealedEvent.objects.exists()
    assert list(AuditEvent.objects.order_by("seq").values_list("seq", flat=True)) == list(range(len(committed)))
    assert verify_log().findings == []


def test_nothing_is_lost_doubled_or_forked_when_sequencers_are_killed():
    kills = []
    committed = run([(seal_and_be_killed, kills)])
    assert kills
    assert_complete(committed)


def test_two_sequencers_at_once_build_one_tree():
    committed = run([(seal_until,), (seal_until,), (seal_and_be_killed, [])])
    assert_complete(committed)
    sizes = list(TreeHead.objects.order_by("size").values_list("previous_size", "size"))
    assert [previous for previous, _ in sizes] == [0, *(size for _, size in sizes[:-1])]


def test_an_event_committed_after_later_ones_were_sealed_is_sealed_too():
    """Its id is smaller than ids that are sealed already; a cursor over ids would skip it."""
    recorded, sealed = threading.Event(), threading.Event()
    late = []

    def slow():
        with transaction.atomic():
            late.extend(record_events(1))
            recorded.set()
            sealed.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    recorded.wait(10)
    early = record_events(3)
    seal_pending()
    sealed.set()
    thread.join()
    seal_pending()
    assert late[0] < early[0]
    assert list(AuditEvent.objects.order_by("seq").values_list("id", flat=True)) == [*early, *late]
    assert verify_log().intact
