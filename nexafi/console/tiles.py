"""The dashboard's tile of the running system: every part that reports itself, the troubled ones first."""

from typing import Any

from django.http import HttpRequest

from nexafi.console.dashboard import Row, Tile, Tone, register_tile
from nexafi.console.formats import badge
from nexafi.observability import parts

_TONES = {parts.OK: Tone.GOOD, parts.DEGRADED: Tone.WARNING, parts.DOWN: Tone.BAD}
_OWN = {"name", "state", "latency_ms"}


@register_tile(order=50, permission="outbox.view")
def system_parts(request: HttpRequest) -> Tile:
    """The state of the database, the broker, the workers, the scheduler and whatever else the product leans on."""
    readings = sorted(parts.recent(max_age=10), key=lambda reading: reading["state"] == parts.OK)
    troubled = sum(reading["state"] != parts.OK for reading in readings)
    return Tile(
        title="System",
        value=f"{troubled} of {len(readings)} in trouble" if troubled else "All parts work",
        tone=_TONES[parts.worst(readings)],
        icon="monitor_heart",
        columns=("Part", "State", "Figures"),
        rows=tuple(_row(reading) for reading in readings),
        wide=True,
    )


def _row(reading: dict[str, Any]) -> Row:
    figures = ", ".join(f"{name.replace('_', ' ')} {reading[name]}" for name in reading if name not in _OWN)
    name = str(reading["name"]).replace("_", " ").capitalize()
    return Row((name, badge(reading["state"].replace("ok", "OK"), _TONES[reading["state"]]), figures))
