"""Rows that are inserted together stand or fall together, with a transaction around them and without one."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import pytest
from django.db import transaction

from audit.models import UnsealedEvent
from ledger.exceptions import InsufficientFunds
from ledger.models import JournalEntry
from ledger.refusals import typed_refusals
from ledger.services.posting import post_entry
from ledger.tests.factories import make_account, make_wallet
from ledger.types import EntryDraft
from nexafi.core.money import Money
from nexafi.db import bulk
from nexafi.outbox.models import OutboxEvent
from nexafi.outbox.services.publish import publish

pytestmark = pytest.mark.django_db(transaction=True)
frames = pytest.mark.parametrize("frame", [transaction.atomic, nullcontext], ids=["in a transaction", "alone"])
Frame = type[AbstractContextManager[None]]


def pay(minor: int) -> EntryDraft:
    return EntryDraft.transfer(
        debit=make_wallet(funded="5.00").id, credit=make_account().id, amount=Money(minor, "USD")
    )


@frames
def test_an_entry_its_event_and_what_follows(frame: Frame) -> None:
    draft, after = pay(500), []
    with frame():
        with bulk.together():
            entry = post_entry(draft)
            event_id = publish("tests.paid", {"entry_id": str(entry.id)})
            bulk.after_commit(lambda: after.append(JournalEntry.objects.filter(pk=entry.id).exists()))
            assert not OutboxEvent.objects.exists()
        assert OutboxEvent.objects.get().pk == event_id
        assert after == ([] if frame is transaction.atomic else [True])
    assert after == [True]
    assert OutboxEvent.objects.get().payload == {"entry_id": str(entry.id)}


def write_and(last: Callable[[], object], frame: Frame) -> None:
    with typed_refusals(), frame(), bulk.together():
        publish("tests.paid", {})
        last()


@frames
def test_what_the_database_refuses_leaves_nothing(frame: Frame) -> None:
    draft = pay(501)
    events, entries = UnsealedEvent.objects.count(), JournalEntry.objects.count()
    with pytest.raises(InsufficientFunds):
        write_and(lambda: post_entry(draft), frame)
    assert (UnsealedEvent.objects.count(), JournalEntry.objects.count()) == (events, entries)
    assert not OutboxEvent.objects.exists()


@frames
def test_an_error_of_the_caller_leaves_nothing(frame: Frame) -> None:
    with pytest.raises(ZeroDivisionError):
        write_and(lambda: 1 / 0, frame)
    assert not OutboxEvent.objects.exists()
    assert not bulk.is_atomic()


@frames
def test_what_should_follow_does_not_when_nothing_was_written(frame: Frame) -> None:
    draft, after = pay(501), []

    def refused() -> None:
        bulk.after_commit(lambda: after.append(1))
        post_entry(draft)

    with pytest.raises(InsufficientFunds):
        write_and(refused, frame)
    assert after == []


@frames
def test_one_within_another_ends_with_the_outer_one(frame: Frame) -> None:
    draft, after = pay(501), []

    def refused_later() -> None:
        with bulk.together():
            publish("tests.paid", {})
            bulk.after_commit(lambda: after.append(1))
        post_entry(draft)

    with pytest.raises(InsufficientFunds):
        write_and(refused_later, frame)
    assert not OutboxEvent.objects.exists()
    assert after == []
