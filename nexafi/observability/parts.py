"""The parts of the running system, for /api/v1/services: each app registers how its part is asked for its state.

    @part("sanctions_lists")
    def lists() -> Reading:
        age = age_of_newest_list()
        return Reading(DEGRADED if age > 2 * DAY else OK, {"age_seconds": int(age)})

A check is one cheap bounded query and tells no names, addresses or error texts: the answer is public.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection

OK: Final = "ok"
DEGRADED: Final = "degraded"
DOWN: Final = "down"
DATABASE: Final = "database"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reading:
    """A part's state ("ok", "degraded", "down") and figures about it; ages are in seconds."""

    state: str
    figures: Mapping[str, int | str] = field(default_factory=dict)


Check = Callable[[], Reading]
_checks: dict[str, tuple[Check, bool]] = {}


def part(name: str, *, in_database: bool = True) -> Callable[[Check], Check]:
    """Register the decorated check. With `in_database` it is not asked while the database is down."""

    def decorate(check: Check) -> Check:
        _checks[name] = (check, in_database)
        return check

    return decorate


def read_part(name: str) -> dict[str, Any]:
    """One part's state, latency in milliseconds and figures. Never raises: a check that fails is down."""
    started = time.perf_counter()
    try:
        reading = _checks[name][0]()
    except Exception as error:
        log.warning("The check of %s failed: %s", name, type(error).__name__)
        reading = Reading(DOWN)
    latency = (time.perf_counter() - started) * 1000
    return {"name": name, "state": reading.state, "latency_ms": round(latency, 1), **reading.figures}


def read_all() -> list[dict[str, Any]]:
    """Every part, the database first; what lives in it is not asked while it is down."""
    names = sorted(_checks, key=lambda name: (name != DATABASE, name))
    readings: list[dict[str, Any]] = []
    for name in names:
        if _checks[name][1] and readings and readings[0]["state"] == DOWN:
            readings.append({"name": name, "state": DOWN, "latency_ms": 0.0, "because": DATABASE})
        else:
            readings.append(read_part(name))
    if readings and readings[0]["state"] == DOWN:
        connection.close()
    return readings


_latest: tuple[float, list[dict[str, Any]]] = (float("-inf"), [])


def recent(max_age: float = 1.0) -> list[dict[str, Any]]:
    """As `read_all`, at most `max_age` seconds old: who asks often costs no more than who asks once."""
    global _latest
    if time.monotonic() - _latest[0] > max_age:
        _latest = (time.monotonic(), read_all())
    return _latest[1]


def worst(readings: list[dict[str, Any]]) -> str:
    """The state of the whole: down without a database, degraded when any other part is not ok."""
    if any(reading["name"] == DATABASE and reading["state"] == DOWN for reading in readings):
        return DOWN
    return OK if all(reading["state"] == OK for reading in readings) else DEGRADED
