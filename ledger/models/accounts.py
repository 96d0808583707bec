"""Accounts and their balances."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import F, Func, Q

from ledger.constants import AccountStatus, AccountType
from nexafi.core import clock
from nexafi.core.fields import CurrencyField, UUID7Field


class AccountQuerySet(models.QuerySet["Account"]):
    def currencies_of(self, ids: Collection[UUID]) -> dict[UUID, str]:
        """The currency of each of these accounts, however many; unknown ones are absent."""
        wanted, found = list(ids), dict[UUID, str]()
        for start in range(0, len(wanted), 5000):
            found.update(self.filter(pk__in=wanted[start : start + 5000]).values_list("pk", "currency"))
        return found


class Account(models.Model):
    """One ledger account in one currency. Type, currency, code and place in the tree never change.

    Limits are in minor units, signed to the account's normal side; None: no limit. `tags` are what regulatory reports
    go by ("hqla:level1", "rwa:20").
    """

    id = UUID7Field()
    code = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    type = models.CharField(max_length=9, choices=AccountType.choices)
    subtype = models.CharField(max_length=40, blank=True)
    currency = CurrencyField()
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=1024, db_index=True)  # codes from the root down, each ended by "/"
    status = models.CharField(max_length=6, choices=AccountStatus.choices, default=AccountStatus.OPEN)
    owner = models.ForeignKey("accounts.Customer", models.PROTECT, null=True, blank=True, related_name="+")
    accepts_debits = models.BooleanField(default=True)  # False: debits are frozen
    accepts_credits = models.BooleanField(default=True)
    floor = models.BigIntegerField(null=True, blank=True)  # least available balance; -5000: an overdraft of 50.00
    ceiling = models.BigIntegerField(null=True, blank=True)  # most that is posted and coming in
    role = models.CharField(max_length=20, blank=True)  # a SystemAccount: what other rooms post to, once a currency
    tags = models.JSONField(default=list, blank=True)
    slots = models.PositiveSmallIntegerField(default=1)  # more than 1: a busy account; balance rows on PostgreSQL
    created_at = models.DateTimeField(default=clock.now)

    objects = AccountQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(name="account_role_once", fields=["role", "currency"], condition=~Q(role="")),
            models.CheckConstraint(name="account_type_known", condition=Q(type__in=AccountType.values)),
            models.CheckConstraint(name="account_status_known", condition=Q(status__in=AccountStatus.values)),
            models.CheckConstraint(
                name="account_limit_needs_one_slot",
                condition=Q(slots__gte=1) & (Q(floor=None, ceiling=None) | Q(slots=1)),
            ),
            models.CheckConstraint(
                name="account_floor_below_ceiling",
                condition=Q(floor=None) | Q(ceiling=None) | Q(floor__lte=F("ceiling")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def debit_normal(self) -> bool:
        return AccountType(self.type).debit_normal


class BalanceQuerySet(models.QuerySet["Balance"]):
    def of_this_connection(self) -> "BalanceQuerySet":
        """The slot of each account that postings of this connection move, chosen as the posting trigger does."""
        own: Any = Func(
            F("slots"), template="mod(pg_backend_pid(), %(expressions)s)", output_field=models.IntegerField()
        )
        return self.filter(slot=own if connection.vendor == "postgresql" else 0)


class Balance(models.Model):
    """Cumulative debits and credits of one slot of an account, minor units. The account's balance is the sum.

    `available` = what is posted on the normal side, less what pending postings may still take out. A closed account
    takes neither debits nor credits. The triggers that write it keep its limits (ledger.triggers.rules).
    """

    pk = models.CompositePrimaryKey("account_id", "slot")
    account = models.ForeignKey(Account, models.PROTECT, related_name="balances", db_index=False)
    slot = models.SmallIntegerField(default=0)
    slots = models.SmallIntegerField()
    currency = CurrencyField()
    debit_normal = models.BooleanField()
    takes_debits = models.BooleanField()
    takes_credits = models.BooleanField()
    floor = models.BigIntegerField(null=True)
    ceiling = models.BigIntegerField(null=True)
    debits = models.BigIntegerField(default=0)
    credits = models.BigIntegerField(default=0)
    pending_debits = models.BigIntegerField(default=0)
    pending_credits = models.BigIntegerField(default=0)

    objects = BalanceQuerySet.as_manager()
