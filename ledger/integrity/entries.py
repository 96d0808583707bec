"""Entries against their audit events; pending postings against their ends; reversals against what they reverse."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from uuid import UUID

from django.db.models import Exists, Model, OuterRef

from ledger.constants import PostingKind
from ledger.digest import entry_digest, resolution_digest
from ledger.integrity.events import EventData, events_by_id
from ledger.integrity.report import Fault, Report
from ledger.models import EntryResolution, JournalEntry, Posting

CHUNK = 500
_ENDS: dict[str, str] = {
    EntryResolution.Outcome.POSTED: PostingKind.CAPTURE,
    EntryResolution.Outcome.VOIDED: PostingKind.VOID,
    EntryResolution.Outcome.EXPIRED: PostingKind.EXPIRE,
}


def check_entries(report: Report, progress: Callable[[str, int], None]) -> Iterator[Fault]:
    """Every entry with its postings and its end, a chunk at a time in order of id."""
    after: UUID | None = None
    while chunk := list(_entries_after(after)):
        yield from _check_chunk(chunk, report)
        progress("entries", len(chunk))
        after = chunk[-1].id


def _entries_after(after: UUID | None) -> Iterable[JournalEntry]:
    entries = JournalEntry.objects.select_related("resolution").order_by("id")
    return (entries.filter(id__gt=after) if after else entries)[:CHUNK]


def _check_chunk(chunk: Sequence[JournalEntry], report: Report) -> Iterator[Fault]:
    postings = _postings_of([entry.id for entry in chunk])
    reversed_postings = _postings_of([entry.reverses_id for entry in chunk if entry.reverses_id])
    ends = [entry.resolution for entry in chunk if hasattr(entry, "resolution")]
    events = events_by_id([row.audit_event_id for row in chunk] + [end.audit_event_id for end in ends])
    report.checked["ledger_journalentry"] += len(chunk)
    for entry in chunk:
        own = postings[entry.id]
        report.checked["ledger_posting"] += len(own)
        yield from _check_entry(entry, own, events)
        if entry.reverses_id:
            yield from _check_reversal(entry, own, reversed_postings[entry.reverses_id])


def _postings_of(entry_ids: Sequence[UUID]) -> dict[UUID, list[Posting]]:
    grouped: dict[UUID, list[Posting]] = defaultdict(list)
    for posting in Posting.objects.filter(entry__in=entry_ids).order_by("id"):
        grouped[posting.entry_id].append(posting)
    return grouped


def _check_entry(entry: JournalEntry, postings: list[Posting], events: dict[UUID, EventData]) -> Iterator[Fault]:
    written = [posting for posting in postings if posting.pending_id is None]
    ends = [posting for posting in postings if posting.pending_id is not None]
    event = events.get(entry.audit_event_id)
    if event is None:
        yield _fault("audit_event_missing", entry, "The audit event of this entry does not exist.")
    elif event.entries.get(str(entry.id)) != entry_digest(entry, written):
        numbers = ", ".join(str(posting.id) for posting in written) or "none left"
        yield _fault("entry_altered", entry, f"Entry or postings ({numbers}) differ from what the audit log holds.")
    kind = PostingKind.PENDING if entry.pending else PostingKind.POST
    if any(posting.kind != kind for posting in written):
        yield _fault("posting_kind", entry, f"A posting of this entry is not of kind {kind}.")
    yield from _check_end(entry, written, ends, events)


def _check_end(
    entry: JournalEntry, held: list[Posting], ends: list[Posting], events: dict[UUID, EventData]
) -> Iterator[Fault]:
    resolution = getattr(entry, "resolution", None)
    if resolution is None:
        if ends:
            yield _fault("resolution_missing", entry, "Postings end this entry, but nothing says who ended it.")
        return
    event = events.get(resolution.audit_event_id)
    if event is None:
        yield _fault("audit_event_missing", entry, "The audit event of this entry's end does not exist.")
    elif event.resolution != resolution_digest(resolution, ends):
        yield _fault("resolution_altered", entry, "The entry's end differs from what the audit log holds.")
    kind = _ENDS.get(EntryResolution.Outcome(resolution.outcome))
    if (
        {p.pending_id for p in ends} != {p.id for p in held}
        or len(ends) != len(held)
        or any(p.kind != kind for p in ends)
    ):
        yield _fault("pending_inconsistent", entry, "What was held and what ended it do not match.")


def _check_reversal(entry: JournalEntry, own: list[Posting], original: list[Posting]) -> Iterator[Fault]:
    booked = (PostingKind.POST, PostingKind.CAPTURE)
    mirrored = sorted((str(p.credit_id), str(p.debit_id), p.amount, p.currency) for p in own)
    moved = sorted((str(p.debit_id), str(p.credit_id), p.amount, p.currency) for p in original if p.kind in booked)
    if mirrored != moved:
        yield _fault("reversal_differs", entry, f"The entry does not mirror {entry.reverses_id}, which it reverses.")


def check_orphans() -> Iterator[Fault]:
    """Postings and ends whose entry is gone."""
    for model in (Posting, EntryResolution):
        orphans = model.objects.filter(~Exists(JournalEntry.objects.filter(pk=OuterRef("entry_id"))))
        for row in orphans.iterator(CHUNK):
            yield _row_fault("entry_missing", row, f"Its entry {row.entry_id} does not exist.")


def _fault(check: str, entry: JournalEntry, detail: str) -> Fault:
    return _row_fault(check, entry, detail)


def _row_fault(check: str, row: Model, detail: str) -> Fault:
    return Fault(check, row._meta.db_table, str(row.pk), detail)
