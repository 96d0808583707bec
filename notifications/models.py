"""Messages to users, and which of them a user wants."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from nexafi.core import clock
from nexafi.core.fields import UUID7Field
from notifications.constants import Category, Channel, Delivery, MessageStatus, Priority

if TYPE_CHECKING:
    from accounts.models import User


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: "User") -> "MessageQuerySet":
        """One's own messages; nobody reads another's."""
        return self.filter(recipient=user)


class Message(models.Model):
    """One message to one user over one channel. An event makes at most one per user and channel."""

    id = UUID7Field()
    event_id = models.UUIDField()  # what caused it: an outbox event, or the staff member's request
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    notification_type = models.CharField(max_length=60)
    category = models.CharField(max_length=12, choices=Category.choices)
    priority = models.CharField(max_length=8, choices=Priority.choices, default=Priority.NORMAL)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    status = models.CharField(max_length=8, choices=MessageStatus.choices, default=MessageStatus.UNREAD)
    delivery = models.CharField(max_length=8, choices=Delivery.choices)
    attempts = models.PositiveSmallIntegerField(default=0)
    available_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event_id", "recipient", "channel"], name="message_once"),
        ]
        indexes = [
            models.Index(fields=["recipient", "created_at", "id"], name="message_recipient"),
            models.Index(fields=["available_at"], name="message_due", condition=Q(delivery="queued")),
        ]


class Preference(models.Model):
    """A user's choice for a category on a channel. Without a row it is on."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    category = models.CharField(max_length=12, choices=Category.choices)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    enabled = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "category", "channel"], name="preference_once")]
