"""Accounting periods."""

from django.db import models
from django.db.models import F, Q

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

    class Meta:
        ordering = ["starts"]
        constraints = [
            models.CheckConstraint(name="period_ends_after_start", condition=Q(ends__gte=F("starts"))),
            models.CheckConstraint(name="period_status_known", condition=Q(status__in=["open", "closed"])),
        ]

    def __str__(self) -> str:
        return self.name
