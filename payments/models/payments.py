"""Payments between wallets, and their refunds."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from nexafi.core import clock
from nexafi.core.fields import UUID7Field
from nexafi.core.money import Money
from payments.constants import RECEIVED, PaymentStatus
from payments.models.assessed import AssessedMovement
from payments.models.wallets import Wallet

if TYPE_CHECKING:
    from accounts.models import User


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, user: "User") -> "PaymentQuerySet":
        """Payers see their payments in every state, payees only what they received; staff see all.

        The wallet ids are read first: with constants the database combines two indexes instead of scanning.
        """
        if user.may("payments.view_all"):
            return self
        own = list(Wallet.objects.visible_to(user).values_list("id", flat=True))
        return self.filter(Q(source__in=own) | Q(destination__in=own, status__in=RECEIVED))


class Payment(AssessedMovement):
    """Money from one wallet to another. `entry` is its posting, or its hold while under review."""

    id = UUID7Field()
    source = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="+", db_index=False)
    destination = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="+", db_index=False)
    refunded_minor = models.BigIntegerField(default=0)
    description = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=14, choices=PaymentStatus.choices)
    entry = models.ForeignKey("ledger.JournalEntry", on_delete=models.PROTECT, related_name="+", null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True)  # when it reached a state other than pending_review

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(condition=~Q(source=F("destination")), name="payment_two_wallets"),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=F("amount_minor")),
                name="payment_refunds_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor=0) | Q(status__in=RECEIVED), name="payment_refunded_only_if_received"
            ),
            models.CheckConstraint(
                condition=Q(status=PaymentStatus.DECLINED) | Q(entry__isnull=False), name="payment_has_entry"
            ),
            models.CheckConstraint(condition=Q(status__in=PaymentStatus.values), name="payment_status_known"),
        ]
        indexes = [
            models.Index(fields=["source", "created_at", "id"], name="payment_source"),
            models.Index(fields=["destination", "created_at", "id"], name="payment_destination"),
            models.Index(fields=["created_at", "id"], name="payment_created"),
            models.Index(fields=["created_at"], name="payment_held", condition=Q(status="pending_review")),
        ]

    @property
    def refunded(self) -> Money:
        return Money(self.refunded_minor, self.currency)


class Refund(models.Model):
    """Money given back by the payee, in full or in part. Never changes."""

    id = UUID7Field()
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    entry = models.OneToOneField("ledger.JournalEntry", on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_amount_positive")]
