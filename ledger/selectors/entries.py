"""Entries with their lines."""

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
    written = PostingKind.PENDING if entry.pending else PostingKind.POST
    return list(JournalLine.objects.filter(entry=entry, kind=written).select_related("account").order_by("line"))


def lines_of(entry: JournalEntry) -> list[LineDraft]:
    """The entry's lines exactly as they were given, in order."""
    return [
        LineDraft(
            account_id=line.account_id,
            side=Side.DEBIT if line.debit else Side.CREDIT,
            amount=Money(line.debit or line.credit, line.currency),
            description=entry.line_descriptions.get(str(line.line), ""),
        )
        for line in visible_lines(entry)
    ]
