"""What every assessed movement of money keeps of compliance's decision."""

from django.db import models

from nexafi.core.fields import CurrencyField
from nexafi.core.money import Money


class AssessedMovement(models.Model):
    """An amount and the decision on it. `reasons` are for staff: customers are told less (payments/api/render)."""

    amount_minor = models.BigIntegerField()
    currency = CurrencyField()
    assessment_id = models.UUIDField()
    alert_id = models.UUIDField(null=True)
    outcome = models.CharField(max_length=8)
    reasons = models.JSONField(default=list)
    failure_code = models.CharField(max_length=40, blank=True)

    class Meta:
        abstract = True

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
