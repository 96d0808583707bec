"""Exchange rates."""

from django.db import models
from django.db.models import F, Q

from ledger.constants import RateSource
from nexafi.core import clock
from nexafi.core.fields import CurrencyField, DecimalTextField, UUID7Field


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
