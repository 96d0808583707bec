"""Rules with their versions, rolling activity per customer, and every assessment made."""

from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q

from compliance.types import Outcome, RiskLevel
from nexafi.core import clock
from nexafi.core.fields import CurrencyField, UUID7Field


class Rule(models.Model):
    """One version of one rule's parameters. Versions are never edited; a change is a new row that goes live.

    Amounts among the parameters are in major units of the base currency, windows in hours, scores 0..100.
    """

    id = UUID7Field()
    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    parameters = models.JSONField()
    is_live = models.BooleanField(default=True)
    note = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="rule_version_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(is_live=True), name="rule_one_live_version"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class Activity(models.Model):
    """What one customer sent or received in one hour: the rolling aggregates that rules read.

    Rows are only ever incremented by upsert, so concurrent payments lose nothing. Sums are in minor units of the
    base currency; `band_*` counts amounts just below the reporting limit (see compliance.monitoring.rules).
    """

    class Direction(models.TextChoices):
        IN = "in"
        OUT = "out"

    id = UUID7Field()
    customer = models.ForeignKey("accounts.Customer", on_delete=models.CASCADE, related_name="+", db_index=False)
    direction = models.CharField(max_length=3, choices=Direction.choices)
    hour = models.DateTimeField()  # start of the hour, UTC
    count = models.PositiveIntegerField(default=0)
    sum_minor = models.BigIntegerField(default=0)
    band_count = models.PositiveIntegerField(default=0)
    band_sum_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "direction", "hour"], name="activity_hour_once")]
        indexes = [models.Index(fields=["hour"], name="activity_age")]


class Assessment(models.Model):
    """One judgement of one transaction: the facts as they were, the reasons, and what it was judged by. Append-only."""

    id = UUID7Field()
    transaction_id = models.UUIDField()
    transaction_kind = models.CharField(max_length=20)
    facts = models.JSONField()  # names, countries, amount; no birth dates
    originator = models.ForeignKey("accounts.Customer", on_delete=models.PROTECT, null=True, related_name="+")
    beneficiary = models.ForeignKey("accounts.Customer", on_delete=models.PROTECT, null=True, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = CurrencyField()
    base_minor = models.BigIntegerField(null=True)  # null: no reference rate for the currency
    outcome = models.CharField(max_length=8, choices=[(o.value, o.value) for o in Outcome])
    score = models.PositiveSmallIntegerField()
    level = models.CharField(max_length=8, choices=[(level.value, level.value) for level in RiskLevel])
    reasons = models.JSONField(default=list)
    quiet = models.JSONField(default=list)  # what rules measured that did not fire
    rule_versions = models.JSONField(default=dict)  # {"large_amount": 1, ...}
    list_versions = models.JSONField(default=dict)  # {"ofac": "2026-...", ...}
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["transaction_id"], name="assessment_transaction")]

    @property
    def customer_ids(self) -> set[UUID]:
        """Our own customers among the parties."""
        found: list[Any] = [self.originator_id, self.beneficiary_id]
        return {party for party in found if party is not None}
