"""The dashboard's figures about work in hand."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from compliance.cases.models import Alert
from compliance.cases.presentation import SEVERITY_TONES, sla_clock
from compliance.cases.selectors import alert_figures, kyc_figures
from nexafi.console.dashboard import Bar, Row, Tile, Tone, register_tile
from nexafi.console.formats import money
from nexafi.core import clock


def _figures(request: HttpRequest) -> dict[str, Any]:
    """The figures that two tiles share, read once for a page."""
    if not hasattr(request, "_alert_figures"):
        request._alert_figures = alert_figures(clock.now())  # type: ignore[attr-defined]
    return request._alert_figures  # type: ignore[attr-defined]


def _queue(**parameters: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    return f"{reverse('admin:compliance_alert_changelist')}?{query}"


@register_tile(order=10, permission="compliance.view")
def open_alerts(request: HttpRequest) -> Tile:
    figures = _figures(request)
    late = figures["overdue"]
    counts = figures["by_severity"]
    severities = [
        Bar(label, counts[value], Tone(SEVERITY_TONES[value]), _queue(view="active", severity__exact=value))
        for value, label in reversed(Alert.Severity.choices)
    ]
    caption = f"{late} past the agreed time, {figures['unassigned']} unassigned"
    return Tile(
        title="Open alerts",
        value=str(figures["active"]),
        caption=caption if figures["active"] else "All clear",
        tone=Tone.BAD if late else Tone.NEUTRAL,
        link=_queue(view="late" if late else "active"),
        icon="notifications_active",
        bars=tuple(severities),
    )


@register_tile(order=11, permission="compliance.view")
def alerts_by_age(request: HttpRequest) -> Tile:
    figures = _figures(request)
    late = figures["overdue"]
    tones = (Tone.GOOD, Tone.NEUTRAL, Tone.WARNING, Tone.BAD)
    ages = zip(figures["by_age"].items(), tones, strict=True)
    return Tile(
        title="Service levels",
        value=f"{late} late" if late else "On time",
        caption="Active alerts by age",
        tone=Tone.BAD if late else Tone.GOOD,
        link=_queue(view="late"),
        icon="timer",
        bars=tuple(Bar(label, count, tone) for (label, count), tone in ages),
    )


@register_tile(order=20, permission="compliance.view")
def kyc_waiting(request: HttpRequest) -> Tile:
    figures: dict[str, Any] = kyc_figures()
    ready = figures["ready_for_review"]
    return Tile(
        title="KYC to review",
        value=str(ready),
        caption=f"{figures['documents_awaited']} wait for the customer's documents",
        tone=Tone.WARNING if ready else Tone.NEUTRAL,
        link=f"{reverse('admin:compliance_kycverification_changelist')}?status__exact=documents_received",
        icon="badge",
    )


@register_tile(order=15, permission="compliance.work_alerts")
def due_next(request: HttpRequest) -> Tile:
    now = clock.now()
    rows = [
        Row(
            (alert.title, alert.subject_name or "—", money(alert.amount), sla_clock(alert, now).text),
            link=reverse("admin:compliance_alert_change", args=[alert.pk]),
        )
        for alert in Alert.objects.active().by_urgency()[:6]
    ]
    return Tile(
        title="Due next",
        link=_queue(view="mine"),
        icon="low_priority",
        columns=("Alert", "Customer", "Amount", "Time"),
        rows=tuple(rows),
        empty="Nothing waits for a decision.",
        wide=True,
    )
