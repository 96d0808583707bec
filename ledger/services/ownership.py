"""Which entries people may end or reverse by hand."""

from typing import Final
from uuid import UUID

from ledger.exceptions import EntryOwnedElsewhere, UnknownEntry
from ledger.models import JournalEntry

BY_HAND: Final = frozenset({"manual", "reversal"})  # every other kind belongs to the room that wrote it


def require_by_hand(entry_id: UUID) -> None:
    """Refuse an entry that is one half of something else, a payment's say, which would stay behind as it was.

    An entry's kind never changes, so no lock is needed. Raises UnknownEntry, EntryOwnedElsewhere.
    """
    entry = JournalEntry.objects.filter(pk=entry_id).only("kind", "reference").first()
    if entry is None:
        raise UnknownEntry
    if entry.kind not in BY_HAND:
        owner = f"{entry.kind} {entry.reference}".strip()
        raise EntryOwnedElsewhere(f"The entry belongs to {owner}: act there, and the entry follows.")
