"""Turnovers: what makes a past balance as cheap as a current one."""

from django.db import models
from django.db.models import Q

from ledger.models.accounts import Account


class Turnover(models.Model):
    """Debits and credits (minor units) of one account, added up by effective day and by day of recording, and once
    more by months and by years of both (each named by its first day).

    Sums only: a backdated posting adds to its day, nothing after it changes. Postings reach it by folding
    (ledger.services.fold); those that have not yet are `Posting.objects.unfolded()`.
    """

    class Span(models.TextChoices):
        DAY = "day"
        MONTH = "month"
        YEAR = "year"

    pk = models.CompositePrimaryKey("account_id", "span", "effective", "recorded")
    account = models.ForeignKey(Account, models.PROTECT, related_name="turnovers", db_index=False, db_constraint=False)
    span = models.CharField(max_length=5, choices=Span.choices)
    effective = models.DateField()
    recorded = models.DateField()
    debits = models.BigIntegerField(default=0)
    credits = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(name="turnover_span_known", condition=Q(span__in=["day", "month", "year"]))
        ]
        indexes = [
            models.Index(fields=["span", "effective"], name="turnover_of_all")
        ]  # one account has the primary key


class FoldMark(models.Model):
    """How far folding has come: one row. PostgreSQL: postings of transactions before `mark` are folded; SQLite, with
    one writer at a time: postings with ids up to `mark`. `floor`: postings with ids up to it were folded by a rebuild,
    whatever their transactions' numbers (after a restore those of another server)."""

    mark = models.BigIntegerField(default=0)
    floor = models.BigIntegerField(default=0)
