"""What became of a transaction, for pages that know only its kind and id. Who holds the transactions registers how to
look one up; this module knows none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class TransactionState:
    """A transaction's status in words, its tone (nexafi.console.dashboard.Tone) and its page."""

    text: str
    tone: str
    link: str


Reader = Callable[[UUID], TransactionState | None]
_readers: dict[str, Reader] = {}


def register_states(*kinds: str) -> Callable[[Reader], Reader]:
    """Register the decorated function as the one that knows transactions of these kinds."""

    def decorate(read: Reader) -> Reader:
        _readers.update(dict.fromkeys(kinds, read))
        return read

    return decorate


def state_of(kind: str, transaction_id: UUID | None) -> TransactionState | None:
    """The state now; None for a kind or an id that nobody here holds, as when another system asked for the check."""
    read = _readers.get(kind)
    return read(transaction_id) if read and transaction_id else None
