"""The age of the sanctions lists, for /api/v1/services."""

from datetime import timedelta

from compliance.screening.selectors import list_status
from nexafi.observability.parts import DEGRADED, DOWN, OK, Reading, part

STALE_AFTER = timedelta(days=3)  # the sources publish on working days


@part("sanctions_lists")
def sanctions_lists() -> Reading:
    """Whether there are whole lists to screen against, and how old the one imported longest ago is."""
    lists = list_status()
    if not lists:
        return Reading(DOWN, {"lists": 0})
    oldest = max(item.age for item in lists)
    starters = sum(item.starter for item in lists)
    state = OK if oldest < STALE_AFTER and not starters else DEGRADED
    return Reading(state, {"lists": len(lists), "starters": starters, "age_seconds": int(oldest.total_seconds())})
