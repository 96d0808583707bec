"""benchmark audit: what the log takes from writers, what it adds to a business transaction, how late sealing is.

The yardstick in the same run is the usual home-made log: a hash chain under one lock, held to the end of the
transaction.
"""

import multiprocessing
import os
import random
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection, connections, transaction
from django.test import override_settings

from audit.events import EventDraft, write
from audit.management.commands.seal_audit import follow
from audit.models import AuditEvent, TreeHead
from audit.services.record import record_many
from audit.services.seal import seal_pending
from audit.services.verify import verify_log
from nexafi.benchmarks.base import Figure, Progress, benchmark

WRITERS = 16
OFFERED = 5_500  # events per second that the writers together hand to the sequencer, or less:
OFFERED_OVER_CHAIN = 4.5  # on a machine whose chain is slow, this many times what the chain takes
SECONDS = 8
ACCOUNTS = 10_000
_fork = multiprocessing.get_context("fork")
Transaction = Callable[[], None]
Maker = Callable[[], Transaction]  # called in the writer's own process
_CONNECTION = {"dbname", "user", "password", "host", "port"}


@benchmark("audit")
def audit(progress: Progress) -> list[Figure]:
    """Sealed events per second with 16 writers and a sequencer, against a locked chain; cost, lag and verification."""
    anchor = Path(mkdtemp(prefix="nexafi-bench-"), "heads.log")
    with override_settings(AUDIT_HEADS_PATH=anchor, AUDIT_KEY_FILE=anchor.with_name("key")):
        _make_tables()
        progress.set_description("locked chain")
        chain = _rate(lambda: _Client().append_to_chain)
        progress.set_description("sealing")
        sealed = _sealed_rate(min(OFFERED, OFFERED_OVER_CHAIN * chain))
        lag = _seal_lag_p99()
        progress.set_description("business transactions without audit")
        plain = _rate(lambda: _business)
        progress.set_description("business transactions with audit")
        audited = _rate(lambda: _audited_business, sequencer=True)
        seal_pending(seconds=30)
        progress.set_description("verifying")
        verified = _verify_rate()
    return _figures(chain, sealed, lag, plain / audited, verified)


def _figures(chain: float, sealed: float, lag: float, cost: float, verified: float) -> list[Figure]:
    aim, holds = "5,000/s or 4 x the chain", sealed >= 5000 or sealed >= 4 * chain
    return [
        Figure("sealed_per_s", round(sealed), "events/s", aim, holds),
        Figure("sealed_over_chain", round(sealed / chain, 2), "times", aim, holds),
        Figure("chain_per_s", round(chain), "events/s"),
        Figure("business_cost_ratio", round(cost, 2), "times"),
        Figure.at_most("seal_lag_p99_ms", round(lag), "ms", 1000),
        Figure("verify_per_s", round(verified), "events/s"),
    ]


def _make_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_chain (number bigint PRIMARY KEY, body text, hash text)")
        cursor.execute("CREATE TABLE bench_account (id integer PRIMARY KEY, balance bigint)")
        cursor.executemany("INSERT INTO bench_account VALUES (%s, 0)", [[number] for number in range(ACCOUNTS)])


# --- the transactions ------------------------------------------------------------------------------------------------


def _draft() -> EventDraft:
    data = {"amount": "12.34", "currency": "USD", "source": "wallet-1", "destination": "wallet-2"}
    return EventDraft("payments.payment_completed", "payment", "0190f2a4-0000-7000-8000-000000000000", data)


