"""How the sequencer is doing, for /api/v1/services."""

from audit.selectors import seal_state
from nexafi.observability.parts import DEGRADED, DOWN, OK, Reading, part

_LATE, _STOPPED = 5, 120  # seconds that an event waits to be sealed


@part("audit_log")
def audit_log() -> Reading:
    """The age of the oldest unsealed event."""
    state = seal_state()
    seconds = state.lag.total_seconds()
    verdict = OK if seconds < _LATE else DEGRADED if seconds < _STOPPED else DOWN
    return Reading(verdict, {"seal_lag_ms": int(seconds * 1000), "pending": state.pending, "tree_size": state.size})
