"""The alert queue and the alert page."""

from collections.abc import Collection
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.models import User
from accounts.roles import PERMISSIONS
from compliance.cases import tiles  # noqa: F401  registers the dashboard's tiles
from compliance.cases.models import Alert
from compliance.cases.presentation import SEVERITY_TONES, STATUS_TONES, alert_context, sla_clock
from compliance.cases.services import decisions
from nexafi.console.admin import ConsoleModelAdmin, service_action
from nexafi.console.formats import badge, money
from nexafi.core import clock
from nexafi.core.context import acting_as
from nexafi.core.errors import DomainError

WORKERS = [role for role, permissions in PERMISSIONS.items() if "compliance.work_alerts" in permissions]


class AssignForm(BaseDialogForm):
    """Who works on it; by default whoever asks."""

    assignee = forms.ChoiceField(label="Assign to", widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = User.objects.filter(is_active=True, role_grants__role__in=WORKERS).distinct().order_by("first_name")
        choices = [("", "Me"), *((str(user.pk), f"{user.full_name} ({user.email})") for user in staff[:200])]
        field = cast(forms.ChoiceField, self.fields["assignee"])
        field.choices, field.required = choices, False


class ViewFilter(SimpleListFilter):
    """The queue's views. Without a choice: what is mine or nobody's."""

    title, parameter_name = "view", "view"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("mine", "Mine and unassigned"), ("active", "All active"), ("late", "Late"), ("decided", "Decided")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        alerts = cast(Any, queryset)
        view = self.value() or "mine"
        if view == "decided":
            return alerts.exclude(status__in=Alert.ACTIVE)
        if view == "late":
            return alerts.overdue(clock.now())
        if view == "active":
            return alerts.active()
        return alerts.active().filter(Q(assignee=None) | Q(assignee_id=request.user.pk))


@admin.register(Alert)
class AlertPage(ConsoleModelAdmin):
    """The queue: what is due first stands first. The page: why, who, what is known, and the decision."""

    view_permission = "compliance.view"
    nav_group, nav_title, nav_icon, nav_order = "Compliance", "Alerts", "notifications_active", 10
    nav_key = "a"
    empty_text = "Nothing waits for a decision in this view."
    list_display = ("what", "severity_badge", "due", "subject_column", "amount_column", "assignee_column", "state")
    list_display_links = ("what",)
    list_filter = (ViewFilter, "severity", "source")
    list_select_related = ("assignee", "assessment")
    search_fields = ("subject_name__startswith", "=transaction_id")
    search_help_text = "Start of the customer's name, or a transaction id"
    ordering = ("due_at", "id")
    list_before_template = "compliance/alert_views.html"
    change_form_template = "compliance/alert.html"
    actions_detail = ("release", "reject", "assign")

    # --- the queue ---------------------------------------------------------------------------------------------

    @display(description="Why")
    def what(self, alert: Alert) -> SafeString:
        reasons = alert.assessment.reasons if alert.assessment else []
        first = reasons[0]["explanation"] if reasons else alert.get_source_display()
        return format_html('<span class="nx-what">{}</span><span class="nx-sub">{}</span>', alert.title, first)

    @display(description="Severity", ordering="score")
    def severity_badge(self, alert: Alert) -> SafeString:
        return badge(alert.get_severity_display(), SEVERITY_TONES[alert.severity])

    @display(description="Due", ordering="due_at")
    def due(self, alert: Alert) -> SafeString:
        sla = sla_clock(alert, clock.now())
        icon = format_html('<span class="material-symbols-outlined" aria-hidden="true">{}</span>', sla.icon)
        return format_html('<span class="nx-clock nx-clock--{}">{}{}</span>', sla.tone, icon, sla.text)

    @display(description="Customer", ordering="subject_name")
    def subject_column(self, alert: Alert) -> str:
        return alert.subject_name or "—"

    @display(description="Amount", ordering="amount_minor")
    def amount_column(self, alert: Alert) -> SafeString:
        return money(alert.amount)

    @display(description="Assignee")
    def assignee_column(self, alert: Alert) -> str:
        return alert.assignee.full_name if alert.assignee else "—"

    @display(description="Status")
    def state(self, alert: Alert) -> SafeString:
        return badge(alert.get_status_display(), STATUS_TONES[alert.status])

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        view = request.GET.get("view", "mine")
        views = [(key, label, key == view) for key, label in ViewFilter.lookups(cast(Any, None), request, self)]
        may_work = cast(User, request.user).may("compliance.work_alerts")
        return super().changelist_view(request, {"views": views, "may_work": may_work, **(extra_context or {})})

    # --- the page ----------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        return super().get_queryset(request).select_related("assessment", "subject", "assignee", "decided_by")

    def object_title(self, obj: Alert) -> str:
        return f"{obj.title}: {obj.subject_name}" if obj.subject_name else obj.title

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context |= alert_context(context["original"], cast(User, request.user))
        return super().render_change_form(request, context, *args, **kwargs)

    def offered(self, obj: Alert) -> Collection[str]:
        """Nothing more to do on a decided alert."""
        return self.actions_detail if obj.is_active else ()

    @service_action(
        label="Release",
        permission="compliance.decide_alerts",
        title="Release: nothing stands against it",
        description="Held money moves at once. The decision is final and goes into the audit log with your reason.",
        icon="check_circle",
        variant=ActionVariant.SUCCESS,
        key="r",
    )
    def release(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        decisions.release_alert(UUID(object_id), data["reason"])
        return "Released."

    @service_action(
        label="Reject",
        permission="compliance.decide_alerts",
        title="Reject: the suspicion holds",
        description="Held money goes back to the sender. The decision is final and goes into the audit log.",
        icon="block",
        variant=ActionVariant.DANGER,
        key="x",
    )
    def reject(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        decisions.reject_alert(UUID(object_id), data["reason"])
        return "Rejected."

    @service_action(
        label="Assign",
        permission="compliance.work_alerts",
        title="Assign this alert",
        icon="person_add",
        key="e",
        form=AssignForm,
    )
    def assign(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        alert = decisions.assign_alert(UUID(object_id), UUID(data["assignee"]) if data["assignee"] else None)
        return f"Assigned to {alert.assignee.full_name}." if alert.assignee else "Assigned."

    # --- plain forms -------------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        own = [
            path("next/", self.admin_site.admin_view(require_POST(self.next_view)), name="compliance_alert_next"),
            path(
                "<uuid:alert_id>/comment/",
                self.admin_site.admin_view(require_POST(self.comment_view)),
                name="compliance_alert_comment",
            ),
        ]
        return [*own, *super().get_urls()]

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """Take the most urgent unassigned alert and open it."""
        url = reverse("admin:compliance_alert_changelist")
        try:
            with acting_as("user", str(request.user.pk)):
                alert = decisions.take_next()
        except DomainError as error:
            messages.error(request, error.detail)
            return HttpResponseRedirect(url)
        if alert is None:
            messages.info(request, "Nothing waits: every active alert has somebody.")
            return HttpResponseRedirect(url)
        return HttpResponseRedirect(reverse("admin:compliance_alert_change", args=[alert.pk]))

    def comment_view(self, request: HttpRequest, alert_id: UUID) -> HttpResponse:
        """Add a note to the timeline."""
        try:
            with acting_as("user", str(request.user.pk)):
                decisions.comment_alert(alert_id, request.POST.get("comment", ""))
            messages.success(request, "Comment added.")
        except DomainError as error:
            messages.error(request, error.detail)
        return HttpResponseRedirect(reverse("admin:compliance_alert_change", args=[alert_id]) + "#timeline")
