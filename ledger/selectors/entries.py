"""Entries with their lines."""

from collections.abc import Iterable
from uuid import UUID

from ledger.constants import PostingKind
from ledger.exceptions import UnknownEntry
from ledger.models import JournalEntry, JournalLine
from ledger.types import LineDraft, Side
from nexafi.core.money import Money


def find_entry(entry_id: UUID) -> JournalEntry:
    """The entry with its status, resolution and reversals at hand. Raises UnknownEntry."""
    entries = JournalEntry.objects.with_status().select_related("resolution").prefetch_related("reversals")
    try:
        return entries.get(pk=entry_id)
    except JournalEntry.DoesNotExist as error:
        raise UnknownEntry from error


def visible_lines(entry: JournalEntry) -> list[JournalLine]:
    """The lines as they were written, with their accounts, in order."""
    return _lines(entry, PostingKind.PENDING if entry.pending else PostingKind.POST)


def captured_lines(entry: JournalEntry) -> list[JournalLine]:
    """Of an entry that was pending: its lines with the amounts it was posted for; none while it is not posted."""
    return _lines(entry, PostingKind.CAPTURE)


def _lines(entry: JournalEntry, kind: PostingKind) -> list[JournalLine]:
    return list(JournalLine.objects.filter(entry=entry, kind=kind).select_related("account").order_by("line"))


def lines_of(entry: JournalEntry) -> list[LineDraft]:
    """The entry's lines exactly as they were given, in order."""
    return _drafts(entry, visible_lines(entry))


def moved_lines_of(entry: JournalEntry) -> list[LineDraft]:
    """The lines with the amounts that moved: of a pending entry, what it was posted for (none while it is not)."""
    return _drafts(entry, captured_lines(entry) if entry.pending else visible_lines(entry))


def _drafts(entry: JournalEntry, lines: Iterable[JournalLine]) -> list[LineDraft]:
    return [
        LineDraft(
            account_id=line.account_id,
            side=Side.DEBIT if line.debit else Side.CREDIT,
            amount=Money(line.debit or line.credit, line.currency),
            description=entry.line_descriptions.get(str(line.line), ""),
        )
        for line in lines
    ]
