"""The console's page of events: which are parked and why, and the button that delivers one again."""

import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from nexafi.console.admin import ConsoleModelAdmin, service_action
from nexafi.console.dashboard import Tile, Tone, register_tile
from nexafi.console.formats import badge, local_time, preformatted
from nexafi.outbox.models import OutboxEvent
from nexafi.outbox.services.upkeep import retry_parked

COUNT_CAP = 1000
_TONES = {"pending": "neutral", "delivered": "good", "parked": "bad"}


@admin.register(OutboxEvent)
class OutboxEventPage(ConsoleModelAdmin):
    """Events between the apps. A parked one failed ten times and waits for an operator."""

    view_permission = "outbox.view"
    nav_group, nav_title, nav_icon, nav_order = "Operations", "Events", "outbox", 20
    list_display = ("made", "name", "state", "attempts", "last_error")
    list_filter = ("status",)
    ordering = ("-id",)
    fields = (
        "name", "state", "attempts", "last_error", "what", "actor_kind", "actor_id", "request_id",
        "made", "next_attempt", "delivered",
    )  # fmt: skip
    readonly_fields = fields
    actions_detail = ("retry",)

    def object_title(self, obj: OutboxEvent) -> str:
        return obj.name

    def offered(self, obj: OutboxEvent) -> Collection[str]:
        return self.actions_detail if obj.status == OutboxEvent.Status.PARKED else ()

    @admin.display(description="Published", ordering="id")
    def made(self, event: OutboxEvent) -> str:
        return local_time(event.created_at)

    @admin.display(description="Next attempt")
    def next_attempt(self, event: OutboxEvent) -> str:
        return local_time(event.available_at if event.status == OutboxEvent.Status.PENDING else None)

    @admin.display(description="Delivered")
    def delivered(self, event: OutboxEvent) -> str:
        return local_time(event.delivered_at)

    @admin.display(description="State", ordering="status")
    def state(self, event: OutboxEvent) -> SafeString:
        return badge(event.status, _TONES[event.status])

    @admin.display(description="Payload")
    def what(self, event: OutboxEvent) -> SafeString:
        return preformatted(json.dumps(event.payload, indent=2, sort_keys=True))

    @service_action(
        label="Retry",
        permission="outbox.retry",
        title="Deliver this event again",
        description="Handlers that finished are not run again.",
        icon="replay",
    )
    def retry(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        retry_parked(event_id=UUID(object_id), reason=data["reason"])
        return "It will be delivered within seconds."


@register_tile(order=51, permission="outbox.view")
def parked_events(request: HttpRequest) -> Tile:
    """Events that failed too often and wait for an operator."""
    parked = OutboxEvent.objects.filter(status=OutboxEvent.Status.PARKED)[:COUNT_CAP].count()
    return Tile(
        title="Parked events",
        value=f"{parked:,}+" if parked == COUNT_CAP else f"{parked:,}",
        caption="Failed too often: look, then retry" if parked else "Every event is delivered or on its way",
        tone=Tone.BAD if parked else Tone.GOOD,
        link=f"{reverse('admin:outbox_outboxevent_changelist')}?status__exact={OutboxEvent.Status.PARKED}",
        icon="outbox",
    )
