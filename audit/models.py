"""The audit log: unsealed events, sealed leaves of a Merkle tree, and signed tree heads."""

from django.db import models

from nexafi.core import clock
from nexafi.core.fields import UUID7Field


class UnsealedEvent(models.Model):
    """An event as written in its business transaction; the sequencer moves it into the tree within a second."""

    id = UUID7Field()
    body = models.BinaryField()  # the canonical bytes that are hashed
    recorded_at = models.DateTimeField(default=clock.now)


class AuditEvent(models.Model):
    """A sealed event: leaf number `seq` of the tree. `body` is the truth; the other columns are copies for search."""

    seq = models.BigIntegerField(primary_key=True)
    id = models.UUIDField(unique=True)
    body = models.BinaryField()
    action = models.CharField(max_length=80)
    actor_kind = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=64, blank=True)
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    recorded_at = models.DateTimeField()
    sealed_at = models.DateTimeField(default=clock.now)
