"""Wallets: a customer's money in one currency, backed by one ledger account."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from accounts.models import Membership
from nexafi.core import clock
from nexafi.core.fields import CurrencyField, UUID7Field
from nexafi.core.money import Money
from payments.constants import WalletStatus

if TYPE_CHECKING:
    from accounts.models import User


class WalletQuerySet(models.QuerySet["Wallet"]):
    def visible_to(self, user: "User") -> "WalletQuerySet":
        """Staff who see all payments see all wallets; others those of the customers they are a member of."""
        if user.may("payments.view_all"):
            return self
        return self.filter(customer__in=Membership.objects.filter(user=user).values("customer"))

    def with_role_of(self, user: "User | UUID") -> "WalletQuerySet":
        """Each wallet with `member_role`: the user's role at its customer, or None."""
        role = Membership.objects.filter(customer=OuterRef("customer_id"), user=user).values("role")
        return self.annotate(member_role=Subquery(role[:1]))

    def with_balances(self) -> "WalletQuerySet":
        """Each wallet with `posted_minor` and `held_minor`, from its account's one balance row."""
        return self.annotate(
            posted_minor=F("account__balances__credits") - F("account__balances__debits"),
            held_minor=F("account__balances__pending_debits"),
        )


class Wallet(models.Model):
    """One per customer and currency. The balance is the ledger's: a liability account that cannot go below zero."""

    id = UUID7Field()
    customer = models.ForeignKey("accounts.Customer", on_delete=models.PROTECT, related_name="+")
    account = models.OneToOneField("ledger.Account", on_delete=models.PROTECT, related_name="+")
    currency = CurrencyField()
    status = models.CharField(max_length=8, choices=WalletStatus.choices, default=WalletStatus.ACTIVE)
    created_at = models.DateTimeField(default=clock.now)

    objects = WalletQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "currency"], condition=~Q(status=WalletStatus.CLOSED), name="wallet_per_currency"
            ),
            models.CheckConstraint(condition=Q(status__in=WalletStatus.values), name="wallet_status_known"),
        ]
        indexes = [models.Index(fields=["created_at", "id"], name="wallet_created")]

    def __str__(self) -> str:
        return f"{self.currency} {self.id}"

    # Of a wallet read `with_balances`:

    @property
    def balance(self) -> Money:
        return Money(self._annotated("posted_minor"), self.currency)

    @property
    def held(self) -> Money:
        """What payments under review and withdrawals under way may still take out."""
        return Money(self._annotated("held_minor"), self.currency)

    @property
    def available(self) -> Money:
        return self.balance - self.held

    def _annotated(self, name: str) -> int:
        return int(getattr(self, name))
