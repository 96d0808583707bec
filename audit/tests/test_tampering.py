"""What a database superuser may do to the log, trigger or no trigger, and where verification says it was done."""

import pytest
from django.core.management import call_command
from django.db import connection

from audit import keys
from audit.checkpoint import Checkpoint, Signer
from audit.merkle import leaf_hash
from audit.models import AuditEvent, TreeHead
from audit.selectors import missing_events
from audit.services.verify import verify_log
from audit.tests.factories import record_events, sealed_log
from nexafi.core.ids import uuid7
from nexafi.db import triggers

pytestmark = pytest.mark.django_db

BATCHES = (7, 6, 7)  # sequence numbers 0 to 19, heads of size 7, 13 and 20


def execute(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def body_of(seq):
    return bytes(AuditEvent.objects.values_list("body", flat=True).get(seq=seq))


def hashes_of(seq):
    return bytes(AuditEvent.objects.values_list("hashes", flat=True).get(seq=seq))


def edited(seq):
    return body_of(seq).replace(b"12.34", b"99.99")


def edit_body():
    execute("UPDATE audit_auditevent SET body = %s WHERE seq = 5", edited(5))


def edit_body_and_leaf():
    body = edited(5)
    hashes = leaf_hash(body) + hashes_of(5)[32:]
    execute("UPDATE audit_auditevent SET body = %s, hashes = %s WHERE seq = 5", body, hashes)


def edit_body_and_every_hash():
    """The thorough forger: rebuilds the whole tree, and each head's root, but cannot sign."""
    rebuild_from(5, edited(5))
    tree = walk_tree()
    for size in (7, 13, 20):
        execute("UPDATE audit_treehead SET root = %s WHERE size = %s", tree[size], size)


def edit_body_and_every_hash_but_heads():
    rebuild_from(5, edited(5))


def rebuild_from(seq, body):
    from audit.merkle import Tree

    tree = Tree()
    for event in AuditEvent.objects.order_by("seq"):
        new = body if event.seq == seq else bytes(event.body)
        hashes = tree.append(leaf_hash(new))
        execute("UPDATE audit_auditevent SET body = %s, hashes = %s WHERE seq = %s", new, hashes, event.seq)


def walk_tree():
    from audit.merkle import Tree

    tree, roots = Tree(), {}
    for event in AuditEvent.objects.order_by("seq"):
        tree.append(leaf_hash(bytes(event.body)))
        roots[tree.size] = tree.root()
    return roots


def edit_with_a_stolen_database_and_a_new_key():
    """Rebuilds everything and signs with a key of the forger's own."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    edit_body_and_every_hash()
    forger = Signer(keys.signer().name, Ed25519PrivateKey.generate())
    for head in TreeHead.objects.all():
        note = forger.sign(Checkpoint(forger.name, head.size, bytes(head.root)))
        execute("UPDATE audit_treehead SET checkpoint = %s WHERE size = %s", note, head.size)


def edit_column(column, value):
    def attack():
        execute(f"UPDATE audit_auditevent SET {column} = %s WHERE seq = 5", value)

    return attack


def edit_node():
    hashes = hashes_of(7)
    execute("UPDATE audit_auditevent SET hashes = %s WHERE seq = 7", hashes[:64] + b"\x00" * 32 + hashes[96:])


def edit_leaf_hash():
    execute("UPDATE audit_auditevent SET hashes = %s WHERE seq = 4", b"\x00" * 32)


def drop_hashes():
    execute("UPDATE audit_auditevent SET hashes = %s WHERE seq = 7", hashes_of(7)[:32])


def delete(where):
    def attack():
        execute(f"DELETE FROM audit_auditevent WHERE {where}")

    return attack


def swap_bodies():
    first, second = body_of(4), body_of(9)
    execute("UPDATE audit_auditevent SET body = %s WHERE seq = 4", second)
    execute("UPDATE audit_auditevent SET body = %s WHERE seq = 9", first)


def reorder():
    for before, after in ((4, 1000), (9, 4), (1000, 9)):
        execute("UPDATE audit_auditevent SET seq = %s WHERE seq = %s", after, before)


def insert_at(seq):
    def attack():
        body = body_of(3)
        event = AuditEvent.objects.get(seq=3)
        event.seq, event.id, event.hashes = seq, uuid7(), leaf_hash(body)
        event.save(force_insert=True)

    return attack


def duplicate_seq():
    """Needs a table without its primary key, which its owner can make."""
    if connection.vendor == "postgresql":
        execute("ALTER TABLE audit_auditevent DROP CONSTRAINT audit_auditevent_pkey CASCADE")
    else:
        execute("CREATE TABLE copy AS SELECT * FROM audit_auditevent")
        execute("DROP TABLE audit_auditevent")
        execute("ALTER TABLE copy RENAME TO audit_auditevent")
    insert_at(5)()


def truncate():
    execute("DELETE FROM audit_auditevent" if connection.vendor == "sqlite" else "TRUNCATE audit_auditevent")


def truncate_events_and_heads():
    truncate()
    execute("DELETE FROM audit_treehead")


def cut_off_the_end():
    execute("DELETE FROM audit_auditevent WHERE seq >= 13")
    execute("DELETE FROM audit_treehead WHERE size > 13")


def delete_middle_head():
    execute("DELETE FROM audit_treehead WHERE size = 13")


def delete_middle_head_and_close_the_gap():
    delete_middle_head()
    execute("UPDATE audit_treehead SET previous_size = 7 WHERE size = 20")


def delete_last_head():
    execute("DELETE FROM audit_treehead WHERE size = 20")


def forge_head_root():
    execute("UPDATE audit_treehead SET root = %s WHERE size = 13", b"\x01" * 32)


def forge_head_text():
    note = TreeHead.objects.get(size=13).checkpoint.replace("\n13\n", "\n14\n")
    execute("UPDATE audit_treehead SET checkpoint = %s WHERE size = 13", note)


def replay_old_head():
    old = TreeHead.objects.get(size=7)
    execute("UPDATE audit_treehead SET checkpoint = %s, root = %s WHERE size = 20", old.checkpoint, bytes(old.root))


def invent_head():
    checkpoint = Checkpoint(keys.signer().name, 10**15, b"\x01" * 32)
    note = checkpoint.text + TreeHead.objects.get(size=20).checkpoint[len(checkpoint.text) :]
    TreeHead.objects.create(size=10**15, previous_size=20, root=checkpoint.root, checkpoint=note)


ATTACKS = {
    "edit a body": (edit_body, "body_altered", 5),
    "edit a body and its leaf hash": (edit_body_and_leaf, "node_altered", 5),
    "edit a body, every hash and every root": (edit_body_and_every_hash, "head_altered", 5),
    "edit a body and every hash, leaving the heads": (edit_body_and_every_hash_but_heads, "head_contradicted", 5),
    "edit everything and sign with another key": (edit_with_a_stolen_database_and_a_new_key, "head_invalid", 5),
    "edit the action column": (edit_column("action", "nothing.happened"), "column_altered", 5),
    "edit the actor column": (edit_column("actor_id", "somebody-else"), "column_altered", 5),
    "edit the target column": (edit_column("target_id", "entry-1"), "column_altered", 5),
    "edit the time column": (edit_column("created_at", "2020-01-01 00:00:00+00:00"), "column_altered", 5),
    "edit the id column": (edit_column("id", str(uuid7())), "column_altered", 5),
    "edit an inner hash": (edit_node, "node_altered", 7),
    "edit a leaf hash": (edit_leaf_hash, "body_altered", 4),
    "drop inner hashes": (drop_hashes, "node_altered", 7),
    "delete an event in the middle": (delete("seq = 5"), "missing", 5),
    "delete an event that completes subtrees": (delete("seq = 7"), "missing", 7),
    "delete the first event": (delete("seq = 0"), "missing", 0),
    "delete the last event": (delete("seq = 19"), "missing", 19),
    "swap two bodies": (swap_bodies, "body_altered", 9),
    "reorder two events": (reorder, "node_altered", 9),
    "insert an event at the end": (insert_at(20), "uncovered", 20),
    "insert an event before the first": (insert_at(-1), "uncovered", -1),
    "insert an event far away": (insert_at(10**14), "uncovered", 10**14),
    "insert a second event 5": (duplicate_seq, "duplicate", 5),
    "truncate the events": (truncate, "missing", 0),
    "truncate events and heads": (truncate_events_and_heads, "missing", 0),
    "cut off the end with its heads": (cut_off_the_end, "missing", 13),
    "delete a head in the middle": (delete_middle_head, "head_missing", 12),
    "delete a head and close the gap": (delete_middle_head_and_close_the_gap, "head_missing", 12),
    "delete the last head": (delete_last_head, "head_missing", 13),
    "forge a head's root": (forge_head_root, "head_altered", 12),
    "forge a head's text": (forge_head_text, "head_invalid", 12),
    "replay an old head": (replay_old_head, "head_altered", 19),
    "invent a head": (invent_head, "head_invalid", 20),
}


def covers(finding, seq):
    return finding.first is not None and finding.first <= seq <= finding.last


def test_an_untouched_log_is_intact():
    sealed_log(*BATCHES)
    record_events(2)
    report = verify_log()
    assert report.findings == []
    assert (report.events, report.heads, report.anchors, report.size) == (20, 3, 3, 20)


def test_an_empty_log_is_intact():
    assert verify_log().intact


@pytest.mark.parametrize("name", ATTACKS)
def test_every_alteration_is_found_and_located(name):
    attack, kind, seq = ATTACKS[name]
    sealed_log(*BATCHES)
    triggers.remove(connection)
    attack()
    findings = verify_log().findings
    assert any(f.kind == kind and covers(f, seq) for f in findings), findings
    assert len(findings) <= 6, "an alteration is reported where it is, not everywhere after it"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL refuses it")
def test_an_id_that_is_none_is_named_too():
    sealed_log(*BATCHES)
    triggers.remove(connection)
    edit_column("id", "not an id")()
    assert [(f.kind, f.first, f.event_id) for f in verify_log().findings] == [("column_altered", 5, None)]


def test_alterations_at_once_are_each_located():
    sealed_log(*BATCHES)
    triggers.remove(connection)
    edit_body()
    edit_column("action", "x.y")
    delete("seq = 10")()
    edit_column("target_id", "x")
    execute("UPDATE audit_auditevent SET actor_id = 'x' WHERE seq = 16")
    forge_head_text()
    found = {(f.kind, f.first) for f in verify_log().findings}
    assert {("body_altered", 5), ("missing", 10), ("column_altered", 16), ("head_invalid", 7)} <= found


def test_an_edited_unsealed_event_is_named_and_not_sealed():
    (event_id,) = record_events(1)
    triggers.remove(connection)
    execute("UPDATE audit_unsealedevent SET body = %s", b'{"v":1,"id":"x"}')
    findings = verify_log().findings
    assert [(f.kind, f.event_id) for f in findings] == [("unsealed_altered", event_id)]


def test_a_deleted_unsealed_event_is_missed_by_whoever_refers_to_it():
    kept, lost = record_events(2)
    triggers.remove(connection)
    from audit.models import UnsealedEvent

    UnsealedEvent.objects.filter(id=lost).delete()
    assert missing_events([kept, lost]) == {lost}


def test_an_unsealed_event_that_waits_too_long_is_named(time_machine):
    from datetime import timedelta

    from nexafi.core import clock

    (event_id,) = record_events(1)
    time_machine.move_to(clock.now() + timedelta(minutes=2))
    assert [(f.kind, f.event_id) for f in verify_log().findings] == [("unsealed_overdue", event_id)]


def test_a_rewritten_log_signed_with_the_real_key_is_caught_by_the_anchor_file():
    """The signing key leaked: only what was written down elsewhere still tells the truth."""
    sealed_log(*BATCHES)
    triggers.remove(connection)
    edit_body_and_every_hash()
    signer = keys.signer()
    for head in TreeHead.objects.all():
        note = signer.sign(Checkpoint(signer.name, head.size, bytes(head.root)))
        execute("UPDATE audit_treehead SET checkpoint = %s WHERE size = %s", note, head.size)
    findings = verify_log().findings
    assert [(f.kind, f.first, f.last) for f in findings] == [("anchor_contradicted", 0, 19)]


def test_a_damaged_anchor_file_is_reported(settings):
    sealed_log(*BATCHES)
    lines = settings.AUDIT_HEADS_PATH.read_text().splitlines()
    settings.AUDIT_HEADS_PATH.write_text("\n".join([lines[0], lines[1].replace("13", "14"), "garbage", lines[2]]))
    assert {f.kind for f in verify_log().findings} == {"anchor_invalid"}


def test_heads_of_a_retired_key_stay_valid(settings):
    sealed_log(*BATCHES)
    settings.AUDIT_RETIRED_KEYS = [str(keys.signer().verifier)]
    settings.AUDIT_SIGNING_KEY_B64 = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
    sealed_log(1)
    assert verify_log().intact
    settings.AUDIT_RETIRED_KEYS = []
    assert {f.kind for f in verify_log().findings} == {"head_invalid", "anchor_invalid"}


def test_the_command_exits_with_1_and_names_the_place(capsys):
    sealed_log(*BATCHES)
    call_command("verify_audit")
    assert "The log is intact." in capsys.readouterr().out
    triggers.remove(connection)
    edit_body()
    with pytest.raises(SystemExit, match="1"):
        call_command("verify_audit", "--json")
    assert '"kind": "body_altered"' in capsys.readouterr().out
