"""`manage.py benchmark api`: what a payment through the whole pipeline costs, beside a bare authenticated call.

The server is the product's own: Granian with two worker processes on the configured PostgreSQL and Redis. Sixteen
clients in a process of their own send one request after another. CPU is what the web processes used, from /proc.
"""

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import requests
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from nexafi.benchmarks.base import Figure, Progress, benchmark
from nexafi.ops import bank, ledger_bank  # noqa: F401  register themselves
from nexafi.ops.net import free_port
from nexafi.ops.payers import Payer, funded_payers
from nexafi.ops.processes import family

CLIENTS: Final = 16
PROCESSES: Final = 2
WARM_UP: Final = 300  # requests
PAYMENTS_PER_CUSTOMER: Final = 6  # below the velocity rule, so that most payments are clean
CUSTOMERS: Final = 400
SECONDS: Final = 25
AIM_P95_MS: Final = 200.0
AIM_ERROR_RATE: Final = 0.001
AIM_OVER_BARE: Final = 12.0


@benchmark("api")
def api(progress: Progress) -> list[Figure]:
    """POST /payments under load: rates, latencies, CPU and statements. Needs PostgreSQL and Redis."""
    if connection.vendor != "postgresql" or not settings.REDIS_URL:
        raise CommandError("benchmark api measures on PostgreSQL and Redis: set DATABASE_URL and REDIS_URL.")
    progress.set_description_str("opening accounts")
    payers = funded_payers(CUSTOMERS)
    statements = _statements(payers)
    with _server() as server:
        progress.set_description_str("bare endpoint")
        _measure(server, _bare(payers, WARM_UP))
        bare = _measure(server, _bare(payers, 4000))
        progress.set_description_str("payments")
        _measure(server, _payments(payers, WARM_UP, seed=1))
        paid = _measure(server, _payments(payers, CUSTOMERS * PAYMENTS_PER_CUSTOMER, seed=2))
    return _figures(bare, paid, statements)


Request = tuple[str, str, dict[str, str], str | None]


def _bare(payers: list[Payer], count: int) -> list[list[Request]]:
    requests: list[Request] = [("GET", "/api/v1/bare", _headers(payers[n % len(payers)]), None) for n in range(count)]
    return [requests[client::CLIENTS] for client in range(CLIENTS)]


def _payments(payers: list[Payer], count: int, *, seed: int) -> list[list[Request]]:
    """Small payments between random customers, each payer in turn, every request with a key of its own."""
    rng = random.Random(seed)
    requests: list[Request] = []
    for number in range(count):
        payer, payee = payers[number % len(payers)], rng.choice(payers)
        if payee is payer:
            payee = payers[(number + 1) % len(payers)]
        body = {
            "source_wallet_id": payer.wallet_id,
            "destination_wallet_id": payee.wallet_id,
            "amount": f"{rng.randint(1, 80)}.{rng.randint(0, 99):02d}",
            "currency": "USD",
            "description": "Benchmark",
        }
        headers = _headers(payer) | {"Content-Type": "application/json", "Idempotency-Key": f"bench-{seed}-{number}"}
        requests.append(("POST", "/api/v1/payments", headers, json.dumps(body)))
    return [requests[client::CLIENTS] for client in range(CLIENTS)]


def _headers(payer: Payer) -> dict[str, str]:
    return {"Authorization": f"Bearer {payer.token}", "Accept": "application/json"}


@override_settings(ALLOWED_HOSTS=["testserver"], RATE_LIMIT_FACTOR=1_000_000)
def _statements(payers: list[Payer]) -> int:
    """SQL statements of one payment once caches are warm, transaction control included."""
    client = Client()
    for number, count in enumerate((3, 1)):
        with CaptureQueriesContext(connection) as captured:
            for _, path, headers, body in _payments(payers, count, seed=100 + number)[0][:count]:
                response = client.post(path, body, content_type="application/json", headers=headers)
                if response.status_code != 201 or response.json()["status"] != "completed":
                    raise CommandError(f"A clean payment was answered {response.status_code}: {response.content!r}")
    return len(captured)


@dataclass(frozen=True)
class _Server:
    port: int
    pid: int


@contextmanager
def _server() -> Iterator[_Server]:
    port = free_port()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "nexafi.settings.benchmark",
        "DATABASE_POOL": "1",
        "DATABASE_POOL_SIZE": "8",
    }
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--log-level", "error"]
    command += ["--workers", str(PROCESSES), "--blocking-threads", "4", "--no-ws", "nexafi.wsgi:application"]
    child = subprocess.Popen(  # noqa: S603
        command,
        env=environment,
        cwd=Path(__file__).parents[2],
        stderr=subprocess.DEVNULL,  # its log lines are written all the same
        start_new_session=True,
    )
    try:
        _wait(port)
        yield _Server(port, child.pid)
    finally:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(timeout=20)


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            requests.get(f"http://127.0.0.1:{port}/health/live", timeout=1).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise CommandError("The web server did not start.")


@dataclass(frozen=True)
class Measured:
    """One run of the load: rates, latencies in milliseconds, server CPU per request in milliseconds."""

    per_second: float
    p50: float
    p95: float
    p99: float
    error_rate: float
    cpu_ms: float
    database_cpu_ms: float


def _measure(server: _Server, clients: list[list[Request]]) -> Measured:
    specification = {"host": "127.0.0.1", "port": server.port, "seconds": SECONDS, "clients": clients}
    web, database = _cpu(family(server.pid)), _cpu(_database_processes())
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(Path(__file__).with_name("load.py"))],
        input=json.dumps(specification),
        capture_output=True,
        text=True,
        check=True,
    )
    web, database = _cpu(family(server.pid)) - web, _cpu(_database_processes()) - database
    result = json.loads(done.stdout)
    latencies, count = sorted(result["latencies_ms"]), len(result["latencies_ms"])
    good = sum(n for status, n in result["statuses"].items() if status in ("200", "201"))
    cuts = statistics.quantiles(latencies, n=100, method="inclusive")
    return Measured(
        per_second=count / result["elapsed"],
        p50=cuts[49],
        p95=cuts[94],
        p99=cuts[98],
        error_rate=1 - good / count,
        cpu_ms=1000 * web / count,
        database_cpu_ms=1000 * database / count,
    )


def _database_processes() -> list[int]:
    """Server processes of this database's connections."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return [pid for (pid,) in cursor.fetchall()]


def _cpu(pids: list[int]) -> float:
    """Seconds of CPU that these processes have used; those that are not on this machine count nothing."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _figures(bare: Measured, paid: Measured, statements: int) -> list[Figure]:
    return [
        Figure("payment_rps", paid.per_second, "requests/s"),
        Figure("payment_p50_ms", paid.p50, "ms"),
        Figure.at_most("payment_p95_ms", paid.p95, "ms", AIM_P95_MS),
        Figure("payment_p99_ms", paid.p99, "ms"),
        Figure.at_most("payment_error_rate", paid.error_rate, "share", AIM_ERROR_RATE),
        Figure("payment_cpu_ms", paid.cpu_ms, "ms"),
        Figure("payment_database_cpu_ms", paid.database_cpu_ms, "ms"),
        Figure.at_most("payment_cpu_over_bare", paid.cpu_ms / bare.cpu_ms, "ratio", AIM_OVER_BARE),
        Figure("payment_statements", statements, "statements"),
        Figure("bare_rps", bare.per_second, "requests/s"),
        Figure("bare_cpu_ms", bare.cpu_ms, "ms"),
    ]
