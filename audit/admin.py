"""Console pages of the audit log: what was done by whom, and the proof that it stands as it was written."""

import json
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from unfold.contrib.filters.admin import RangeDateTimeFilter, TextFilter
from unfold.decorators import action

from audit.models import AuditEvent, TreeHead
from audit.selectors import inclusion_proof, seal_state
from nexafi.console.admin import ConsoleModelAdmin, IndexedList
from nexafi.console.dashboard import Row, Tile, Tone, register_tile
from nexafi.console.formats import local_time, preformatted
from nexafi.console.targets import reference
from nexafi.core import clock

SHOWN = 8  # newest events on the dashboard
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


class RecordedFilter(RangeDateTimeFilter):
    """From and to, in UTC as the log itself is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "time of recording, UTC"


class _WithNames(IndexedList):
    """A page of events whose actors are named in one query."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        for event, name in zip(self.result_list, name_actors(self.result_list), strict=True):
            event.actor_name = name


def name_actors(events: list[AuditEvent]) -> list[str]:
    """Who acted, event by event: a user's e-mail address, or the kind and id as recorded."""
    ids = {event.actor_id for event in events if event.actor_kind == "user"}
    names = {str(user.pk): str(user) for user in get_user_model().objects.filter(pk__in=ids)} if ids else {}
    return [names.get(event.actor_id) or f"{event.actor_kind} {event.actor_id}".strip() for event in events]


@admin.register(AuditEvent)
class AuditEventPage(ConsoleModelAdmin):
    """The sealed events, newest first. Search by the id of a target or an actor, or by an action."""

    view_permission = "audit.view"
    nav_group, nav_title, nav_icon, nav_order = "Oversight", "Audit log", "verified_user", 10
    nav_key = "l"
    list_display = ("seq", "recorded", "action", "actor", "target")
    list_filter = (ActionFilter, ActorFilter, TargetFilter, ("created_at", RecordedFilter))
    list_filter_submit = True
    search_fields = ("target_id",)
    search_help_text = "Id of a target or an actor, or an action, in full"
    ordering = ("-created_at", "-seq")
    fields = ("seq", "recorded", "action", "actor", "whole_target", "reason", "data", "body_text", "leaf_hash", "id")
    readonly_fields = fields
    actions_detail = ("verify",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(Q(target_id=term) | Q(actor_id=term) | Q(action=term)), False

    def object_title(self, obj: AuditEvent) -> str:
        return f"Event {obj.seq:,}: {obj.action}"

    @admin.display(description="Recorded", ordering="created_at")
    def recorded(self, event: AuditEvent) -> str:
        return local_time(event.created_at)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[IndexedList]:
        return _WithNames

    @admin.display(description="Actor")
    def actor(self, event: AuditEvent) -> str:
        return getattr(event, "actor_name", None) or name_actors([event])[0]

    @admin.display(description="Target")
    def target(self, event: AuditEvent) -> SafeString | str:
        return reference(event.target_type, event.target_id, short=True)

    @admin.display(description="Target")
    def whole_target(self, event: AuditEvent) -> SafeString | str:
        return reference(event.target_type, event.target_id)

    @admin.display(description="Reason")
    def reason(self, event: AuditEvent) -> str:
        return _body(event).get("reason") or "—"

    @admin.display(description="Data")
    def data(self, event: AuditEvent) -> str:
        return preformatted(json.dumps(_body(event).get("data"), indent=2, ensure_ascii=False))

    @admin.display(description="Bytes as hashed")
    def body_text(self, event: AuditEvent) -> str:
        return preformatted(bytes(event.body).decode(errors="replace"))

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

    def object_title(self, obj: TreeHead) -> str:
        return f"Head of {obj.size:,} events"

    @admin.display(description="Signed", ordering="signed_at")
    def signed(self, head: TreeHead) -> str:
        return local_time(head.signed_at)

    @admin.display(description="Root")
    def root_hash(self, head: TreeHead) -> str:
        return format_html("<code>{}</code>", bytes(head.root).hex())

    @admin.display(description="Checkpoint")
    def note(self, head: TreeHead) -> str:
        return preformatted(head.checkpoint)


def _body(event: AuditEvent) -> dict[str, Any]:
    try:
        return dict(json.loads(bytes(event.body)))
    except ValueError:  # altered past the application: the page must still open
        return {}


@register_tile(order=60, permission="audit.view")
def seal_tile(request: HttpRequest) -> Tile:
    """How many events are sealed, and how long the oldest unsealed one waits."""
    state = seal_state()
    seconds = int(state.lag.total_seconds())
    late = seconds > _LATE
    ago = timesince(state.signed_at, clock.now(), depth=1) if state.signed_at else ""
    caption = (
        f"{state.pending:,} wait, the oldest for {seconds} s" if late else f"All sealed, the last head is {ago} old"
    )
    return Tile(
        title="Audit log",
        value=f"{state.size:,} events",
        caption=caption if state.signed_at or late else "Nothing recorded yet",
        tone=Tone.BAD if late else Tone.GOOD,
        link=reverse("admin:audit_auditevent_changelist"),
        icon="verified_user",
    )


def _in_words(action: str) -> str:
    """ "compliance.alert_opened" as "Alert opened", "approvals.requested" as "Approvals requested"."""
    app, _, rest = action.partition(".")
    words = rest.replace("_", " ") if "_" in rest else f"{app} {rest}".strip()
    return words.capitalize().replace("Kyc", "KYC")


@register_tile(order=61, permission="audit.view")
def latest_events(request: HttpRequest) -> Tile:
    """What was done last, and by whom."""
    events = list(AuditEvent.objects.order_by("-created_at", "-seq")[:SHOWN])
    page = "admin:audit_auditevent_change"
    rows = [
        Row((_in_words(event.action), name, local_time(event.created_at)), link=reverse(page, args=[event.pk]))
        for event, name in zip(events, name_actors(events), strict=True)
    ]
    return Tile(
        title="Done last",
        link=reverse("admin:audit_auditevent_changelist"),
        icon="history",
        columns=("Action", "By", "When"),
        rows=tuple(rows),
        empty="Nothing recorded yet.",
        wide=True,
    )
