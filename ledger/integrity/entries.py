"""Entries, a chunk at a time in order of id: against their audit events, their ends, what they reverse, the entries
they are linked with, their labels and the periods that were closed."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Exists, OuterRef

from ledger.constants import PostingKind
from ledger.digest import entry_digest, resolution_digest
from ledger.integrity.events import EventData, events_by_id
from ledger.integrity.labels import LabelReader
from ledger.integrity.periods import ClosedPeriods
from ledger.integrity.report import Fault, Report
from ledger.models import EntryResolution, JournalEntry, PendingEntry, Posting
from ledger.rows import EntryRow, PostingRow
from nexafi.core import clock

CHUNK: Final = 500
SKEW: Final = timedelta(minutes=5)  # how far the clocks of two servers may be apart
_ENDS: dict[str, str] = {
    EntryResolution.Outcome.POSTED: PostingKind.CAPTURE,
    EntryResolution.Outcome.VOIDED: PostingKind.VOID,
    EntryResolution.Outcome.EXPIRED: PostingKind.EXPIRE,
}
_HELD_AND_ENDED = ("debit_id", "credit_id", "currency", "debit_line", "credit_line")
Postings = dict[UUID, list[Posting]]


def check_entries(report: Report, progress: Callable[[str, int], None]) -> Iterator[Fault]:
    """Every entry with its postings, its end and its labels."""
    after: UUID | None = None
    labels, closed = LabelReader(), ClosedPeriods()
    while chunk := list(_entries_after(after)):
        yield from _check_chunk(chunk, report, closed)
        yield from labels.check(chunk)
        progress("entries", len(chunk))
        after = chunk[-1].id
    yield from labels.rest()


def _entries_after(after: UUID | None) -> Iterable[JournalEntry]:
    entries = JournalEntry.objects.select_related("resolution", "hold").order_by("id")
    return (entries.filter(id__gt=after) if after else entries)[:CHUNK]


def _check_chunk(chunk: Sequence[JournalEntry], report: Report, closed: ClosedPeriods) -> Iterator[Fault]:
    postings = _postings_of([entry.id for entry in chunk])
    ends = [entry.resolution for entry in chunk if hasattr(entry, "resolution")]
    events = events_by_id([row.audit_event_id for row in chunk] + [end.audit_event_id for end in ends])
    report.checked["ledger_journalentry"] += len(chunk)
    for entry in chunk:
        own = postings[entry.id]
        report.checked["ledger_posting"] += len(own)
        yield from _check_entry(entry, own, events)
        yield from closed.check(entry, own)
    yield from _check_reversals([entry for entry in chunk if entry.reverses_id], postings)
    yield from _check_links([entry for entry in chunk if entry.linked_with])


def _postings_of(entry_ids: Sequence[UUID | None]) -> Postings:
    grouped: Postings = defaultdict(list)
    for posting in Posting.objects.filter(entry__in=entry_ids).order_by("id"):
        grouped[posting.entry_id].append(posting)
    return grouped


def _check_entry(entry: JournalEntry, postings: list[Posting], events: dict[UUID, EventData]) -> Iterator[Fault]:
    written = [posting for posting in postings if posting.pending_id is None]
    ends = [posting for posting in postings if posting.pending_id is not None]
    event = events.get(entry.audit_event_id)
    if event is None:
        yield Fault.at("audit_event_missing", entry, "The audit event of this entry does not exist.")
    elif event.entries.get(str(entry.id)) != entry_digest(EntryRow.of(entry), map(PostingRow.of, written)):
        numbers = ", ".join(str(posting.id) for posting in written) or "none left"
        yield Fault.at("entry_altered", entry, f"Entry or postings ({numbers}) differ from what the audit log holds.")
    kind = PostingKind.PENDING if entry.pending else PostingKind.POST
    if any(posting.kind != kind for posting in written):
        yield Fault.at("posting_kind", entry, f"A posting of this entry is not of kind {kind}.")
    dates = (entry.effective_date, entry.recorded_at)
    if any((posting.effective_date, posting.recorded_at) != dates for posting in written):
        yield Fault.at("posting_dates", entry)
    if entry.recorded_at > clock.now() + SKEW:
        yield Fault.at("recorded_in_future", entry)
    if not _listed_rightly(entry):
        yield Fault.at("pending_list_differs", entry)
    yield from _check_end(entry, written, ends, events)


def _listed_rightly(entry: JournalEntry) -> bool:
    """The list of what is pending holds the entry, with its time, exactly as long as nothing ended it."""
    if not entry.pending or hasattr(entry, "resolution"):
        return not hasattr(entry, "hold")
    return hasattr(entry, "hold") and entry.hold.expires_at == entry.expires_at


def _check_end(
    entry: JournalEntry, held: list[Posting], ends: list[Posting], events: dict[UUID, EventData]
) -> Iterator[Fault]:
    resolution = getattr(entry, "resolution", None)
    if resolution is None:
        if ends:
            yield Fault.at("resolution_missing", entry, "Postings end this entry, but nothing says who ended it.")
        return
    event = events.get(resolution.audit_event_id)
    if event is None:
        yield Fault.at("audit_event_missing", entry, "The audit event of this entry's end does not exist.")
    elif event.resolution != resolution_digest(resolution, map(PostingRow.of, ends)):
        yield Fault.at("resolution_altered", entry)
    if not _ends_match(held, ends, _ENDS.get(resolution.outcome, "")):
        yield Fault.at("pending_inconsistent", entry)
    late = resolution.recorded_at >= entry.recorded_at - SKEW
    if not late or any(posting.recorded_at != resolution.recorded_at for posting in ends):
        yield Fault.at("posting_dates", entry, "The entry's end was not recorded as one, or before the entry.")


def _ends_match(held: list[Posting], ends: list[Posting], kind: str) -> bool:
    """Each held posting ends once, later, on the same sides, for no more than it may be posted for."""
    by_id = {posting.id: posting for posting in held}
    return (
        {end.pending_id for end in ends} == by_id.keys()
        and len(ends) == len(held)
        and all(_ends_it(by_id[end.pending_id or 0], end, kind) for end in ends)
    )


def _ends_it(held: Posting, end: Posting, kind: str) -> bool:
    most = held.amount if kind != PostingKind.CAPTURE else held.capture_limit or held.amount
    return (
        end.kind == kind
        and end.id > held.id
        and end.released == held.amount
        and end.amount <= most
        and all(getattr(end, column) == getattr(held, column) for column in _HELD_AND_ENDED)
    )


# --- what entries have to do with one another ------------------------------------------------------------------------


def _check_reversals(reversals: Sequence[JournalEntry], postings: Postings) -> Iterator[Fault]:
    originals = JournalEntry.objects.in_bulk({entry.reverses_id for entry in reversals})
    moved = _postings_of([entry.reverses_id for entry in reversals])
    for entry in reversals:
        original = originals.get(entry.reverses_id)
        if original is None:
            yield Fault.at("reversal_differs", entry, f"{entry.reverses_id}, which it reverses, does not exist.")
        elif original.recorded_at > entry.recorded_at + SKEW:
            yield Fault.at("reversal_differs", entry, f"It was recorded before {original.id}, which it reverses.")
        elif not _mirrors(postings[entry.id], moved[original.id]):
            yield Fault.at("reversal_differs", entry, f"It does not mirror {original.id}, which it reverses.")


def _mirrors(own: list[Posting], original: list[Posting]) -> bool:
    booked = (PostingKind.POST, PostingKind.CAPTURE)
    mirrored = sorted((str(p.credit_id), str(p.debit_id), p.amount, p.currency) for p in own)
    moved = sorted((str(p.debit_id), str(p.credit_id), p.amount, p.currency) for p in original if p.kind in booked)
    return mirrored == moved


def _check_links(linked: Sequence[JournalEntry]) -> Iterator[Fault]:
    """Entries written linked share the audit event of the first; the event names every one of them."""
    firsts = JournalEntry.objects.in_bulk({entry.linked_with for entry in linked})
    for entry in linked:
        first = firsts.get(entry.linked_with)
        if first is None or first.linked_with != first.id or first.audit_event_id != entry.audit_event_id:
            yield Fault.at(
                "link_broken", entry, f"It was not written with {entry.linked_with}, the first of its group."
            )


def check_reversed_once() -> Iterator[Fault]:
    reversals = JournalEntry.objects.filter(reverses__isnull=False).order_by("reverses_id")
    for row in reversals.values("reverses_id").annotate(times=Count("id")).filter(times__gt=1).iterator(CHUNK):
        detail = f"{row['times']} entries reverse it."
        yield Fault("reversed_twice", JournalEntry._meta.db_table, str(row["reverses_id"]), detail)


def check_orphans() -> Iterator[Fault]:
    """Postings, ends and lines of the list of what is pending, whose entry is gone."""
    for model in (Posting, EntryResolution, PendingEntry):
        orphans = model.objects.filter(~Exists(JournalEntry.objects.filter(pk=OuterRef("entry_id"))))
        for row in orphans.iterator(CHUNK):
            yield Fault.at("entry_missing", row, f"Its entry {row.entry_id} does not exist.")
