"""What the audit log says was written, against what is there."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Model

from audit.models import AuditEvent, UnsealedEvent
from ledger.integrity.report import Fault, Report
from ledger.models import Account, EntryResolution, JournalEntry

CHUNK = 500
_FIXED = ("code", "type", "currency")  # of an account
_GONE = "The audit log holds it, the ledger does not."


@dataclass(frozen=True)
class EventData:
    """The parts of an audit event that speak of the ledger's rows."""

    action: str
    target_id: str
    entries: dict[str, str] = field(default_factory=dict)  # entry id -> digest
    resolution: str = ""  # digest
    account: dict[str, str] = field(default_factory=dict)  # code, type, currency


def events_by_id(event_ids: Iterable[UUID]) -> dict[UUID, EventData]:
    """The events with these ids, sealed or not."""
    ids = set(event_ids)
    rows = [
        *AuditEvent.objects.filter(id__in=ids).values_list("id", "body"),
        *UnsealedEvent.objects.filter(id__in=ids).values_list("id", "body"),
    ]
    return {event_id: _parse(body) for event_id, body in rows}


def _parse(body: Any) -> EventData:
    event = json.loads(bytes(body))
    data = event.get("data") or {}
    return EventData(
        action=event["action"],
        target_id=event["target"]["id"],
        entries=data.get("entries", {}),
        resolution=data.get("resolution", ""),
        account={name: data[name] for name in _FIXED} if event["action"] == "ledger.account_opened" else {},
    )


def check_events(report: Report, progress: Callable[[str, int], None]) -> Iterator[Fault]:
    """Every event of the ledger must find its entry, its entry's end, or its account."""
    events = _ledger_events()
    while chunk := list(islice(events, CHUNK)):
        report.checked["audit_event"] += len(chunk)
        yield from _missing_entries([event for event in chunk if event.entries])
        yield from _missing_ends([event.target_id for event in chunk if event.resolution])
        yield from _altered_accounts([event for event in chunk if event.account])
        progress("events", len(chunk))


def _ledger_events() -> Iterator[EventData]:
    sealed = AuditEvent.objects.filter(action__startswith="ledger.").order_by("seq").values_list("body", flat=True)
    unsealed = UnsealedEvent.objects.order_by("id").values_list("body", flat=True)
    for body in sealed.iterator(CHUNK):
        yield _parse(body)
    for body in unsealed.iterator(CHUNK):
        event = _parse(body)
        if event.action.startswith("ledger."):
            yield event


def _missing_entries(events: Sequence[EventData]) -> Iterator[Fault]:
    ids = (entry_id for event in events for entry_id in event.entries)
    while chunk := list(islice(ids, CHUNK)):
        for entry_id in _absent(JournalEntry, chunk):
            yield Fault(
                "entry_missing", "ledger_journalentry", entry_id, "The audit log holds it, the ledger does not."
            )


def _missing_ends(entry_ids: Sequence[str]) -> Iterator[Fault]:
    for entry_id in _absent(EntryResolution, entry_ids):
        yield Fault("resolution_missing", "ledger_entryresolution", entry_id, _GONE)


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
