"""The sandbox processor's own books; the product reads them only through the processor's interface."""

from django.db import models
from django.db.models import Q

from nexafi.core import clock
from nexafi.core.fields import CurrencyField, UUID7Field


class SandboxTransfer(models.Model):
    """A transfer as the sandbox sees it: what will become of it, and how often it still tells so."""

    id = UUID7Field()
    instruction_id = models.UUIDField(unique=True)
    kind = models.CharField(max_length=10)
    amount_minor = models.BigIntegerField()
    currency = CurrencyField()
    failure_code = models.CharField(max_length=40, blank=True)  # empty: it will succeed
    settles_at = models.DateTimeField()
    events_left = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["settles_at"], name="sandbox_due", condition=Q(events_left__gt=0))]
