"""Exchange rates and what positions were worth at them."""

from django.db import models
from django.db.models import F, Q

from ledger.constants import RateSource
from nexafi.core import clock
from nexafi.core.fields import CurrencyField, DecimalTextField, UUID7Field


class Revaluation(models.Model):
    """What a foreign currency's open position was worth at the end of a day (IAS 21): never changed.

    `position` is in minor units of the currency, positive when more is held than owed; the other amounts are in minor
    units of `base`. `difference` = `value` - `carrying`, unrealised; `realised` is what positions closed since the
    revaluation before earned, or lost.
    """

    id = UUID7Field()
    on = models.DateField()
    currency = CurrencyField()
    base = CurrencyField()
    position = models.BigIntegerField()
    carrying = models.BigIntegerField()
    rate = DecimalTextField(max_length=40, null=True)  # None: the position is zero
    rate_source = models.CharField(max_length=20, blank=True)
    rate_of = models.DateField(null=True)
    value = models.BigIntegerField()
    difference = models.BigIntegerField()
    realised = models.BigIntegerField()
    entry = models.OneToOneField("JournalEntry", models.PROTECT, null=True, related_name="+", db_constraint=False)
    reversal = models.OneToOneField("JournalEntry", models.PROTECT, null=True, related_name="+", db_constraint=False)
    realisation = models.OneToOneField("JournalEntry", models.PROTECT, null=True, related_name="+", db_constraint=False)
    reason = models.CharField(max_length=500)
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-on", "currency"]
        constraints = [
            models.UniqueConstraint(name="revaluation_once", fields=["currency", "on"]),
            models.CheckConstraint(name="revaluation_adds_up", condition=Q(difference=F("value") - F("carrying"))),
        ]
        indexes = [models.Index(fields=["on", "id"], name="revaluation_day")]

    def __str__(self) -> str:
        return f"{self.currency} on {self.on}"


class BaseCurrency(models.Model):
    """The currency that results are worked out in, kept with the first that is: one row, never changed
    (ledger.services.base)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    currency = CurrencyField()
    settled_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.CheckConstraint(name="base_currency_one", condition=Q(id=1))]

    def __str__(self) -> str:
        return self.currency


class ExchangeRate(models.Model):
    """One unit of `base` costs `rate` units of `quote` on `valid_on`, as `source` has it. Never changed: a correction
    is a newer row of the same source and day, and the newest counts."""

    id = UUID7Field()
    source = models.CharField(max_length=20, choices=RateSource.choices)
    base = CurrencyField()
    quote = CurrencyField()
    rate = DecimalTextField(max_length=40)
    valid_on = models.DateField()
    reason = models.CharField(max_length=500, blank=True)
    recorded_at = models.DateTimeField(default=clock.now)
    recorded_by = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-valid_on", "base", "quote"]
        constraints = [models.CheckConstraint(name="rate_of_two_currencies", condition=~Q(base=F("quote")))]
        indexes = [
            models.Index(fields=["source", "valid_on"], name="rate_source_day"),
            models.Index(fields=["base", "quote", "valid_on", "id"], name="rate_lookup"),
            models.Index(fields=["valid_on", "id"], name="rate_day"),
        ]

    def __str__(self) -> str:
        return f"{self.base}/{self.quote} {self.rate} on {self.valid_on} ({self.source})"
