"""check_ledger finds and locates comments and attachments that were changed, moved, removed or slipped in."""

import pytest

from audit.models import AuditEvent, UnsealedEvent
from audit.services.seal import seal_pending
from ledger.integrity import check_ledger
from ledger.services.notes import STORE, add_attachment, add_comment
from ledger.tests.factories import make_account
from ledger.tests.tampering import behind_our_back, found
from nexafi.core.files import digest_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def notes(books):
    """A comment and an attachment of the first entry, sealed, and one more of each on it, not sealed yet."""
    written = []
    for content in (b"%PDF-1.7 one %%EOF", b"%PDF-1.7 two %%EOF"):
        seal_pending()
        written.append(add_comment(entry_id=books["first"].id, text=f"Seen: {content[9:12].decode()}"))
        written.append(add_attachment(entry_id=books["first"].id, content=content, file_name="paper.pdf"))
    return written


def test_untouched_notes_hold_sealed_or_not(notes):
    assert UnsealedEvent.objects.exists()
    assert AuditEvent.objects.filter(action="ledger.entry_attached").exists()
    report = check_ledger()
    assert report.faults == []
    assert (report.checked["ledger_entrycomment"], report.checked["ledger_entryattachment"]) == (2, 2)
    seal_pending()
    assert found() == set()


@pytest.mark.parametrize("which", [0, 2])
@pytest.mark.parametrize(
    "change",
    ["text = 'Never seen'", "text = ''", "created_by = 'somebody'", "created_at = '2020-01-01 00:00:00+00:00'"],
)
def test_an_altered_comment_is_located(notes, which, change):
    behind_our_back((f"UPDATE ledger_entrycomment SET {change} WHERE id = %s", notes[which].id))
    assert found() == {("note_altered", str(notes[which].id))}


@pytest.mark.parametrize("which", [1, 3])
def test_an_altered_attachment_is_located_even_with_its_file(notes, which):
    other = b"%PDF-1.7 forged %%EOF"
    STORE.discard(notes[which].id)
    STORE.save(notes[which].id, other)
    assert found() == {("attachment_altered", str(notes[which].id))}
    change = "UPDATE ledger_entryattachment SET sha256 = %s WHERE id = %s"
    behind_our_back((change, digest_of(other), notes[which].id))
    assert found() == {("note_altered", str(notes[which].id))}


@pytest.mark.parametrize("which", [1, 3])
@pytest.mark.parametrize("change", ["filename = 'receipt.pdf'", "media_type = 'image/png'", "size = 1"])
def test_what_is_said_of_an_attachment_is_kept_too(notes, which, change):
    behind_our_back((f"UPDATE ledger_entryattachment SET {change} WHERE id = %s", notes[which].id))
    assert found() == {("note_altered", str(notes[which].id))}


def test_notes_led_to_another_entry_are_located(notes, books):
    for note in notes:
        change = f"UPDATE {note._meta.db_table} SET entry_id = %s WHERE id = %s"
        behind_our_back((change, books["small"].id, note.id))
    sealed, unsealed = notes[:2], notes[2:]
    no_event_there = {("audit_event_missing", str(note.id)) for note in sealed}
    assert found() == no_event_there | {("note_altered", str(note.id)) for note in unsealed}


def test_removed_notes_are_located(notes):
    for note in notes:
        behind_our_back((f"DELETE FROM {note._meta.db_table} WHERE id = %s", note.id))
    assert found() == {("note_missing", str(note.id)) for note in notes}


def test_notes_without_an_event_are_located(notes):
    comment, attachment = make_account().id, make_account().id  # any fresh ids
    behind_our_back(
        (
            "INSERT INTO ledger_entrycomment (id, entry_id, text, created_by, created_at)"
            " SELECT %s, entry_id, text, created_by, created_at FROM ledger_entrycomment WHERE id = %s",
            comment,
            notes[0].id,
        ),
        (
            "INSERT INTO ledger_entryattachment"
            " (id, entry_id, sha256, filename, media_type, size, created_by, created_at)"
            " SELECT %s, entry_id, '', filename, media_type, size, created_by, created_at FROM ledger_entryattachment"
            " WHERE id = %s",
            attachment,
            notes[1].id,
        ),
    )
    missing = {("audit_event_missing", str(note)) for note in (comment, attachment)}
    assert found() == missing | {("attachment_altered", str(attachment))}  # it has no file either


def test_notes_are_checked_in_chunks(books, monkeypatch):
    """Several chunks of several entries, of which some events speak of notes in another chunk."""
    monkeypatch.setattr("ledger.integrity.notes.CHUNK", 2)
    monkeypatch.setattr("ledger.integrity.events.CHUNK", 2)
    entries = [books["first"], books["small"], books["first"]]
    comments = [add_comment(entry_id=entry.id, text=f"Remark {n}") for n in range(3) for entry in entries]
    seal_pending()
    assert found() == set()
    behind_our_back(("UPDATE ledger_entrycomment SET text = 'Else' WHERE id = %s", comments[7].id))
    behind_our_back(("DELETE FROM ledger_entrycomment WHERE id = %s", comments[3].id))
    assert found() == {("note_altered", str(comments[7].id)), ("note_missing", str(comments[3].id))}
