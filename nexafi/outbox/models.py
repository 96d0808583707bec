"""Events to be delivered after commit, and the record of every idempotent call."""

from django.db import models
from django.db.models import Q

from nexafi.core import clock
from nexafi.core.fields import UUID7Field


class OutboxEvent(models.Model):
    """A fact that other apps react to; written in the transaction that makes it true, delivered at least once."""

    class Status(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        PARKED = "parked"  # failed too often; waits for an operator in the console

    id = UUID7Field()
    name = models.CharField(max_length=80)
    payload = models.JSONField()
    actor_kind = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=128, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    available_at = models.DateTimeField(default=clock.now)
    created_at = models.DateTimeField(default=clock.now)
    delivered_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["available_at", "id"], name="outbox_due", condition=Q(status="pending")),
            models.Index(fields=["id"], name="outbox_parked", condition=Q(status="parked")),
        ]


class HandledEvent(models.Model):
    """One handler's effect of one event; its uniqueness makes every handler run once."""

    event_id = models.UUIDField()
    handler = models.CharField(max_length=120)
    handled_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event_id", "handler"], name="handled_once")]


class IdempotencyKey(models.Model):
    """One caller's key, what was asked, and the answer. The answer is written in the money transaction."""

    id = UUID7Field()
    caller = models.CharField(max_length=80)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of method, path and body
    lease = models.UUIDField(null=True)  # who is running it now
    lease_expires_at = models.DateTimeField(null=True)
    response_status = models.PositiveSmallIntegerField(null=True)
    response_body = models.BinaryField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]
