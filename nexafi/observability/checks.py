"""The parts that every installation has: database, cache, broker, workers, scheduler."""

import os

from django.conf import settings
from django.core.cache import cache
from django.db import connection

from nexafi.observability.heartbeats import SCHEDULER, WORKER, alive
from nexafi.observability.parts import DATABASE, DOWN, OK, Reading, part


@part(DATABASE, in_database=False)
def check_database() -> Reading:
    """One round trip."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return Reading(OK, {"vendor": connection.vendor})


@part("cache", in_database=False)
def check_cache() -> Reading:
    """A value written is read back."""
    cache.set("observability.check", 1, timeout=60)
    return Reading(OK if cache.get("observability.check") == 1 else DOWN)


@part("broker", in_database=False)
def check_broker() -> Reading:
    """Redis answers, or the broker's directory can be written."""
    if settings.REDIS_URL:
        import redis

        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=0.5) as client:
            return Reading(OK if client.ping() else DOWN, {"kind": "redis"})
    folder = settings.VAR_DIR / "broker"
    return Reading(OK if folder.is_dir() and os.access(folder, os.W_OK) else DOWN, {"kind": "directory"})


@part("workers")
def check_workers() -> Reading:
    """At least one worker gave a sign of life lately."""
    workers = alive(WORKER)
    return Reading(OK if workers else DOWN, {"alive": len(workers)})


@part("scheduler")
def check_scheduler() -> Reading:
    return Reading(OK if alive(SCHEDULER) else DOWN)
