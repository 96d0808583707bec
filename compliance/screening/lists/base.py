"""What every list parser returns and obeys."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from compliance.screening.types import ListedEntry

MAX_BYTES: Final = 200 * 1024 * 1024  # several times the largest list published today

T = TypeVar("T")


@dataclass(frozen=True)
class ParsedList:
    """A whole list. `warnings` are what an operator should know and that does not make the list unusable."""

    entries: tuple[ListedEntry, ...]
    label: str  # the publisher's date or file name, for people
    warnings: tuple[str, ...] = ()


def unique(values: Iterable[T | None]) -> tuple[T, ...]:
    """The values in order, without empties and repeats."""
    return tuple(dict.fromkeys(value for value in values if value))
