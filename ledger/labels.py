"""Labels: the keys of an entry's metadata with their values as text, by which entries are found (pure)."""

from collections.abc import Iterator
from typing import Any, Final

from ledger.models import EntryLabel, JournalEntry
from ledger.rows import EntryRow

MAX_KEY: Final = 40
MAX_VALUE: Final = 200


def labels_of(entry: EntryRow | JournalEntry) -> list[EntryLabel]:
    """One label for each key of the entry's metadata that can be searched for.

    Text stands as it is, a whole number in digits, a boolean as true or false. Lists, maps and nulls, keys of more
    than 40 and values of more than 200 characters are kept with the entry, but not searchable.
    """
    return [EntryLabel(entry_id=entry.id, key=key, value=value) for key, value in _searchable(entry)]


def _searchable(entry: EntryRow | JournalEntry) -> Iterator[tuple[str, str]]:
    for key, value in entry.metadata.items():
        text = _text(value)
        if text is not None and len(key) <= MAX_KEY and len(text) <= MAX_VALUE:
            yield key, text


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else None
