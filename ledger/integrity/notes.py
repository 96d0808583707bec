"""Comments and attachments against the audit events of their writing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Final

from audit.models import AuditEvent
from ledger.digest import note_facts
from ledger.integrity.events import NOTES, EventData, parse, unsealed_events
from ledger.integrity.report import Fault, Report
from ledger.models import EntryAttachment, EntryComment

CHUNK: Final = 500
APART: Final = timedelta(minutes=5)  # a row and its event, written together; a large file takes a moment to store
Note = EntryComment | EntryAttachment


def check_notes(report: Report, progress: Callable[[str, int], None]) -> Iterator[Fault]:
    """Every comment and attachment must have an event on its entry and be as that says. What was deleted is found by
    `check_events`, what befell the file of an attachment by `check_attachments`."""
    unsealed = {event.note: event for event in unsealed_events() if event.note}  # seldom more than a second's
    for action, (model, _) in NOTES.items():
        rows: Iterator[Note] = model._default_manager.order_by("id").iterator(CHUNK)
        while chunk := list(islice(rows, CHUNK)):
            report.checked[model._meta.db_table] += len(chunk)
            yield from _check(chunk, action, unsealed | _sealed(action, chunk))
            progress("notes", len(chunk))


def _sealed(action: str, notes: Iterable[Note]) -> dict[str, EventData]:
    """The sealed events of these notes, by the note's id; events of the same entries speak of others too."""
    ids, entries = {str(note.id) for note in notes}, {str(note.entry_id) for note in notes}
    bodies = AuditEvent.objects.filter(action=action, target_id__in=entries).values_list("body", flat=True)
    events = map(parse, bodies.iterator(CHUNK))
    return {event.note: event for event in events if event.note in ids}


def _check(notes: Sequence[Note], action: str, events: dict[str, EventData]) -> Iterator[Fault]:
    for note in notes:
        event = events.get(str(note.id))
        if event is None or event.action != action:
            yield Fault.at("audit_event_missing", note, "No audit event of its entry speaks of it.")
        elif not _as_recorded(note, event):
            yield Fault.at("note_altered", note)


def _as_recorded(note: Note, event: EventData) -> bool:
    written = (str(note.entry_id), note.created_by, note_facts(note))
    return written == (event.target_id, event.actor_id, event.facts) and abs(note.created_at - event.at) < APART
