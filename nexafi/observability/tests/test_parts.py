import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.test import Client

from nexafi.core import clock
from nexafi.observability import heartbeats, parts
from nexafi.observability.models import Heartbeat
from nexafi.outbox.models import OutboxEvent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ask_anew(settings, tmp_path):
    parts._latest = (float("-inf"), [])
    settings.METRICS_NETWORKS = ["127.0.0.1/32"]
    settings.DRAIN_FILE = tmp_path / "draining"


def services() -> dict[str, dict]:
    body = Client().get("/api/v1/services").json()
    return {part["name"]: part for part in body["services"]} | {"": body}


def test_every_part_is_reported_with_state_and_latency():
    heartbeats.beat("worker:here")
    heartbeats.hold_lease(heartbeats.SCHEDULER, "here")
    answer = services()
    expected = {
        "database",
        "cache",
        "broker",
        "workers",
        "scheduler",
        "outbox",
        "audit_log",
        "sanctions_lists",
        "ledger_check",
    }
    assert expected <= set(answer)
    assert (answer["database"]["state"], answer["workers"]["alive"]) == ("ok", 1)
    assert answer["workers"]["state"] == answer["scheduler"]["state"] == answer["outbox"]["state"] == "ok"
    assert all(part["latency_ms"] >= 0 for name, part in answer.items() if name)


def test_silent_workers_and_parked_events_are_told():
    Heartbeat.objects.create(name="worker:gone", beaten_at=clock.now() - timedelta(minutes=1))
    OutboxEvent.objects.create(name="x.y", payload={}, actor_kind="system", status="parked")
    OutboxEvent.objects.create(
        name="x.y", payload={}, actor_kind="system", available_at=clock.now() - timedelta(seconds=300)
    )
    answer = services()
    assert (answer["workers"]["state"], answer["scheduler"]["state"]) == ("down", "down")
    assert answer["outbox"]["state"] == "degraded"
    assert (answer["outbox"]["pending"], answer["outbox"]["parked"]) == (1, 1)
    assert 300 <= answer["outbox"]["late_seconds"] < 320
    assert answer[""]["status"] == "degraded"


def test_a_failing_check_is_a_part_that_is_down_not_an_error(monkeypatch):
    def broken() -> parts.Reading:
        raise ConnectionError("secret.host.internal refused")

    monkeypatch.setitem(parts._checks, "broken", (broken, True))
    response = Client().get("/api/v1/services")
    assert response.status_code == 200
    assert services()["broken"]["state"] == "down"
    assert b"secret.host" not in response.content


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/api/v1/health", "/api/v1/health/ready"])
def test_ready_means_database_migrations_and_not_draining(path, settings):
    response = Client().get(path)
    assert (response.status_code, response.json()["status"]) == (200, "ok")
    settings.DRAIN_FILE.touch()
    response = Client().get(path)
    assert (response.status_code, response.json()["checks"]["draining"]) == (503, "yes")


@pytest.mark.parametrize("path", ["/health/live", "/api/v1/health/live"])
def test_live_does_not_ask_the_database(path, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert Client().get(path).json() == {"status": "ok"}


def test_without_any_server_probes_answer_and_the_doorbell_neither_fails_nor_blocks():
    """In a process of its own, against ports where nobody listens."""
    script = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "client = Client()\n"
        "live, ready, services = (client.get('/' + p) for p in ('health/live', 'health/ready', 'api/v1/services'))\n"
        "assert live.status_code == 200 and ready.status_code == 503, (live, ready)\n"
        "states = {p['name']: p['state'] for p in services.json()['services']}\n"
        "assert services.status_code == 200 and services.json()['status'] == 'down', services.content\n"
        "assert set(states.values()) == {'down'}, states\n"
        "import time\n"
        "from nexafi.outbox.services import doorbell\n"
        "started = time.perf_counter(); doorbell.ring(); doorbell.ring()\n"
        "assert time.perf_counter() - started < 0.1\n"
        "assert doorbell._send() is False\n"
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "nexafi.settings.dev",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, check=False, timeout=90, text=True
    )
    assert done.returncode == 0, done.stderr


def test_metrics_count_requests_by_route_and_tell_the_parts():
    Client().get("/health/live")
    Client().get("/somewhere/else/id-4711")
    text = Client().get("/metrics").content.decode()
    assert 'nexafi_http_requests_total{method="GET",route="health/live",status="200"}' in text
    assert 'nexafi_http_request_duration_seconds_bucket{le="0.1",method="GET",route="health/live"}' in text
    assert 'nexafi_part_up{part="database"} 1.0' in text
    assert "nexafi_outbox_pending 0.0" in text
    assert "id-4711" not in text


@pytest.mark.parametrize(
    ("_case", "address", "headers", "status"),
    [
        ("from this machine", "127.0.0.1", {}, 200),
        ("from elsewhere", "203.0.113.9", {}, 403),
        ("through an unknown proxy", "127.0.0.1", {"x-forwarded-for": "203.0.113.9"}, 403),
        ("with the token", "203.0.113.9", {"authorization": "Bearer scrape-me"}, 200),
        ("with a wrong token", "203.0.113.9", {"authorization": "Bearer scrape"}, 403),
        ("with no token", "203.0.113.9", {"authorization": "Bearer "}, 403),
    ],
)
def test_metrics_are_for_insiders(_case, address, headers, status, settings):
    settings.METRICS_TOKEN = "scrape-me"
    assert Client(REMOTE_ADDR=address).get("/metrics", headers=headers).status_code == status


def test_the_lease_is_held_by_one_and_passes_on_when_it_runs_out():
    assert heartbeats.hold_lease("scheduler", "a")
    assert not heartbeats.hold_lease("scheduler", "b")
    assert heartbeats.hold_lease("scheduler", "a")
    Heartbeat.objects.update(beaten_at=clock.now() - timedelta(seconds=30))
    assert heartbeats.hold_lease("scheduler", "b")
    assert not heartbeats.hold_lease("scheduler", "a")
    heartbeats.give_up_lease("scheduler", "a")
    assert heartbeats.alive("scheduler") == ["scheduler"]
    heartbeats.give_up_lease("scheduler", "b")
    assert heartbeats.hold_lease("scheduler", "a")


def test_signs_of_the_long_dead_are_removed():
    Heartbeat.objects.create(name="worker:old", beaten_at=clock.now() - timedelta(days=2))
    heartbeats.beat("worker:new")
    heartbeats.prune()
    assert list(Heartbeat.objects.values_list("name", flat=True)) == ["worker:new"]


def test_two_web_processes_add_up_their_counters(tmp_path):
    """Both write into the directory of their common parent; either tells the sum."""
    script = (
        "import sys; from pathlib import Path\n"
        "from nexafi.observability.shared_metrics import share_counters\n"
        f"share_counters(Path({str(tmp_path)!r}))\n"
        "from nexafi.observability import metrics\n"
        "metrics.count_request(method='GET', route='x', status=200, seconds=0.01)\n"
        "sys.stdout.write(metrics.exposition().decode())\n"
    )
    (tmp_path / "metrics" / "999999999").mkdir(parents=True)  # of a server that is gone
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PROMETHEUS")}
    for expected in ("1.0", "2.0"):
        out = subprocess.check_output([sys.executable, "-c", script], env=environment, timeout=60, text=True)
        assert f'nexafi_http_requests_total{{method="GET",route="x",status="200"}} {expected}' in out
    assert [path.name for path in (tmp_path / "metrics").iterdir()] == [str(os.getpid())]
