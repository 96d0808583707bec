"""Signs of life of the processes that nobody can ask over HTTP."""

from django.db import models

from nexafi.core import clock


class Heartbeat(models.Model):
    """The last sign of one process ("worker:host-12", "scheduler"). `holder` is who may act under a leased name."""

    name = models.CharField(max_length=120, primary_key=True)
    holder = models.CharField(max_length=120, blank=True)
    beaten_at = models.DateTimeField(default=clock.now)
