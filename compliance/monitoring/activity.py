"""Rolling aggregates per customer: one upsert, one read, whatever the history.

Concurrency: the upsert takes the row lock of (customer, direction, hour) until the caller's transaction ends and only
ever adds, so no update is lost. Two payments of one customer in the same hour therefore run one after the other, and
the later one sees the earlier one. Only at the turn of an hour can two that start within the same moment miss each
other; both are counted for the next. Rows are locked in (customer, direction) order, so two payments between the same
two customers in opposite directions cannot deadlock; the wallets are locked after that. Assess one transaction per
database transaction.

A transaction that is later declined or rejected stays counted: an attempt is activity.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from compliance.monitoring.models import Activity
from nexafi.core.ids import uuid7

LONGEST_WINDOW: Final = timedelta(days=7)  # rules may not look back further; older rows are purged


@dataclass(frozen=True)
class Window:
    """How much happened in the hours of a window, the current transaction included. Sums in base minor units."""

    count: int = 0
    sum_minor: int = 0
    band_count: int = 0
    band_sum_minor: int = 0


@dataclass(frozen=True)
class Flow:
    """One customer's side of a transaction."""

    customer_id: UUID
    direction: str


_UPSERT = """
INSERT INTO compliance_activity (id, customer_id, direction, hour, count, sum_minor, band_count, band_sum_minor)
VALUES {values}
ON CONFLICT (customer_id, direction, hour) DO UPDATE SET
    count = compliance_activity.count + excluded.count,
    sum_minor = compliance_activity.sum_minor + excluded.sum_minor,
    band_count = compliance_activity.band_count + excluded.band_count,
    band_sum_minor = compliance_activity.band_sum_minor + excluded.band_sum_minor
"""


def add(flows: list[Flow], *, at: datetime, base_minor: int, in_band: bool) -> None:
    """Count one transaction for each flow, in one statement. `base_minor` is 0 for an unrated currency."""
    values: list[Any] = []
    for flow in sorted(flows, key=lambda f: (f.customer_id, f.direction)):
        values += [_db("id", uuid7()), _db("customer", flow.customer_id), flow.direction, _db("hour", hour_of(at))]
        values += [1, base_minor, int(in_band), base_minor if in_band else 0]
    if values:
        row = "(" + ", ".join(["%s"] * 8) + ")"
        with connection.cursor() as cursor:
            cursor.execute(_UPSERT.format(values=", ".join([row] * len(flows))), values)


def _db(field: str, value: Any) -> Any:
    """A value as this database stores it in a column (SQLite has no UUID type)."""
    column: Any = Activity._meta.get_field(field)
    return column.get_db_prep_value(value, connection)


def windows(flows: list[Flow], *, at: datetime, hours: set[int]) -> dict[Flow, dict[int, Window]]:
    """The sums of each flow over each of the windows (in hours) that end at `at`, in one query."""
    if not flows or not hours:
        return {}
    ours = Q()
    for flow in flows:
        ours |= Q(customer_id=flow.customer_id, direction=flow.direction)
    rows = (
        Activity.objects.filter(ours, hour__gt=at - timedelta(hours=max(hours)), hour__lte=at)
        .values("customer_id", "direction")
        .annotate(**{f"{name}_{h}": _since(name, at, h) for h in hours for name in Window.__dataclass_fields__})
    )
    return {Flow(row["customer_id"], row["direction"]): {h: _window(row, h) for h in hours} for row in rows}


def _window(row: Mapping[str, Any], hours: int) -> Window:
    return Window(**{name: int(row[f"{name}_{hours}"]) for name in Window.__dataclass_fields__})


def _since(name: str, at: datetime, hours: int) -> Coalesce:
    return Coalesce(Sum(name, filter=Q(hour__gt=at - timedelta(hours=hours))), 0)


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def purge(*, before: datetime) -> int:
    """Delete the buckets that no window reaches any more; returns how many."""
    return Activity.objects.filter(hour__lt=before - LONGEST_WINDOW).delete()[0]
