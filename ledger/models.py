"""Accounts and their balances; journal entries, postings and resolutions.

Nothing but an account's descriptive fields and the balances ever changes, and balances change by triggers alone
(ledger.triggers). See ledger.services for every write.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import models
from django.db.models import Case, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce

from ledger.constants import MAX_AMOUNT, MAX_TURNOVER, AccountStatus, AccountType, PostingKind
from ledger.types import EntryStatus
from nexafi.core import clock
from nexafi.core.fields import CurrencyField, UUID7Field
from nexafi.core.money import Money


class Account(models.Model):
    """One ledger account in one currency. Type, currency, code and place in the tree never change."""

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
    floor = models.BigIntegerField(null=True, blank=True)  # least available balance, minor units; None: no limit
    slots = models.PositiveSmallIntegerField(default=1)  # balance rows; more than one for a busy account
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(name="account_type_known", condition=Q(type__in=AccountType.values)),
            models.CheckConstraint(name="account_status_known", condition=Q(status__in=AccountStatus.values)),
            models.CheckConstraint(
                name="account_floor_needs_one_slot",
                condition=Q(slots__gte=1) & (Q(floor=None) | Q(slots=1)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def debit_normal(self) -> bool:
        return AccountType(self.type).debit_normal


class Balance(models.Model):
    """Cumulative debits and credits of one slot of an account, minor units. The account's balance is the sum.

    `available` = what is posted on the normal side, less what pending postings may still take out.
    """

    pk = models.CompositePrimaryKey("account_id", "slot")
    account = models.ForeignKey(Account, models.PROTECT, related_name="balances", db_index=False)
    slot = models.PositiveSmallIntegerField(default=0)
    slots = models.PositiveSmallIntegerField()
    currency = CurrencyField()
    debit_normal = models.BooleanField()
    is_open = models.BooleanField()
    floor = models.BigIntegerField(null=True)
    debits = models.BigIntegerField(default=0)
    credits = models.BigIntegerField(default=0)
    pending_debits = models.BigIntegerField(default=0)
    pending_credits = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="balance_floor",
                condition=Q(floor=None)
                | Q(debit_normal=True, floor__lte=F("debits") - F("credits") - F("pending_credits"))
                | Q(debit_normal=False, floor__lte=F("credits") - F("debits") - F("pending_debits")),
            ),
            models.CheckConstraint(
                name="balance_range",
                condition=Q(debits__range=(0, MAX_TURNOVER), credits__range=(0, MAX_TURNOVER)),
            ),
            models.CheckConstraint(  # a hold may be taken in one slot and resolved in another
                name="balance_pending_range",
                condition=Q(slots__gt=1, pending_debits__lte=MAX_TURNOVER, pending_credits__lte=MAX_TURNOVER)
                | Q(pending_debits__range=(0, MAX_TURNOVER), pending_credits__range=(0, MAX_TURNOVER)),
            ),
        ]


class JournalEntryQuerySet(models.QuerySet["JournalEntry"]):
    def with_status(self) -> "JournalEntryQuerySet":
        """Annotate `status`: what the entry is now, from how it was written and how it was resolved."""
        outcome = EntryResolution.objects.filter(entry=OuterRef("pk")).values("outcome")[:1]
        written = Case(When(pending=True, then=Value(EntryStatus.PENDING)), default=Value(EntryStatus.POSTED))
        return self.annotate(status=Coalesce(models.Subquery(outcome), written, output_field=models.CharField()))

    def unresolved(self) -> "JournalEntryQuerySet":
        """Entries that are pending now."""
        return self.filter(pending=True, resolution=None)


class JournalEntry(models.Model):
    """One business event: postings that balance in every currency. Written once, never changed.

    A pending entry holds money until an `EntryResolution` posts, voids or expires it.
    """

    id = UUID7Field()
    kind = models.CharField(max_length=40)
    description = models.CharField(max_length=500, blank=True)
    reference = models.CharField(max_length=100, blank=True)
    external_id = models.CharField(max_length=255, null=True)  # noqa: DJ001  unique, and often absent
    effective_date = models.DateField()
    recorded_at = models.DateTimeField()
    pending = models.BooleanField()
    expires_at = models.DateTimeField(null=True)
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="reversals", db_constraint=False, db_index=False
    )
    metadata = models.JSONField(default=dict)
    line_descriptions = models.JSONField(default=dict)  # line number -> text, only lines that have one
    actor_kind = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=128, blank=True)
    audit_event_id = models.UUIDField()
    status: str  # an EntryStatus, annotated by with_status()

    objects = JournalEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "journal entries"
        constraints = [
            models.UniqueConstraint(
                name="entry_external_id", fields=["external_id"], condition=Q(external_id__isnull=False)
            ),
            models.UniqueConstraint(
                name="entry_reversed_once", fields=["reverses"], condition=Q(reverses__isnull=False)
            ),
            models.CheckConstraint(name="entry_only_pending_expires", condition=Q(pending=True) | Q(expires_at=None)),
            models.CheckConstraint(name="entry_reversal_is_posted", condition=Q(pending=False) | Q(reverses=None)),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="entry_expiry", condition=Q(expires_at__isnull=False)),
            models.Index(fields=["id"], name="entry_pending", condition=Q(pending=True)),
        ]

    def __str__(self) -> str:
        return self.description or str(self.id)


class EntryResolution(models.Model):
    """How a pending entry ended. Its primary key is the entry: an entry ends once."""

    class Outcome(models.TextChoices):
        POSTED = EntryStatus.POSTED.value
        VOIDED = EntryStatus.VOIDED.value
        EXPIRED = EntryStatus.EXPIRED.value

    entry = models.OneToOneField(JournalEntry, models.PROTECT, primary_key=True, related_name="resolution")
    outcome = models.CharField(max_length=7, choices=Outcome.choices)
    reason = models.CharField(max_length=500, blank=True)
    recorded_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=128, blank=True)
    audit_event_id = models.UUIDField()


class PostingQuerySet(models.QuerySet["Posting"]):
    def touching(self, account_ids: Iterable[UUID]) -> "PostingQuerySet":
        ids = list(account_ids)
        return self.filter(Q(debit__in=ids) | Q(credit__in=ids))

    def booked(self) -> "PostingQuerySet":
        """Only what moved money: posted at once, or captured from a pending posting."""
        return self.filter(kind__in=[PostingKind.POST, PostingKind.CAPTURE])


class Posting(models.Model):
    """The unit of truth: `amount` minor units debited to one account and credited to another.

    References carry no database foreign keys: the trigger that moves the balances proves that entry, accounts,
    currency and the pending posting fit, at a fraction of the cost.
    """

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(JournalEntry, models.PROTECT, related_name="postings", db_constraint=False)
    kind = models.CharField(max_length=7, choices=PostingKind.choices)
    debit = models.ForeignKey(Account, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    credit = models.ForeignKey(Account, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    amount = models.BigIntegerField()
    currency = CurrencyField()
    debit_line = models.PositiveIntegerField()
    credit_line = models.PositiveIntegerField()
    pending = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    released = models.BigIntegerField(default=0)  # how much of the pending posting this one frees: all of it
    effective_date = models.DateField()
    recorded_at = models.DateTimeField()

    objects = PostingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="posting_amount", condition=Q(amount__range=(1, MAX_AMOUNT))),
            models.CheckConstraint(name="posting_two_accounts", condition=~Q(debit=F("credit"))),
            models.CheckConstraint(
                name="posting_resolution",
                condition=Q(kind__in=[PostingKind.POST, PostingKind.PENDING], pending=None, released=0)
                | Q(kind=PostingKind.CAPTURE, pending__isnull=False, amount__lte=F("released"))
                | Q(kind__in=[PostingKind.VOID, PostingKind.EXPIRE], pending__isnull=False, amount=F("released")),
            ),
            models.UniqueConstraint(
                name="posting_resolved_once", fields=["pending"], condition=Q(pending__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["debit", "effective_date", "id"], name="posting_debit"),
            models.Index(fields=["credit", "effective_date", "id"], name="posting_credit"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"


class DraftEntry(models.Model):
    """A journal entry being prepared: not in the books, editable, deleted when posted (under the same id)."""

    id = UUID7Field()
    body = models.JSONField()  # the entry as it was sent: ids, dates and amounts as text
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=clock.now)


class JournalLine(models.Model):
    """The database view `journal_line`: the debit and credit lines of entries, exactly as they were given.

    `kind` tells what a line does: post and capture move money, pending holds it, void and expire release it.
    """

    pk = models.CompositePrimaryKey("entry_id", "kind", "line")
    entry = models.ForeignKey(JournalEntry, models.DO_NOTHING, related_name="lines")
    kind = models.CharField(max_length=7, choices=PostingKind.choices)
    line = models.PositiveIntegerField()
    account = models.ForeignKey(Account, models.DO_NOTHING, related_name="lines")
    debit = models.BigIntegerField()
    credit = models.BigIntegerField()
    currency = CurrencyField()
    effective_date = models.DateField()
    recorded_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "journal_line"

    @property
    def debit_money(self) -> Money:
        return Money(self.debit, self.currency)

    @property
    def credit_money(self) -> Money:
        return Money(self.credit, self.currency)
