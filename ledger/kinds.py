"""What kinds of entries there are. Each kind is written by one room, which names it here when the application starts."""

from ledger.constants import CLOSING_KIND, REALISATION_KIND, REVALUATION_KIND, UNREVALUATION_KIND

_kinds = ["manual", "reversal", "exchange", CLOSING_KIND, REVALUATION_KIND, UNREVALUATION_KIND, REALISATION_KIND]


def register_kinds(*kinds: str) -> None:
    """Add the kinds of a room above the ledger."""
    _kinds.extend(kind for kind in kinds if kind not in _kinds)


def entry_kinds() -> tuple[str, ...]:
    """All kinds, by name."""
    return tuple(sorted(_kinds))