class _Client:
    """An application server's plain connection: the figures shall be the log's, not those of a web framework."""

    def __init__(self) -> None:
        parameters = {k: v for k, v in connection.get_connection_params().items() if k in _CONNECTION}
        self.connection = psycopg.connect(**parameters, autocommit=True, prepare_threshold=2)
        self.cursor = self.connection.cursor(binary=True)

    def append_to_chain(self) -> None:
        """Lock, read the last hash, insert the next: four statements that nobody else may interleave."""
        body = write(_draft()).body
        with self.connection.transaction():
            self.cursor.execute("SELECT pg_advisory_xact_lock(1)")
            self.cursor.execute("SELECT number, hash FROM bench_chain ORDER BY number DESC LIMIT 1")
            number, before = self.cursor.fetchone() or (0, "")
            digest = sha256(before.encode() + body).hexdigest()
            self.cursor.execute("INSERT INTO bench_chain VALUES (%s, %s, %s)", [number + 1, body.decode(), digest])

    def record(self) -> None:
        """The one statement of audit.services.record, as a transaction of its own."""
        self.cursor.execute(
            "INSERT INTO audit_unsealedevent (id, body, mac, created_at) VALUES (%s, %s, %s, %s)", write(_draft())
        )


def _business() -> None:
    with transaction.atomic():
        _move_money()


def _audited_business() -> None:
    with transaction.atomic():
        _move_money()
        record_many([_draft()])


def _move_money() -> None:
    with connection.cursor() as cursor:
        for account in sorted(random.sample(range(ACCOUNTS), 5)):
            cursor.execute("UPDATE bench_account SET balance = balance + 1 WHERE id = %s", [account])


# --- writers and sequencer, each a process ---------------------------------------------------------------------------


def _rate(make: Maker, *, sequencer: bool = False) -> float:
    """Transactions per second of all writers together."""
    if not sequencer:
        return _write(make) / SECONDS
    with _Sequencer():
        return _write(make) / SECONDS


def _sealed_rate(offered: float) -> float:
    """Events sealed per second while 16 writers offer `offered` per second: what the sequencer keeps up with."""
    before = _sealed()
    with _Sequencer():
        _write(lambda: _Client().record, per_second=offered / WRITERS)
        sealed = _sealed() - before
    seal_pending(seconds=30)
    return sealed / SECONDS


def _sealed() -> int:
    head = TreeHead.objects.order_by("-size").first()
    return head.size if head else 0


def _write(make: Maker, *, per_second: float = 0) -> int:
    """Run WRITERS processes that repeat what `make` gives for SECONDS; returns how often it was done.

    With `per_second`, each writer keeps that pace, catching up when it fell behind.
    """
    connections.close_all()  # a forked process must not share its parent's connection
    done, start = _fork.Value("q", 0), _fork.Barrier(WRITERS)
    writers = [_fork.Process(target=_writer, args=(make, per_second, start, done)) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    return int(done.value)


def _writer(make: Maker, per_second: float, start: Any, done: Any) -> None:
    """The body of one writer process; `start` is the barrier of all, `done` their shared count."""
    random.seed(os.getpid())
    connection.ensure_connection()
    work = make()
    start.wait()
    count, began = 0, time.monotonic()
    while (now := time.monotonic()) < began + SECONDS:
        early = began + count / per_second - now if per_second else 0
        if early > 0:
            time.sleep(early)
        work()
        count += 1
    with done.get_lock():
        done.value += count


class _Sequencer:
    """`seal_audit --follow` in a process of its own."""

    def __enter__(self) -> None:
        connections.close_all()
        self.stop = _fork.Event()
        self.process = _fork.Process(target=_follow, args=(self.stop,))
        self.process.start()

    def __exit__(self, *error: object) -> None:
        self.stop.set()
        self.process.join(20)


def _follow(stop: threading.Event) -> None:
    follow(stop)


# --- what came of it -------------------------------------------------------------------------------------------------


def _seal_lag_p99() -> float:
    """Milliseconds between recording an event and signing the head that covers it: 99 of 100 wait no longer."""
    heads = TreeHead.objects.order_by("size").values_list("size", "signed_at").iterator()
    size, signed_at = next(heads)
    lags = []
    for seq, created_at in AuditEvent.objects.order_by("seq").values_list("seq", "created_at").iterator():
        while seq >= size:
            size, signed_at = next(heads)
        lags.append((signed_at - created_at).total_seconds() * 1000)
    return sorted(lags)[int(len(lags) * 0.99)]


def _verify_rate() -> float:
    started = time.perf_counter()
    report = verify_log(heads_file=settings.AUDIT_HEADS_PATH)
    assert report.intact, report.findings[:3]
    return report.events / (time.perf_counter() - started)
