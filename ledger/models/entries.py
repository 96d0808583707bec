"""Journal entries, their postings and how pending ones ended."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import Case, FilteredRelation, Func, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce

from ledger.constants import RARE_KINDS, PostingKind
from ledger.models.accounts import Account
from ledger.models.history import FoldMark
from ledger.types import EntryStatus
from nexafi.core import clock
from nexafi.core.fields import CurrencyField, UUID7Field
from nexafi.core.money import Money
from nexafi.db.indexes import BlockRangeIndex


class JournalEntryQuerySet(models.QuerySet["JournalEntry"]):
    def with_status(self) -> "JournalEntryQuerySet":
        """Annotate `status`: what the entry is now, from how it was written and how it was resolved."""
        outcome = EntryResolution.objects.filter(entry=OuterRef("pk")).values("outcome")[:1]
        written = Case(When(pending=True, then=Value(EntryStatus.PENDING)), default=Value(EntryStatus.POSTED))
        return self.annotate(status=Coalesce(models.Subquery(outcome), written, output_field=models.CharField()))

    def unresolved(self) -> "JournalEntryQuerySet":
        """Entries that are pending now."""
        return self.filter(hold__isnull=False)

    def labelled(self, labels: Mapping[str, str]) -> "JournalEntryQuerySet":
        """Entries whose metadata holds every one of these values under its key; look-ups on `label_0__entry` walk the
        index of the first."""
        entries = self
        for number, (key, value) in enumerate(sorted(labels.items())):
            name = f"label_{number}"
            found = FilteredRelation("labels", condition=Q(labels__key=key, labels__value=value))
            entries = entries.annotate(**{name: found}).filter(**{f"{name}__key": key})
        return entries


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
    linked_with = models.UUIDField(null=True)  # the first of the entries that were written linked
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
            models.Index(fields=["reference", "id"], name="entry_by_reference", condition=~Q(reference="")),
            # To walk all entries for one of these would take long; the others are many.
            models.Index(fields=["kind", "id"], name="entry_of_rare_kind", condition=Q(kind__in=RARE_KINDS)),
        ]

    def __str__(self) -> str:
        return self.description or self.kind.replace("_", " ").capitalize()


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


class PendingEntry(models.Model):
    """An entry that is pending now: few at any time, however many ever were. The posting trigger adds it with what the
    entry holds and takes it away with what ends it."""

    entry = models.OneToOneField(
        JournalEntry, models.PROTECT, primary_key=True, related_name="hold", db_constraint=False
    )
    expires_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "pending entries"
        indexes = [models.Index(fields=["expires_at"], name="pending_entry_expiry")]


class CurrentTransaction(Func):
    """The number of the writing transaction on PostgreSQL: ids do not commit in order, so it tells what is settled.
    SQLite has one writer at a time and needs none."""

    allowed_default = True
    output_field = models.BigIntegerField()

    def as_sql(self, *_: Any, **__: Any) -> tuple[str, tuple[str | int, ...]]:
        return "0", ()

    def as_postgresql(self, *_: Any, **__: Any) -> tuple[str, tuple[str | int, ...]]:
        return "(pg_current_xact_id()::text::bigint)", ()


class PostingQuerySet(models.QuerySet["Posting"]):
    def touching(self, account_ids: Iterable[UUID]) -> "PostingQuerySet":
        ids = list(account_ids)
        return self.filter(Q(debit__in=ids) | Q(credit__in=ids))

    def unfolded(self) -> "PostingQuerySet":
        """Those that the turnovers of past days do not hold yet; bounded by how often folding runs."""
        at = FoldMark.objects.first() or FoldMark()
        if connection.vendor == "postgresql":
            return self.filter(transaction__gte=at.mark, id__gt=at.floor)
        return self.filter(id__gt=at.mark)

    def booked(self) -> "PostingQuerySet":
        """Only what moved money: posted at once, or captured from a pending posting."""
        return self.filter(kind__in=[PostingKind.POST, PostingKind.CAPTURE])


class Posting(models.Model):
    """The unit of truth: `amount` minor units debited to one account and credited to another.

    It carries no foreign keys and no CHECKs in the database: the trigger that moves the balances proves that entry,
    accounts, currency, amounts and the pending posting fit, at a fraction of the cost (ledger.triggers.rules).
    """

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(JournalEntry, models.PROTECT, related_name="postings", db_constraint=False)
    kind = models.CharField(max_length=7, choices=PostingKind.choices)
    debit = models.ForeignKey(Account, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    credit = models.ForeignKey(Account, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    amount = models.BigIntegerField()
    currency = CurrencyField()
    debit_line = models.IntegerField()
    credit_line = models.IntegerField()
    pending = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    released = models.BigIntegerField(default=0)  # how much of the pending posting this one frees: all of it
    capture_limit = models.BigIntegerField(null=True)  # of a pending posting: the most it may be posted for
    effective_date = models.DateField()
    recorded_at = models.DateTimeField()
    transaction = models.BigIntegerField(db_default=CurrentTransaction())

    objects = PostingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="posting_resolved_once", fields=["pending"], condition=Q(pending__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["debit", "effective_date", "id"], name="posting_debit"),
            models.Index(fields=["credit", "effective_date", "id"], name="posting_credit"),
            models.Index(fields=["transaction"], name="posting_transaction"),
            BlockRangeIndex(fields=["recorded_at"], name="posting_recorded", pages_per_range=32),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"


class EntryLabel(models.Model):
    """One key of an entry's metadata with its value as text, so that entries are found by it at any size."""

    pk = models.CompositePrimaryKey("key", "value", "entry_id")
    entry = models.ForeignKey(JournalEntry, models.PROTECT, related_name="labels", db_constraint=False, db_index=False)
    key = models.CharField(max_length=40)
    value = models.CharField(max_length=200)


class EntryComment(models.Model):
    """A remark on an entry; never changed."""

    id = UUID7Field()
    entry = models.ForeignKey(JournalEntry, models.PROTECT, related_name="comments")
    text = models.CharField(max_length=2000)
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=clock.now)


class EntryAttachment(models.Model):
    """A document that belongs to an entry, named by the SHA-256 of its content; never changed."""

    id = UUID7Field()
    entry = models.ForeignKey(JournalEntry, models.PROTECT, related_name="attachments")
    sha256 = models.CharField(max_length=64)
    filename = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()  # bytes
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(name="attachment_once", fields=["entry", "sha256"])]


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
