"""The console's queue of requests that wait for a second person."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.enums import ActionVariant

from nexafi.approvals.models import Approval
from nexafi.approvals.registry import decided_by, kind_names
from nexafi.approvals.services import approve, reject
from nexafi.console.admin import ConsoleModelAdmin, one_of, service_action
from nexafi.console.dashboard import Tile, Tone, register_tile
from nexafi.console.formats import badge, local_time
from nexafi.console.targets import reference

_TONES = {"requested": "warning", "approved": "good", "rejected": "bad", "expired": "neutral"}
COUNT_CAP = 1000


@admin.register(Approval)
class ApprovalPage(ConsoleModelAdmin):
    """What was asked, by whom and why; a second person approves or rejects it with a reason."""

    view_permission = "approvals.view"
    nav_group, nav_title, nav_icon, nav_order = "Oversight", "Approvals", "how_to_reg", 5
    nav_key = "r"
    empty_text = "Nothing waits for a second person."
    list_display = ("asked", "kind", "target", "maker", "state", "deadline")
    list_filter = ("status", one_of("kind", kind_names))
    list_select_related = ("maker",)
    ordering = ("-requested_at", "-id")
    fields = (
        "kind", "state", "whole_target", "what", "maker", "request_reason", "asked", "deadline",
        "checker", "decision_reason", "decided", "intact",
    )  # fmt: skip
    readonly_fields = fields
    actions_detail = ("approve", "reject")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Approval]:
        user: Any = request.user
        return super().get_queryset(request).filter(pk__in=Approval.objects.visible_to(user).values("pk"))

    def object_title(self, obj: Approval) -> str:
        return f"{obj.kind.replace('_', ' ').replace('.', ': ').capitalize()}"

    def offered(self, obj: Approval) -> Collection[str]:
        return self.actions_detail if obj.status == Approval.Status.REQUESTED else ()

    def get_actions_detail(self, request: HttpRequest, object_id: str | int) -> list[Any]:
        """Nothing to who asked for it, or may not decide this kind."""
        user: Any = request.user
        approval: Any = self.get_object(request, str(object_id))
        may_decide = approval.kind in decided_by(user.may) and approval.maker_id != user.pk
        return super().get_actions_detail(request, object_id) if may_decide else []

    @admin.display(description="Requested", ordering="requested_at")
    def asked(self, approval: Approval) -> str:
        return local_time(approval.requested_at)

    @admin.display(description="Expires")
    def deadline(self, approval: Approval) -> str:
        return local_time(approval.expires_at)

    @admin.display(description="Decided")
    def decided(self, approval: Approval) -> str:
        return local_time(approval.decided_at)

    @admin.display(description="State", ordering="status")
    def state(self, approval: Approval) -> SafeString:
        return badge(approval.status, _TONES[approval.status])

    @admin.display(description="Target")
    def target(self, approval: Approval) -> SafeString | str:
        return reference(approval.target_type, approval.target_id, short=True)

    @admin.display(description="Target")
    def whole_target(self, approval: Approval) -> SafeString | str:
        """With the name of a user: nobody should decide on a number."""
        shown = reference(approval.target_type, approval.target_id)
        users = get_user_model().objects
        user: Any = users.filter(pk=approval.target_id).first() if approval.target_type == "user" else None
        return format_html("{} ({}), {}", user.full_name, user, shown) if user else shown

    @admin.display(description="What will be done")
    def what(self, approval: Approval) -> SafeString:
        rows = format_html_join(
            "",
            "<tr><th>{}</th><td>{}</td></tr>",
            ((name, _shown(each)) for name, each in sorted(approval.payload.items())),
        )
        return format_html('<table class="nx-table">{}</table>', rows)

    @admin.display(description="Unaltered since requested")
    def intact(self, approval: Approval) -> SafeString:
        return badge("yes", "good") if approval.is_intact() else badge("no: it cannot be approved", "bad")

    @service_action(
        label="Approve",
        permission="approvals.decide",
        title="Approve this request",
        description="What was asked is done at once, in your name as the second person.",
        icon="check",
        variant=ActionVariant.SUCCESS,
        key="a",
    )
    def approve(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        user: Any = request.user
        approve(approval_id=UUID(object_id), checker=user, reason=data["reason"])
        return "Approved and done."

    @service_action(
        label="Reject",
        permission="approvals.decide",
        title="Reject this request",
        icon="block",
        variant=ActionVariant.DANGER,
        key="r",
    )
    def reject(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        user: Any = request.user
        reject(approval_id=UUID(object_id), checker=user, reason=data["reason"])
        return "Rejected."


def _shown(value: Any) -> str:
    """A value of a payload in words: a map as "score 55, threshold 500"."""
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {each}" for name, each in sorted(value.items()))
    return str(value)


@register_tile(order=40, permission="approvals.decide")
def waiting_requests(request: HttpRequest) -> Tile:
    """Requests that this user may be the second person for."""
    user: Any = request.user
    mine = Approval.objects.waiting().filter(kind__in=decided_by(user.may)).exclude(maker_id=user.pk)
    waiting = mine[:COUNT_CAP].count()
    return Tile(
        title="Approvals waiting",
        value=f"{waiting}+" if waiting == COUNT_CAP else str(waiting),
        caption="Requests that you may decide",
        tone=Tone.WARNING if waiting else Tone.GOOD,
        link=reverse("admin:approvals_approval_changelist") + "?status__exact=requested",
        icon="how_to_reg",
    )
