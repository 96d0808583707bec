"""The Celery application. Tasks are found in every app's tasks.py; the schedule is code, so it needs no table."""

import logging
import os
import threading
import warnings
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_ready, worker_shutting_down
from django.db import DatabaseError, close_old_connections
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nexafi.settings.dev")
log = logging.getLogger(__name__)

# In a container a worker runs as root, which is harmless where messages are read as JSON only.
warnings.filterwarnings("ignore", message=r"\s*You're running the worker with superuser privileges")
TRANSPORT_ALIASES["directory"] = "nexafi.broker:Transport"

app = Celery("nexafi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

_stopping = threading.Event()


@setup_logging.connect
def log_as_django_does(**kwargs: Any) -> None:
    """Django's LOGGING is in force already; being connected keeps Celery from replacing it."""


@worker_ready.connect
def start_heartbeat(sender: Any, **kwargs: Any) -> None:
    """A thread writes the worker's sign of life, also while a long task runs."""
    threading.Thread(target=_beat, args=(str(sender.hostname),), name="heartbeat", daemon=True).start()


@worker_shutting_down.connect
def stop_heartbeat(**kwargs: Any) -> None:
    _stopping.set()


def _beat(hostname: str) -> None:
    from nexafi.observability import heartbeats

    name = f"{heartbeats.WORKER}{hostname}"
    while not _stopping.is_set():
        try:
            close_old_connections()
            heartbeats.beat(name)
            heartbeats.prune()
        except DatabaseError as error:
            log.warning("The worker cannot reach the database: %s", type(error).__name__)
        _stopping.wait(heartbeats.EVERY)
    heartbeats.forget(name)
