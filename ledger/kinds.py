"""What kinds of entries there are: each is written by one room, which names it here when the application starts."""

from ledger.constants import RARE_KINDS

_kinds = ["manual", "exchange", *RARE_KINDS]


def register_kinds(*kinds: str) -> None:
    """Add the kinds of a room above the ledger."""
    _kinds.extend(kind for kind in kinds if kind not in _kinds)


def entry_kinds() -> tuple[str, ...]:
    """All kinds, by name."""
    return tuple(sorted(_kinds))
