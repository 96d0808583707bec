"""Console pages of the audit log: what was done by whom, and the proof that it stands as it was written."""

import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.contrib.filters.admin import RangeDateTimeFilter, TextFilter
from unfold.decorators import action

from audit.models import AuditEvent, TreeHead
from audit.selectors import inclusion_proof, seal_state
from nexafi.console.admin import ConsoleModelAdmin
from nexafi.console.dashboard import Tile, Tone, register_tile
from nexafi.console.formats import local_time
from nexafi.core import clock

_LATE = 5  # seconds that an event may wait to be sealed


class _Exact(TextFilter):
    """Finds one value by index."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = (self.value() or "").strip()
        return queryset.filter(**{str(self.parameter_name): value}) if value else queryset


class ActionFilter(_Exact):
    title, parameter_name = "action", "action"


class ActorFilter(_Exact):
    title, parameter_name = "actor id", "actor_id"


class TargetFilter(_Exact):
    title, parameter_name = "target id", "target_id"


@admin.register(AuditEvent)
class AuditEventPage(ConsoleModelAdmin):
    """The sealed events, newest first. Search by the id of a target or an actor, or by an action."""

    view_permission = "audit.view"
    nav_group, nav_title, nav_icon, nav_order = "Oversight", "Audit log", "verified_user", 10
    list_display = ("seq", "recorded", "action", "actor", "target")
    list_filter = (ActionFilter, ActorFilter, TargetFilter, ("created_at", RangeDateTimeFilter))
    list_filter_submit = True
    search_fields = ("target_id",)
    search_help_text = "Id of a target or an actor, or an action, in full"
    ordering = ("-created_at", "-seq")
    fields = ("seq", "recorded", "action", "actor", "target", "reason", "data", "body_text", "leaf_hash", "id")
    readonly_fields = fields
    actions_detail = ("verify",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(Q(target_id=term) | Q(actor_id=term) | Q(action=term)), False

    @admin.display(description="Recorded", ordering="created_at")
    def recorded(self, event: AuditEvent) -> str:
        return local_time(event.created_at)

    @admin.display(description="Actor")
    def actor(self, event: AuditEvent) -> str:
        return f"{event.actor_kind} {event.actor_id}".strip()

    @admin.display(description="Target")
    def target(self, event: AuditEvent) -> str:
        return f"{event.target_type} {event.target_id}".strip()

    @admin.display(description="Reason")
    def reason(self, event: AuditEvent) -> str:
        return _body(event).get("reason") or "—"

    @admin.display(description="Data")
    def data(self, event: AuditEvent) -> str:
        return _preformatted(json.dumps(_body(event).get("data"), indent=2, ensure_ascii=False))

    @admin.display(description="Bytes as hashed")
    def body_text(self, event: AuditEvent) -> str:
        return _preformatted(bytes(event.body).decode(errors="replace"))

    @admin.display(description="Leaf hash (SHA-256)")
    def leaf_hash(self, event: AuditEvent) -> str:
        return format_html("<code>{}</code>", bytes(event.hashes)[:32].hex())

    @action(description="Verify", icon="verified", permissions=["audit.view"])
    def verify(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hash the stored bytes again and follow the inclusion proof to the newest signed root."""
        event = AuditEvent.objects.get(seq=object_id)
        proof = inclusion_proof(event.id)
        if proof.holds():
            size, steps = f"{proof.head.size:,}", len(proof.path)
            messages.success(request, f"Proved: event {event.seq} of {size}, by {steps} hashes up to the signed root.")
        else:
            messages.error(request, "NOT PROVED: the stored bytes do not lead to the signed root. Run verify_audit.")
        return HttpResponseRedirect(reverse("admin:audit_auditevent_change", args=[object_id]))


@admin.register(TreeHead)
class TreeHeadPage(ConsoleModelAdmin):
    """The signed states of the log."""

    view_permission = "audit.view"
    nav_group, nav_title, nav_icon, nav_order = "Oversight", "Signed heads", "signature", 11
    list_display = ("size", "signed", "root_hash")
    ordering = ("-size",)
    fields = ("size", "previous_size", "signed", "root_hash", "note")
    readonly_fields = fields

    @admin.display(description="Signed", ordering="signed_at")
    def signed(self, head: TreeHead) -> str:
        return local_time(head.signed_at)

    @admin.display(description="Root")
    def root_hash(self, head: TreeHead) -> str:
        return format_html("<code>{}</code>", bytes(head.root).hex())

    @admin.display(description="Checkpoint")
    def note(self, head: TreeHead) -> str:
        return _preformatted(head.checkpoint)


def _body(event: AuditEvent) -> dict[str, Any]:
    try:
        return dict(json.loads(bytes(event.body)))
    except ValueError:  # altered past the application: the page must still open
        return {}


def _preformatted(text: str) -> str:
    return format_html('<pre style="white-space: pre-wrap; overflow-wrap: anywhere">{}</pre>', text)


@register_tile(order=60, permission="audit.view")
def seal_tile(request: HttpRequest) -> Tile:
    """How many events are sealed, and how long the oldest unsealed one waits."""
    state, head = seal_state(), TreeHead.objects.order_by("-size").first()
    seconds = int(state.lag.total_seconds())
    late = seconds > _LATE
    ago = int((clock.now() - head.signed_at).total_seconds()) if head else 0
    caption = f"{state.pending:,} wait, the oldest for {seconds} s" if late else f"All sealed; last head {ago:,} s ago"
    return Tile(
        title="Audit log",
        value=f"{state.size:,} events",
        caption=caption if head or late else "Nothing recorded yet",
        tone=Tone.BAD if late else Tone.GOOD,
        link=reverse("admin:audit_auditevent_changelist"),
        icon="verified_user",
    )
