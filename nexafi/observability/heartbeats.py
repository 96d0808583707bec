"""Heartbeats as rows: they work with every broker, and show that a process reaches the database."""

from datetime import timedelta

from django.db.models import Q

from nexafi.core import clock
from nexafi.observability.models import Heartbeat

SCHEDULER = "scheduler"
WORKER = "worker:"
EVERY = 5  # seconds between two signs of a process
SILENT_AFTER = timedelta(seconds=20)  # then it counts as gone
FORGET_AFTER = timedelta(days=1)


def beat(name: str) -> None:
    """The process `name` is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beaten_at": clock.now()})


def hold_lease(name: str, holder: str) -> bool:
    """Take or keep the name for `holder`; False while another process holds it and shows signs of life.

    One conditional UPDATE decides, so of two that ask at once one gets it.
    """
    now = clock.now()
    Heartbeat.objects.get_or_create(name=name, defaults={"holder": holder, "beaten_at": now})
    free = Q(holder=holder) | Q(beaten_at__lt=now - SILENT_AFTER)
    return bool(Heartbeat.objects.filter(free, name=name).update(holder=holder, beaten_at=now))


def give_up_lease(name: str, holder: str) -> None:
    """An orderly stop: the next process need not wait until the lease runs out."""
    Heartbeat.objects.filter(name=name, holder=holder).delete()


def forget(name: str) -> None:
    """The process `name` stopped in order."""
    Heartbeat.objects.filter(name=name).delete()


def alive(prefix: str) -> list[str]:
    """Names of the live processes whose name starts with `prefix`."""
    beats = Heartbeat.objects.filter(name__startswith=prefix, beaten_at__gte=clock.now() - SILENT_AFTER)
    return sorted(beats.values_list("name", flat=True))


def prune() -> None:
    """Remove the signs of processes that were killed long ago."""
    Heartbeat.objects.filter(beaten_at__lt=clock.now() - FORGET_AFTER).delete()
