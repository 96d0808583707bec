"""/notifications: one's messages, what one wants to be told, and sending by staff."""

from typing import Any
from uuid import UUID

from rest_framework.response import Response

from accounts.authentication import SignedInRequest
from nexafi.api.views import ApiView
from notifications.api.serializers import MessageFilters, MessageMark, NewMessage, Preferences
from notifications.constants import Category, Channel, MessageStatus, Priority
from notifications.exceptions import UserNotFound
from notifications.models import Message
from notifications.selectors import preferences_of
from notifications.services.compose import Text, render
from notifications.services.messages import mark_message, send_message
from notifications.services.preferences import set_preferences


def message_body(message: Message) -> dict[str, Any]:
    return {
        "id": str(message.id),
        "user_id": str(message.recipient_id),
        "notification_type": message.notification_type,
        "category": message.category,
        "channel": message.channel,
        "priority": message.priority,
        "subject": message.subject,
        "message": message.body,
        "status": message.status,
        "delivery": message.delivery,
        "created_at": message.created_at,
        "sent_at": message.sent_at,
    }


class MessagesView(ApiView):
    """GET /notifications."""

    access = {"GET": "notifications.view_own"}

    def get(self, request: SignedInRequest) -> Response:
        return self.list(Message.objects.visible_to(request.user), MessageFilters, message_body)


class MessageStatusView(ApiView):
    """PUT /notifications/{id}/status."""

    access = {"PUT": "notifications.view_own"}

    def put(self, request: SignedInRequest, message_id: UUID) -> Response:
        status = MessageStatus(self.body(MessageMark)["status"])
        return Response(message_body(mark_message(user=request.user, message_id=message_id, status=status)))


class SendView(ApiView):
    """POST /notifications/send."""

    access = {"POST": "notifications.send"}

    def post(self, request: SignedInRequest) -> Response:
        asked = self.body(NewMessage)
        message = send_message(
            user_id=asked["user_id"],
            notification_type=asked["notification_type"],
            channel=Channel(asked["channel"]),
            text=_text(asked),
            priority=Priority(asked["priority"]),
        )
        return Response(message_body(message), status=201)


def _text(asked: dict[str, Any]) -> Text:
    if "template_name" in asked:
        return render(asked["template_name"], asked.get("template_data", {}))
    subject = asked.get("subject") or asked["notification_type"].replace("_", " ").capitalize()
    return Text(subject, asked["message"])


class PreferencesView(ApiView):
    """GET, PUT /notifications/preferences/{user_id}: one's own; staff who send messages may look."""

    access = {"GET": "notifications.view_own", "PUT": "notifications.view_own"}

    def get(self, request: SignedInRequest, user_id: UUID) -> Response:
        if user_id != request.user.pk and not request.user.may("notifications.send"):
            raise UserNotFound
        return self._answer(user_id)

    def put(self, request: SignedInRequest, user_id: UUID) -> Response:
        if user_id != request.user.pk:
            raise UserNotFound
        chosen = self.body(Preferences)["preferences"]
        choices = [(Category(c["category"]), Channel(c["channel"]), c["enabled"]) for c in chosen]
        set_preferences(user_id=user_id, choices=choices)
        return self._answer(user_id)

    def _answer(self, user_id: UUID) -> Response:
        choices = [
            {"category": c.category, "channel": c.channel, "enabled": c.enabled, "required": c.required}
            for c in preferences_of(user_id)
        ]
        return Response({"user_id": str(user_id), "preferences": choices})
