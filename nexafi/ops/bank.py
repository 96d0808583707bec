"""The bank test: sixteen clients pay at random while a web worker and a Celery worker are killed again and again.

Afterwards every acknowledged payment must be there once, no request may have paid twice, entries must sum to zero in
every currency, and balances must equal the sum of their lines. The shape is Jepsen's bank test; the faults are ours.
"""

import json
import os
import random
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import requests
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import override_settings

from audit.services.verify import verify_log
from ledger.integrity import check_ledger
from nexafi.benchmarks.base import Figure, Progress, benchmark
from nexafi.ops.net import free_port
from nexafi.ops.payers import Payer, funded_payers
from nexafi.ops.processes import family
from nexafi.ops.supervisor import python
from nexafi.outbox.models import OutboxEvent
from payments.models import Payment

CLIENTS: Final = 16
SECONDS: Final = 15.0
KILL_EVERY: Final = 2.5
SETTLE_SECONDS: Final = 150.0  # what a killed worker had claimed comes free after half a minute
PAYERS: Final = 48


@dataclass
class Outcome:
    """What the clients saw. A key is acknowledged when an answer named its payment."""

    acknowledged: dict[str, str] = field(default_factory=dict)  # idempotency key -> payment id
    contradicted: list[str] = field(default_factory=list)  # keys whose repeated answer named another payment
    tried: set[str] = field(default_factory=set)
    kills: Counter[str] = field(default_factory=Counter)


@benchmark("bank")
def bank(progress: Progress) -> list[Figure]:
    """The bank test. Needs PostgreSQL and Redis."""
    if connection.vendor != "postgresql" or not settings.REDIS_URL:
        raise CommandError("The bank test runs on PostgreSQL and Redis: set DATABASE_URL and REDIS_URL.")
    progress.set_description_str("opening accounts")
    payers = funded_payers(PAYERS)
    with (
        tempfile.TemporaryDirectory(prefix="nexafi-bank-") as folder,
        override_settings(AUDIT_HEADS_PATH=Path(folder) / "heads"),
    ):
        with _product(folder) as (port, pid):
            progress.set_description_str("paying and killing")
            outcome = _run(payers, port, pid)
            progress.set_description_str("settling")
            _settle()
        return _figures(outcome)


@contextmanager
def _product(folder: str) -> Iterator[tuple[int, int]]:
    """The whole product on the throw-away database; gives its port and the supervisor's process id."""
    port = free_port()
    environment = {**os.environ, "NEXAFI_VAR": folder, "RATE_LIMIT_FACTOR": "1000000", **_shared_keys()}
    command = python("manage.py", "run", "--without-demo-data", "--port", str(port))
    root, nowhere = Path(__file__).parents[2], subprocess.DEVNULL
    child = subprocess.Popen(command, env=environment, cwd=root, stdout=nowhere, stderr=nowhere)  # noqa: S603
    try:
        _wait(port)
        yield port, child.pid
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(timeout=30)


def _shared_keys() -> dict[str, str]:
    """The product runs in a folder of its own but must open this process's tokens, fields and audit heads."""
    return {
        "SECRET_KEY": settings.SECRET_KEY,
        "AUDIT_KEY_FILE": str(settings.AUDIT_KEY_FILE),
        "AUDIT_HEADS_PATH": str(settings.AUDIT_HEADS_PATH),
    }


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            requests.get(f"http://127.0.0.1:{port}/health/ready", timeout=1).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise CommandError("The product did not start.")


