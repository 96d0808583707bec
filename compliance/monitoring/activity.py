"""Rolling aggregates per customer: one upsert, one read, whatever the history.

Concurrency: the upsert takes the row lock of (customer, direction, hour) until the caller's transaction ends and only
ever adds, so no update is lost. Two payments of one customer in the same hour therefore run one after the other, and
the later one sees the earlier one. Only at the turn of an hour can two that start within the same moment miss each
other; both are counted for the next. Rows are locked in (customer, direction) order, so two payments between the same
two customers in opposite directions cannot deadlock; the wallets are locked after that. Assess one transaction per
database transaction.

A transaction that is later declined or rejected stays counted: an attempt is activity.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import connection

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


_SUMMED: Final = tuple(field.name for field in fields(Window))
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
    """The sums of each flow over each of the windows (in hours) that end at `at`, in one query.

    Plain SQL, as the same query built by the ORM takes half the time of a whole assessment.
    """
    if not flows or not hours:
        return {}
    lengths = sorted(hours)
    starts = [_db("hour", at - timedelta(hours=h)) for h in lengths]
    customers = [_db("customer", flow.customer_id) for flow in flows]
    with connection.cursor() as cursor:
        values = [*(start for start in starts for _ in _SUMMED), *customers, starts[-1], _db("hour", at)]
        cursor.execute(_select(len(lengths), len(customers)), values)
        rows = cursor.fetchall()
    return {Flow(UUID(str(row[0])), row[1]): dict(zip(lengths, _windows(row[2:]), strict=True)) for row in rows}


@cache
def _select(windows_count: int, customers: int) -> str:
    """One sum per window and column; the caller's values come in the same order."""
    sums = [f"SUM(CASE WHEN hour > %s THEN {name} ELSE 0 END)" for _ in range(windows_count) for name in _SUMMED]
    return (
        f"SELECT customer_id, direction, {', '.join(sums)} FROM compliance_activity "  # noqa: S608  our own names
        f"WHERE customer_id IN ({', '.join(['%s'] * customers)}) AND hour > %s AND hour <= %s "
        "GROUP BY customer_id, direction"
    )


def _windows(sums: Sequence[Any]) -> list[Window]:
    size = len(_SUMMED)
    return [Window(*(int(value) for value in sums[i : i + size])) for i in range(0, len(sums), size)]


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def purge(*, before: datetime) -> int:
    """Delete the buckets that no window reaches any more; returns how many."""
    return Activity.objects.filter(hour__lt=before - LONGEST_WINDOW).delete()[0]
