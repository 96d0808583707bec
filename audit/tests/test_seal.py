import pytest
from django.db import DatabaseError, connection, transaction

from audit import anchors, keys
from audit.checkpoint import Checkpoint, verify
from audit.exceptions import TreeDamaged
from audit.merkle import leaf_hash
from audit.models import AuditEvent, TreeHead, UnsealedEvent
from audit.selectors import missing_events, seal_state
from audit.services.record import record
from audit.services.seal import BATCH, seal_pending
from audit.tests.factories import record_events, sealed_log
from nexafi.core.context import acting_as
from nexafi.core.ids import uuid7

pytestmark = pytest.mark.django_db


def test_an_event_is_recorded_with_actor_target_reason_and_data():
    with acting_as("user", "u-1", request_id="r-1", client_ip="192.0.2.1"), transaction.atomic():
        event_id = record("payments.payment_released", target_type="payment", target_id="p-1", data={"amount": "5.00"})
    seal_pending()
    event = AuditEvent.objects.get(id=event_id)
    assert (event.action, event.actor_kind, event.actor_id) == ("payments.payment_released", "user", "u-1")
    assert (event.target_type, event.target_id) == ("payment", "p-1")
    assert b'"amount":"5.00"' in bytes(event.body)
    assert b'"ip":"192.0.2.1"' in bytes(event.body)


def test_a_float_is_refused():
    with pytest.raises(TypeError), transaction.atomic():
        record("ledger.entry_posted", target_type="entry", target_id="e", data={"amount": 0.1})
    assert not UnsealedEvent.objects.exists()


@pytest.mark.parametrize("target_id", ["", "x" * 65])
def test_a_target_that_would_not_fit_is_refused_when_recorded(target_id):
    with pytest.raises(ValueError, match="target_id"), transaction.atomic():
        record("ledger.entry_posted", target_type="entry", target_id=target_id)


def test_a_rolled_back_change_leaves_no_event():
    with transaction.atomic():
        record_events(1)
        transaction.set_rollback(True)
    assert seal_pending() == 0


def test_sealing_numbers_hashes_and_signs_every_event_once():
    ids = sealed_log(3, 1, 5)
    events = AuditEvent.objects.order_by("seq")
    assert [event.id for event in events] == ids
    assert [event.seq for event in events] == list(range(9))
    assert all(bytes(e.hashes)[:32] == leaf_hash(bytes(e.body)) for e in events)
    assert list(TreeHead.objects.order_by("size").values_list("previous_size", "size")) == [(0, 3), (3, 4), (4, 9)]
    head = TreeHead.objects.get(size=9)
    checkpoint = verify(head.checkpoint, keys.trusted())
    assert (checkpoint.size, checkpoint.root) == (9, bytes(head.root))
    assert not UnsealedEvent.objects.exists()


def test_more_than_a_batch_is_sealed_in_several_heads():
    record_events(BATCH + 5)
    assert seal_pending() == BATCH + 5
    assert list(TreeHead.objects.order_by("size").values_list("size", flat=True)) == [BATCH, BATCH + 5]


def test_sealing_nothing_signs_nothing():
    assert seal_pending() == 0
    assert not TreeHead.objects.exists()


def test_every_drain_anchors_its_last_head_outside_the_database():
    sealed_log(2, 2)
    assert verify(anchors.last(), keys.trusted()).size == 4
    assert seal_pending() == 0
    assert anchors.last() == TreeHead.objects.get(size=4).checkpoint


def test_an_event_written_past_the_application_is_never_sealed():
    record_events(2)
    forged = UnsealedEvent(id=uuid7(), body=b'{"v":1}', mac=b"\x00" * 32)
    forged.save(force_insert=True)
    assert seal_pending() == 2
    assert list(UnsealedEvent.objects.values_list("id", flat=True)) == [forged.id]


def test_nothing_is_sealed_over_a_shortened_log():
    sealed_log(3)
    anchors.append(keys.signer().sign(Checkpoint("nexafi.localhost/audit", 10, b"\x01" * 32)))
    record_events(1)
    with pytest.raises(TreeDamaged):
        seal_pending()
    assert UnsealedEvent.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL what it read")
def test_sealing_costs_the_same_however_long_the_log_is():
    """Nobody has analysed the table yet: the planner guesses, and must not guess that reading all of it is cheap."""
    sealed_log(3000)
    before = rows_scanned()
    sealed_log(1)
    assert rows_scanned() == before


def rows_scanned():
    query = "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'audit_auditevent'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def test_a_missing_event_is_named():
    ids = sealed_log(2) + record_events(1)
    stranger = uuid7()
    assert missing_events([*ids, stranger]) == {stranger}


def test_the_seal_state_tells_size_and_backlog():
    sealed_log(4)
    record_events(2)
    state = seal_state()
    assert (state.size, state.pending) == (4, 2)
    assert state.lag.total_seconds() >= 0


def test_keys_and_anchors_are_readable_by_their_owner_only(settings):
    sealed_log(1)
    for path in (settings.AUDIT_KEY_FILE, settings.AUDIT_HEADS_PATH):
        assert path.stat().st_mode & 0o777 == 0o600


FORBIDDEN = [
    "UPDATE audit_auditevent SET action = 'x'",
    "DELETE FROM audit_auditevent",
    "UPDATE audit_treehead SET signed_at = signed_at",
    "DELETE FROM audit_treehead",
    "UPDATE audit_unsealedevent SET created_at = created_at",
    "DELETE FROM audit_unsealedevent",
]
TRUNCATES = [f"TRUNCATE {table}" for table in ("audit_auditevent", "audit_treehead", "audit_unsealedevent")]


@pytest.mark.parametrize("statement", FORBIDDEN + TRUNCATES)
def test_the_database_refuses_to_change_the_log(statement):
    if statement in TRUNCATES and connection.vendor == "sqlite":
        pytest.skip("SQLite has no TRUNCATE")
    sealed_log(2)
    record_events(1)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert (AuditEvent.objects.count(), UnsealedEvent.objects.count()) == (2, 1)
