"""Figures of the work in hand. Counts run over active rows and recent days only, each on an index."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count
from django.db.models.functions import TruncDate

from compliance.cases.models import Alert
from compliance.kyc.models import KycVerification
from compliance.screening.selectors import list_status
from nexafi.core import clock

TREND_DAYS: Final = 30
AGES: Final = (("0-2 days", 2), ("3-10 days", 10), ("11-30 days", 30), ("over 30 days", None))


def age_band(created_at: datetime, now: datetime) -> str:
    """In which band of waiting time something is, by full days."""
    days = (now - created_at).days
    return next(name for name, limit in AGES if limit is None or days <= limit)


def case_figures() -> dict[str, Any]:
    """What waits, how long, what is late, and how the last 30 days went."""
    now = clock.now()
    return {
        "as_of": now.isoformat(),
        "alerts": alert_figures(now),
        "kyc": kyc_figures(),
        "lists": list_figures(),
        "trend": trend(now),
    }


def alert_figures(now: datetime) -> dict[str, Any]:
    """Active alerts by severity and age; late ones; the oldest."""
    rows = list(Alert.objects.active().values_list("severity", "created_at", "due_at", "assignee_id"))
    ages = Counter(age_band(created_at, now) for _, created_at, _, _ in rows)
    severities = Counter(severity for severity, _, _, _ in rows)
    oldest = min((created_at for _, created_at, _, _ in rows), default=None)
    return {
        "active": len(rows),
        "unassigned": sum(assignee is None for _, _, _, assignee in rows),
        "overdue": sum(due_at < now for _, _, due_at, _ in rows),
        "by_severity": {severity: severities[severity] for severity in Alert.Severity.values},
        "by_age": {name: ages[name] for name, _ in AGES},
        "oldest_created_at": oldest.isoformat() if oldest else None,
    }


def kyc_figures() -> dict[str, Any]:
    """Verifications that wait for staff and for customers."""
    waiting = KycVerification.objects.filter(status__in=KycVerification.OPEN)
    counts = dict(waiting.order_by().values_list("status").annotate(Count("pk")))
    oldest = KycVerification.objects.waiting().order_by("id").values_list("created_at", flat=True).first()
    return {
        "ready_for_review": counts.get(KycVerification.Status.DOCUMENTS_RECEIVED, 0),
        "documents_awaited": counts.get(KycVerification.Status.REQUESTED, 0),
        "oldest_created_at": oldest.isoformat() if oldest else None,
    }


def list_figures() -> list[dict[str, Any]]:
    """The sanctions lists in force with their age in whole days."""
    return [
        {
            "code": status.code,
            "version": status.version,
            "entries": status.entries,
            "imported_at": status.imported_at.isoformat(),
            "age_days": status.age.days,
            "is_starter": status.starter,
        }
        for status in list_status()
    ]


def trend(now: datetime) -> list[dict[str, Any]]:
    """Alerts opened on each of the last 30 days that had any, with how they were decided since."""
    since = (now - timedelta(days=TREND_DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = (
        Alert.objects.filter(created_at__gte=since)
        .annotate(day=TruncDate("created_at"))
        .order_by("day")
        .values_list("day", "status")
        .annotate(Count("pk"))
    )
    days: dict[str, dict[str, Any]] = {}
    for day, status, count in rows:
        entry = days.setdefault(day.isoformat(), {"day": day.isoformat(), "opened": 0, "released": 0, "rejected": 0})
        entry["opened"] += count
        if status in {Alert.Status.RELEASED, Alert.Status.REJECTED}:
            entry[status] += count
    return list(days.values())
