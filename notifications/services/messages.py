"""Staff send a message; recipients mark theirs."""

from uuid import UUID

from django.db import transaction

from accounts.models import User
from audit.services.record import record
from nexafi.core.ids import uuid7
from notifications.constants import CATALOGUE, Category, Channel, MessageStatus, Priority
from notifications.exceptions import MessageNotFound, UserNotFound
from notifications.models import Message
from notifications.services.compose import Text, write_messages


def send_message(
    *, user_id: UUID, notification_type: str, channel: Channel, text: Text, priority: Priority = Priority.NORMAL
) -> Message:
    """Queue a staff message to a user, whatever the user has muted. Raises UserNotFound."""
    if not User.objects.filter(pk=user_id).exists():
        raise UserNotFound
    with transaction.atomic():
        (message,) = write_messages(
            event_id=uuid7(),
            recipients=[(user_id, channel)],
            notification_type=notification_type,
            category=CATALOGUE.get(notification_type, Category.ACCOUNT),
            text=text,
            priority=priority,
        )
        record(
            "notifications.message_sent",
            target_type="user",
            target_id=user_id,
            data={"message_id": str(message.id), "type": notification_type, "channel": channel},
        )
    return message


def mark_message(*, user: User, message_id: UUID, status: MessageStatus) -> Message:
    """Set a message of one's own to unread, read or archived. Raises MessageNotFound."""
    own = Message.objects.visible_to(user).filter(pk=message_id)
    if not own.update(status=status):
        raise MessageNotFound
    return own.get()
