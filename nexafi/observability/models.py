"""Signs of life of the processes that nobody can ask over HTTP, and what they measured last."""

from django.db import models

from nexafi.core import clock


class Heartbeat(models.Model):
    """The last sign of one process ("worker:host-12", "scheduler"). `holder` is who may act under a leased name."""

    name = models.CharField(max_length=120, primary_key=True)
    holder = models.CharField(max_length=120, blank=True)
    beaten_at = models.DateTimeField(default=clock.now)


class Measurement(models.Model):
    """What a task measured last. Kept here and not in the cache, which without Redis each process has to itself."""

    name = models.CharField(max_length=60, primary_key=True)
    value = models.JSONField()
    taken_at = models.DateTimeField()
