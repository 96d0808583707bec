"""Write messages: render a template and queue one row per recipient and wanted channel."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.template.loader import render_to_string

from nexafi.core import clock
from nexafi.core.ids import uuid7
from notifications.constants import CATALOGUE, Category, Channel, Delivery, Priority
from notifications.exceptions import UnknownTemplate
from notifications.models import Message
from notifications.selectors import muted


@dataclass(frozen=True)
class Text:
    """What a message says."""

    subject: str
    body: str


def render(template_name: str, context: Mapping[str, object]) -> Text:
    """The text of a template in templates/notifications: its first line is the subject. Raises UnknownTemplate."""
    if template_name not in CATALOGUE:
        raise UnknownTemplate(pointer="/template_name")
    subject, _, body = render_to_string(f"notifications/{template_name}.txt", dict(context)).strip().partition("\n")
    return Text(subject.strip()[:200], body.strip() + "\n")


def notify(
    *, event_id: UUID, user_ids: Iterable[UUID], notification_type: str, context: Mapping[str, object]
) -> list[Message]:
    """Tell users of an event over every channel they have not muted; repeating it for the event adds nothing."""
    ids = list(user_ids)
    off = muted(ids)
    category = CATALOGUE[notification_type]
    return write_messages(
        event_id=event_id,
        recipients=[(i, c) for i in ids for c in Channel if (i, category, c) not in off],
        notification_type=notification_type,
        category=category,
        text=render(notification_type, context),
    )


def write_messages(
    *,
    event_id: UUID,
    recipients: Iterable[tuple[UUID, Channel]],
    notification_type: str,
    category: Category,
    text: Text,
    priority: Priority = Priority.NORMAL,
) -> list[Message]:
    """One row per recipient and channel; an existing one for the same event stays as it is."""
    now = clock.now()
    rows = [
        Message(
            id=uuid7(),
            event_id=event_id,
            recipient_id=user_id,
            channel=channel,
            notification_type=notification_type,
            category=category,
            priority=priority,
            subject=text.subject,
            body=text.body,
            delivery=Delivery.SENT if channel == Channel.IN_APP else Delivery.QUEUED,
            sent_at=now if channel == Channel.IN_APP else None,
            created_at=now,
            available_at=now,
        )
        for user_id, channel in recipients
    ]
    with transaction.atomic(savepoint=False):
        return Message.objects.bulk_create(rows, ignore_conflicts=True)
