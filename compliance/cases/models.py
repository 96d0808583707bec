"""Alerts that people work on, and their timelines."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from nexafi.core import clock
from nexafi.core.fields import CurrencyField, UUID7Field
from nexafi.core.money import Money


class AlertQuerySet(models.QuerySet["Alert"]):
    """The filters that the queue, the API and the dashboard share."""

    def active(self) -> "AlertQuerySet":
        """Waiting for a decision."""
        return self.filter(status__in=Alert.ACTIVE)

    def overdue(self, at: datetime) -> "AlertQuerySet":
        """Active and past the time agreed for their severity."""
        return self.active().filter(due_at__lt=at)

    def by_urgency(self) -> "AlertQuerySet":
        """The order in which alerts are taken: what is due first, then the oldest."""
        return self.order_by("due_at", "id")


class Alert(models.Model):
    """Something a compliance officer must look at. A held payment has an alert of its own; other findings about one
    subject share an open alert (`dedupe_key`)."""

    class Source(models.TextChoices):
        TRANSACTION = "transaction", "Transaction"
        CHECK = "check", "Transaction check"
        SCREENING = "screening", "Screening"
        KYC = "kyc", "KYC"

    class Severity(models.TextChoices):
        LOW = "low", "Low"
        MEDIUM = "medium", "Medium"
        HIGH = "high", "High"
        CRITICAL = "critical", "Critical"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        ASSIGNED = "assigned", "Assigned"
        RELEASED = "released", "Released"
        REJECTED = "rejected", "Rejected"
        CLOSED = "closed", "Closed"  # the matter went away by itself, for example a cancelled payment

    ACTIVE = (Status.OPEN, Status.ASSIGNED)

    id = UUID7Field()
    source = models.CharField(max_length=12, choices=Source.choices)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    title = models.CharField(max_length=200)
    subject = models.ForeignKey("accounts.Customer", on_delete=models.PROTECT, null=True, related_name="+")
    subject_name = models.CharField(max_length=200, blank=True)
    assessment = models.ForeignKey("compliance.Assessment", on_delete=models.PROTECT, null=True, related_name="alerts")
    transaction_id = models.UUIDField(null=True)
    transaction_kind = models.CharField(max_length=20, blank=True)
    holds_transaction = models.BooleanField(default=False)  # money waits for this decision
    amount_minor = models.BigIntegerField(null=True)
    currency = CurrencyField(blank=True)
    score = models.PositiveSmallIntegerField(default=0)
    codes = models.JSONField(default=list)  # the reasons' codes, strongest first
    details = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=200)
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decision_reason = models.TextField(blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key"], condition=Q(status__in=["open", "assigned"]), name="alert_open_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "assigned"]) | Q(decided_at__isnull=False),
                name="alert_decided_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="alert_queue", condition=Q(status__in=["open", "assigned"])),
            models.Index(fields=["subject", "-created_at"], name="alert_of_subject"),
            models.Index(fields=["transaction_id"], name="alert_of_transaction"),
            models.Index(fields=["created_at", "id"], name="alert_created"),
            models.Index(fields=["due_at", "id"], name="alert_due"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE

    @property
    def amount(self) -> Money | None:
        """The transaction's amount, when the alert is about one."""
        return None if self.amount_minor is None else Money(self.amount_minor, self.currency)


class AlertEvent(models.Model):
    """One line of an alert's timeline: who did what, when and why. Append-only."""

    class Kind(models.TextChoices):
        OPENED = "opened", "Opened"
        REPEATED = "repeated", "Fired again"
        ASSIGNED = "assigned", "Assigned"
        COMMENTED = "commented", "Commented"
        RELEASED = "released", "Released"
        REJECTED = "rejected", "Rejected"
        CLOSED = "closed", "Closed"

    id = UUID7Field()
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["id"]
