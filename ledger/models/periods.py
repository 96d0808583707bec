"""Accounting periods, and the checks of the whole ledger."""

from django.db import models
from django.db.models import F, Q

from nexafi.core import clock
from nexafi.core.fields import UUID7Field


class Period(models.Model):
    """A span of effective dates, both ends included. Periods follow one another without gaps and are closed in order:
    nothing posts on or before the end of the last closed one (the posting trigger refuses it)."""

    class Status(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    id = UUID7Field()
    name = models.CharField(max_length=60, unique=True)
    starts = models.DateField(unique=True)
    ends = models.DateField(unique=True)
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.OPEN)
    closed_at = models.DateTimeField(null=True)
    closing_entries = models.JSONField(default=list)  # ids, as text, of the entries that closed its earnings

    class Meta:
        ordering = ["starts"]
        constraints = [
            models.CheckConstraint(name="period_ends_after_start", condition=Q(ends__gte=F("starts"))),
            models.CheckConstraint(
                name="period_status_known",
                condition=Q(status="open", closed_at=None) | Q(status="closed", closed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LedgerCheck(models.Model):
    """One run of check_ledger over everything: asked for, running with signs of life, finished with what it found.

    `faults` keeps the first few hundred as {check, table, key, detail}; `fault_count` and `truncated` say how many
    there were. `totals`: debits and credits by currency as decimal strings.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        FINISHED = "finished"
        FAILED = "failed"  # it ended before it could tell anything

    id = UUID7Field()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.QUEUED)
    requested_at = models.DateTimeField(default=clock.now)
    requested_by = models.CharField(max_length=85)  # kind and id of the actor
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)  # the newest sign of life
    finished_at = models.DateTimeField(null=True)
    step = models.CharField(max_length=40, blank=True)
    rows = models.BigIntegerField(default=0)  # looked at so far
    holds = models.BooleanField(null=True)
    checked = models.JSONField(default=dict)  # table -> rows looked at
    totals = models.JSONField(default=dict)
    faults = models.JSONField(default=list)
    fault_count = models.PositiveIntegerField(default=0)
    truncated = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="check_says_what_it_found",
                condition=Q(status="finished", holds__isnull=False, finished_at__isnull=False)
                | (~Q(status="finished") & Q(holds=None)),
            )
        ]
        indexes = [
            models.Index(fields=["-id"], name="check_finished", condition=Q(status="finished")),
        ]

    def __str__(self) -> str:
        return f"Check of {self.requested_at:%Y-%m-%d %H:%M} UTC"
