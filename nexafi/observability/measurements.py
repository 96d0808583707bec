"""What tasks in the background measured last: for pages that show a figure which they may not compute themselves."""

from datetime import timedelta
from typing import Any, Final

from nexafi.core import clock
from nexafi.observability.models import Measurement

STALE: Final = timedelta(minutes=5)


def keep(name: str, value: dict[str, Any]) -> None:
    """Replace the last measurement of this name."""
    Measurement.objects.update_or_create(name=name, defaults={"value": value, "taken_at": clock.now()})


def latest(name: str) -> Measurement | None:
    """The last measurement; its time belongs on the page beside it."""
    return Measurement.objects.filter(name=name).first()


def latest_of(*names: str) -> dict[str, Measurement]:
    """The last measurements of these names, in one query; those that were never made are absent."""
    return Measurement.objects.in_bulk(names)


def is_stale(measured: Measurement) -> bool:
    """Whether a task that measures every minute has missed several turns."""
    return clock.now() - measured.taken_at > STALE
