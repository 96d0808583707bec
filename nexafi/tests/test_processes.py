"""The worker and the scheduler as real processes, with the broker that the environment names."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from nexafi.observability.heartbeats import SCHEDULER, WORKER, alive
from nexafi.observability.models import Heartbeat
from nexafi.outbox.models import OutboxEvent
from nexafi.outbox.services.publish import publish

CELERY = ("-m", "celery", "-A", "nexafi")


def database_url() -> str:
    """The test database, for another process."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    sign_in = f"{database['USER']}:{database['PASSWORD']}" if database["PASSWORD"] else database["USER"]
    return f"postgres://{sign_in}@{database['HOST']}:{database['PORT']}/{database['NAME']}"


@contextlib.contextmanager
def process(var: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "nexafi.settings.dev",
        "DATABASE_URL": database_url(),
        "NEXAFI_VAR": str(var),
    }
    with (var / f"{arguments[0]}.log").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, *CELERY, *arguments], env=environment, cwd=settings.BASE_DIR, stdout=log, stderr=log
        )
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


@pytest.mark.xdist_group("stack")  # no other worker beside it on the same broker
@pytest.mark.django_db(transaction=True)
def test_worker_and_scheduler_deliver_show_life_and_stop_in_order(tmp_path):
    worker_options = ("worker", "--without-gossip", "--without-mingle")
    beat_options = ("beat", "--pidfile=", "--schedule", str(tmp_path / "schedule"))
    with (
        process(tmp_path, *worker_options) as worker,
        process(tmp_path, *beat_options) as scheduler,
        process(tmp_path, *beat_options[:-1], str(tmp_path / "standby")) as standby,
    ):
        wait_until(lambda: bool(alive(WORKER) and alive(SCHEDULER)))
        with transaction.atomic():
            event_id = publish("tests.nobody_listens", {})
        wait_until(lambda: OutboxEvent.objects.get(pk=event_id).status == "delivered")

        holder = Heartbeat.objects.get(name=SCHEDULER).holder
        leader = next(child for child in (scheduler, standby) if holder.endswith(f"-{child.pid}"))
        started = time.monotonic()
        for child in (leader, worker):
            child.send_signal(signal.SIGTERM)
        assert [child.wait(15) for child in (leader, worker)] == [0, 0]
        assert time.monotonic() - started < 12
        assert alive(WORKER) == []
        wait_until(
            lambda: bool(Heartbeat.objects.filter(name=SCHEDULER).exclude(holder=holder))
        )  # the standby took over
    logs = "".join(path.read_text() for path in tmp_path.glob("*.log"))
    assert "superuser" not in logs
    assert "Traceback" not in logs
