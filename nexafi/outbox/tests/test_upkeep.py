import json
from datetime import timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from nexafi.core import clock
from nexafi.core.errors import Conflict, InvalidInput, NotFound
from nexafi.outbox.models import HandledEvent, OutboxEvent
from nexafi.outbox.services.publish import publish
from nexafi.outbox.services.relay import drain
from nexafi.outbox.services.upkeep import purge_delivered, retry_parked

pytestmark = pytest.mark.django_db


def make_event(**fields) -> OutboxEvent:
    return OutboxEvent.objects.create(name="tests.nobody_listens", payload={}, actor_kind="system", **fields)


def run(*arguments: str) -> dict:
    out = StringIO()
    call_command("outbox", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_a_parked_event_is_listed_retried_and_delivered():
    parked = make_event(status="parked", attempts=10, last_error="handler: ValueError at x:1")
    make_event()
    assert [row["id"] for row in run("parked")["parked"]] == [str(parked.pk)]
    assert run("retry", str(parked.pk), "--reason", "the handler is repaired") == {"retried": str(parked.pk)}
    assert run("relay") == {"delivered": 3}  # with the event that tells of the retry
    assert run("parked") == {"parked": []}
    told = OutboxEvent.objects.get(name="outbox.event_retried")
    assert told.payload == {"event_id": str(parked.pk), "name": parked.name, "reason": "the handler is repaired"}


def test_only_a_parked_event_is_retried_and_only_with_a_reason():
    parked, pending = make_event(status="parked"), make_event()
    with pytest.raises(InvalidInput):
        retry_parked(event_id=parked.pk, reason=" ")
    with pytest.raises(Conflict):
        retry_parked(event_id=pending.pk, reason="why not")
    with pytest.raises(NotFound):
        retry_parked(event_id=uuid4(), reason="why not")
    with pytest.raises(CommandError, match="event_not_parked"):
        call_command("outbox", "retry", str(pending.pk), "--reason", "why not")


def test_the_purge_removes_old_delivered_events_and_nothing_else():
    long_ago = int((clock.now() - timedelta(days=40)).timestamp() * 1000) << 80
    old, waiting, parked = (
        make_event(id=UUID(int=long_ago + n), status=status)
        for n, status in enumerate(["delivered", "pending", "parked"])
    )
    fresh = make_event(status="delivered")
    HandledEvent.objects.bulk_create(HandledEvent(event_id=event.pk, handler="h") for event in (old, fresh))
    assert purge_delivered() == 1
    assert purge_delivered() == 0
    assert set(OutboxEvent.objects.values_list("pk", flat=True)) == {waiting.pk, parked.pk, fresh.pk}
    assert set(HandledEvent.objects.values_list("event_id", flat=True)) == {fresh.pk}


def test_publishing_belongs_inside_a_transaction():
    with transaction.atomic():
        assert isinstance(publish("tests.nobody_listens", {}), UUID)
    assert drain() == 1
