"""Money entering and leaving through a processor, and what the processor told us."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from nexafi.core import clock
from nexafi.core.fields import UUID7Field
from payments.constants import TransferKind, TransferStatus
from payments.models.assessed import AssessedMovement
from payments.models.wallets import Wallet

if TYPE_CHECKING:
    from accounts.models import User


class TransferQuerySet(models.QuerySet["Transfer"]):
    def visible_to(self, user: "User") -> "TransferQuerySet":
        if user.may("payments.view_all"):
            return self
        return self.filter(wallet__in=list(Wallet.objects.visible_to(user).values_list("id", flat=True)))


class Transfer(AssessedMovement):
    """A deposit or withdrawal. `entry` is a withdrawal's hold and posting, or a completed deposit's posting."""

    id = UUID7Field()
    kind = models.CharField(max_length=10, choices=TransferKind.choices)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(max_length=14, choices=TransferStatus.choices)
    entry = models.ForeignKey("ledger.JournalEntry", on_delete=models.PROTECT, related_name="+", null=True)
    processor = models.CharField(max_length=40)
    processor_reference = models.CharField(max_length=80, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=clock.now)  # when to submit it, or to ask what became of it
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(condition=Q(kind__in=TransferKind.values), name="transfer_kind_known"),
            models.CheckConstraint(condition=Q(status__in=TransferStatus.values), name="transfer_status_known"),
        ]
        indexes = [
            models.Index(fields=["wallet", "created_at", "id"], name="transfer_wallet"),
            models.Index(fields=["created_at", "id"], name="transfer_created"),
            models.Index(fields=["next_attempt_at"], name="transfer_due", condition=Q(status="pending")),
        ]


class ProcessorEvent(models.Model):
    """An event received from a processor. Its uniqueness makes a repeated event take effect once."""

    class Result(models.TextChoices):
        APPLIED = "applied"
        IGNORED = "ignored"  # the transfer was already settled
        UNMATCHED = "unmatched"  # no such transfer, or another amount: somebody must look

    id = UUID7Field()
    processor = models.CharField(max_length=40)
    event_id = models.CharField(max_length=120)
    type = models.CharField(max_length=60)
    body = models.BinaryField()  # as signed
    result = models.CharField(max_length=10, choices=Result.choices)
    received_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["processor", "event_id"], name="processor_event_once")]
        indexes = [models.Index(fields=["received_at", "id"], name="processor_event_received")]