def _run(payers: list[Payer], port: int, pid: int) -> Outcome:
    outcome, stop = Outcome(), threading.Event()
    clients = [_Client(number, payers=payers, port=port, outcome=outcome, stop=stop) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    deadline = time.monotonic() + SECONDS
    turn = 0
    while time.monotonic() + KILL_EVERY < deadline:
        time.sleep(KILL_EVERY)
        kind = ("web", "worker")[turn % 2]
        outcome.kills[kind] += _kill(pid, kind)
        turn += 1
    stop.set()
    for client in clients:
        client.join()
    return outcome


def _kill(supervisor: int, kind: str) -> bool:
    """SIGKILL one worker process of a kind: a child of Granian's main process, or of Celery's."""
    mark = {"web": "granian", "worker": "celery"}[kind]
    for pid in family(supervisor)[1:]:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if mark in command and " beat" not in command.replace("\0", " "):
            children = family(pid)[1:]
            if children:
                os.kill(children[-1], signal.SIGKILL)
                return True
    return False


class _Client(threading.Thread):
    """One client: pays at random, repeats what went wrong, and sometimes asks again for an answer it has."""

    def __init__(self, number: int, *, payers: list[Payer], port: int, outcome: Outcome, stop: threading.Event) -> None:
        super().__init__(name=f"client-{number}")
        self.number, self.payers, self.outcome, self.stop = number, payers, outcome, stop
        self.url = f"http://127.0.0.1:{port}/api/v1/payments"
        self.random = random.Random(number)  # noqa: S311  variety, not secrecy
        self.http = requests.Session()

    def run(self) -> None:
        count = 0
        while not self.stop.is_set():
            key = f"bank-{self.number}-{count}"
            count += 1
            payer, body = self._order(key)
            self.outcome.tried.add(key)
            for _ in range(1 if self.random.random() < 0.9 else 2):
                self._until_answered(payer, key, body)

    def _order(self, key: str) -> tuple[Payer, str]:
        payer, payee = self.random.sample(self.payers, 2)
        body = {
            "source_wallet_id": payer.wallet_id,
            "destination_wallet_id": payee.wallet_id,
            "amount": f"{self.random.randint(1, 300)}.{self.random.randint(0, 99):02d}",
            "currency": "USD",
            "description": key,
        }
        return payer, json.dumps(body)

    def _until_answered(self, payer: Payer, key: str, body: str) -> None:
        for _ in range(12):
            answer = self._post(payer, key, body)
            if answer is not None and answer.status_code == 201:
                self._acknowledge(key, answer.json()["id"])
                return
            refused = answer is not None and answer.status_code < 500 and answer.status_code != 409
            if refused or self.stop.is_set():
                return
            time.sleep(0.3)

    def _post(self, payer: Payer, key: str, body: str) -> requests.Response | None:
        headers = {"Authorization": f"Bearer {payer.token}", "Content-Type": "application/json", "Idempotency-Key": key}
        try:
            return self.http.post(self.url, data=body, headers=headers, timeout=15)
        except requests.RequestException:
            return None  # the worker was killed: nobody knows whether it paid

    def _acknowledge(self, key: str, payment: str) -> None:
        if self.outcome.acknowledged.setdefault(key, payment) != payment:
            self.outcome.contradicted.append(key)


def _settle() -> None:
    """Wait until every event is delivered. Raises CommandError when the outbox does not drain."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while OutboxEvent.objects.filter(status=OutboxEvent.Status.PENDING).exists():
        if time.monotonic() > deadline:
            raise CommandError("The outbox did not drain.")
        time.sleep(0.3)


def _figures(outcome: Outcome) -> list[Figure]:
    stored = list(Payment.objects.filter(description__startswith="bank-").values_list("description", "id"))
    by_key = Counter(key for key, _ in stored)
    ids = {str(payment) for _, payment in stored}
    ledger, log = check_ledger(lambda name, rows: None), verify_log()
    return [
        Figure.at_least("acknowledged", len(outcome.acknowledged), "payments", 1),
        Figure.at_most("lost", len(set(outcome.acknowledged.values()) - ids), "payments", 0),
        Figure.at_most("paid_twice", sum(1 for n in by_key.values() if n > 1), "requests", 0),
        Figure.at_most("contradicted", len(outcome.contradicted), "requests", 0),
        Figure("unanswered", len(outcome.tried) - len(outcome.acknowledged), "requests"),
        Figure.at_least("web_workers_killed", outcome.kills["web"], "kills", 1),
        Figure.at_least("celery_workers_killed", outcome.kills["worker"], "kills", 1),
        Figure.at_most("parked_events", OutboxEvent.objects.filter(status="parked").count(), "events", 0),
        Figure.at_most("ledger_faults", len(ledger.faults), "faults", 0),
        Figure.at_most("audit_findings", len(log.findings), "findings", 0),
    ]
