"""The audit log: unsealed events, sealed leaves of a Merkle tree, and signed tree heads."""

from django.db import models

from nexafi.core import clock
from nexafi.core.fields import UUID7Field


class UnsealedEvent(models.Model):
    """An event as written in its business transaction; the sequencer moves it into the tree within a second."""

    id = UUID7Field()
    body = models.BinaryField()  # the canonical bytes that are hashed
    mac = models.BinaryField()  # keyed BLAKE2b of the body: only the application can write events
    created_at = models.DateTimeField(default=clock.now)


class AuditEvent(models.Model):
    """A sealed event: leaf number `seq` of the tree. `body` is the truth; the columns after `hashes` are copies for
    search. `hashes` is the leaf hash followed by the root of every subtree that this leaf completes."""

    seq = models.BigIntegerField(primary_key=True)
    id = models.UUIDField(unique=True)
    body = models.BinaryField()
    hashes = models.BinaryField()
    action = models.CharField(max_length=80)
    actor_kind = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=64, blank=True)
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["action", "created_at", "seq"], name="audit_by_action"),
            models.Index(fields=["actor_id", "created_at", "seq"], name="audit_by_actor"),
            models.Index(fields=["target_id", "created_at", "seq"], name="audit_by_target"),
            models.Index(fields=["created_at", "seq"], name="audit_by_time"),
        ]


class TreeHead(models.Model):
    """The signed state of the tree after a batch: a C2SP checkpoint over its first `size` leaves."""

    size = models.BigIntegerField(primary_key=True)
    previous_size = models.BigIntegerField(unique=True)  # one successor each: the log cannot fork
    root = models.BinaryField()
    checkpoint = models.TextField()
    signed_at = models.DateTimeField(default=clock.now)
