"""Labels against the metadata they were made from."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from ledger.integrity.report import Fault
from ledger.labels import labels_of
from ledger.models import EntryLabel, JournalEntry

Label = tuple[UUID, str, str]  # entry, key, value


class LabelReader:
    """Reads all labels once, in the order of their entries, beside whoever reads the entries in that order."""

    def __init__(self) -> None:
        rows = EntryLabel.objects.order_by("entry_id").values_list("entry_id", "key", "value").iterator(5000)
        self._groups = groupby(rows, key=itemgetter(0))
        self._next = self._advance()

    def check(self, entries: Sequence[JournalEntry]) -> Iterator[Fault]:
        """The labels of the next entries; those in between belong to no entry."""
        for entry in entries:
            while self._next and self._next[0] < entry.id:
                yield self._orphan()
            found = self._next[1] if self._next and self._next[0] == entry.id else set()
            if found:
                self._next = self._advance()
            if found != {(label.key, label.value) for label in labels_of(entry)}:
                yield Fault.at("labels_differ", entry)

    def rest(self) -> Iterator[Fault]:
        """Labels behind the last entry."""
        while self._next:
            yield self._orphan()

    def _orphan(self) -> Fault:
        assert self._next
        entry_id = str(self._next[0])
        self._next = self._advance()
        return Fault(
            "labels_differ", EntryLabel._meta.db_table, entry_id, "The labels of an entry that does not exist."
        )

    def _advance(self) -> tuple[UUID, set[tuple[str, str]]] | None:
        group = next(self._groups, None)
        return (group[0], {(key, value) for _, key, value in group[1]}) if group else None
