"""What the audit log says was written, against what is there."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db.models import Model

from audit.models import AuditEvent, UnsealedEvent
from ledger.integrity.report import Fault, Report
from ledger.models import Account, EntryAttachment, EntryComment, EntryResolution, JournalEntry

CHUNK = 500
# What is added to entries: the event's action -> the rows it speaks of, and where their id is in its data.
NOTES: Final[dict[str, tuple[type[EntryComment] | type[EntryAttachment], str]]] = {
    "ledger.entry_commented": (EntryComment, "comment_id"),
    "ledger.entry_attached": (EntryAttachment, "attachment_id"),
}
_FIXED = ("code", "type", "currency")  # of an account
_GONE = "The audit log holds it, the ledger does not."


@dataclass(frozen=True)
class EventData:
    """The parts of an audit event that speak of the ledger's rows."""

    action: str
    actor_id: str
    target_id: str
    at: datetime
    entries: dict[str, str] = field(default_factory=dict)  # entry id -> digest
    resolution: str = ""  # digest
    account: dict[str, str] = field(default_factory=dict)  # code, type, currency
    note: str = ""  # id of a comment or attachment
    facts: dict[str, Any] = field(default_factory=dict)  # what is said of it (ledger.digest.note_facts)


def events_by_id(event_ids: Iterable[UUID]) -> dict[UUID, EventData]:
    """The events with these ids, sealed or not."""
    ids = set(event_ids)
    rows = [
        *AuditEvent.objects.filter(id__in=ids).values_list("id", "body"),
        *UnsealedEvent.objects.filter(id__in=ids).values_list("id", "body"),
    ]
    return {event_id: parse(body) for event_id, body in rows}


def parse(body: Any) -> EventData:
    """What the stored bytes of an event say."""
    event = json.loads(bytes(body))
    data = event.get("data") or {}
    note, facts = _note(event["action"], data)
    return EventData(
        action=event["action"],
        actor_id=event["actor"]["id"],
        target_id=event["target"]["id"],
        at=datetime.fromisoformat(event["at"]),
        entries=data.get("entries", {}),
        resolution=data.get("resolution", ""),
        account={name: data[name] for name in _FIXED} if event["action"] == "ledger.account_opened" else {},
        note=note,
        facts=facts,
    )


def _note(action: str, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The id of what was added to an entry, and what is said of it."""
    if action not in NOTES:
        return "", {}
    name = NOTES[action][1]
    return data[name], {key: value for key, value in data.items() if key != name}


def check_events(report: Report, progress: Callable[[str, int], None]) -> Iterator[Fault]:
    """Every event of the ledger must find its entry, its entry's end, its account, or what it added to an entry."""
    events = _ledger_events()
    while chunk := list(islice(events, CHUNK)):
        report.checked["audit_event"] += len(chunk)
        yield from _missing_entries([event for event in chunk if event.entries])
        yield from _missing_ends([event.target_id for event in chunk if event.resolution])
        yield from _altered_accounts([event for event in chunk if event.account])
        yield from _missing_notes([event for event in chunk if event.note])
        progress("events", len(chunk))


def _ledger_events() -> Iterator[EventData]:
    sealed = AuditEvent.objects.filter(action__startswith="ledger.").order_by("seq").values_list("body", flat=True)
    yield from map(parse, sealed.iterator(CHUNK))
    yield from unsealed_events()


def unsealed_events() -> Iterator[EventData]:
    """Those of the ledger that are not in the tree yet; their action stands in their body alone."""
    for body in UnsealedEvent.objects.order_by("id").values_list("body", flat=True).iterator(CHUNK):
        event = parse(body)
        if event.action.startswith("ledger."):
            yield event


def _missing_entries(events: Sequence[EventData]) -> Iterator[Fault]:
    ids = (entry_id for event in events for entry_id in event.entries)
    while chunk := list(islice(ids, CHUNK)):
        for entry_id in _absent(JournalEntry, chunk):
            yield Fault("entry_missing", "ledger_journalentry", entry_id, _GONE)


def _missing_ends(entry_ids: Sequence[str]) -> Iterator[Fault]:
    for entry_id in _absent(EntryResolution, entry_ids):
        yield Fault("resolution_missing", "ledger_entryresolution", entry_id, _GONE)


def _missing_notes(events: Sequence[EventData]) -> Iterator[Fault]:
    for action, (model, _) in NOTES.items():
        for note in _absent(model, [event.note for event in events if event.action == action]):
            yield Fault("note_missing", model._meta.db_table, note, _GONE)


def _absent(model: type[Model], ids: Sequence[str]) -> list[str]:
    there = {str(pk) for pk in model._default_manager.filter(pk__in=ids).values_list("pk", flat=True)}
    return [row_id for row_id in ids if row_id not in there]


def _altered_accounts(events: Sequence[EventData]) -> Iterator[Fault]:
    accounts = {str(a.id): a for a in Account.objects.filter(pk__in=[event.target_id for event in events])}
    for event in events:
        account = accounts.get(event.target_id)
        if account is None:
            yield Fault("account_missing", "ledger_account", event.target_id, _GONE)
            continue
        for name, value in event.account.items():
            if getattr(account, name) != value:
                detail = f"{name} is {getattr(account, name)!r}, but it was opened with {value!r}."
                yield Fault("account_altered", "ledger_account", event.target_id, detail)
