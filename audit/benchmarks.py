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
from nexafi.core import locks

WRITERS = 16
SECONDS = 8
ACCOUNTS = 10_000
_fork = multiprocessing.get_context("fork")
Transaction = Callable[[], None]


@benchmark("audit")
def audit(progress: Progress) -> list[Figure]:
    """Sealed events per second with 16 writers and a sequencer, against a locked chain; cost, lag and verification."""
    anchor = Path(mkdtemp(prefix="nexafi-bench-"), "heads.log")
    with override_settings(AUDIT_HEADS_PATH=anchor, AUDIT_KEY_FILE=anchor.with_name("key")):
        _make_tables()
        progress.set_description("locked chain")
        chain = _rate(_append_to_chain)
        progress.set_description("sealing")
        sealed = _sealed_rate()
        lag = _seal_lag_p99()
        progress.set_description("business transactions without audit")
        plain = _rate(_business)
        progress.set_description("business transactions with audit")
        audited = _rate(_audited_business, sequencer=True)
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


def _append_to_chain() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        locks.hold("bench.chain")
        cursor.execute("SELECT number, hash FROM bench_chain ORDER BY number DESC LIMIT 1")
        number, before = cursor.fetchone() or (0, "")
        body = write(_draft()).body
        digest = sha256(before.encode() + body).hexdigest()
        cursor.execute("INSERT INTO bench_chain VALUES (%s, %s, %s)", [number + 1, body.decode(), digest])


def _record_only() -> None:
    with transaction.atomic():
        record_many([_draft()])


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


def _rate(work: Transaction, *, sequencer: bool = False) -> float:
    """Transactions per second of all writers together."""
    if not sequencer:
        return _write(work) / SECONDS
    with _Sequencer():
        return _write(work) / SECONDS


def _sealed_rate() -> float:
    """Events sealed per second while 16 writers record without pause."""
    before = _sealed()
    with _Sequencer():
        _write(_record_only)
        sealed = _sealed() - before
    seal_pending(seconds=30)
    return sealed / SECONDS


def _sealed() -> int:
    head = TreeHead.objects.order_by("-size").first()
    return head.size if head else 0


def _write(work: Transaction) -> int:
    """Run WRITERS processes that repeat `work` for SECONDS; returns how often it was done."""
    connections.close_all()  # a forked process must not share its parent's connection
    done, start = _fork.Value("q", 0), _fork.Barrier(WRITERS)
    writers = [_fork.Process(target=_writer, args=(work, start, done)) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    return int(done.value)


def _writer(work: Transaction, start: "multiprocessing.synchronize.Barrier", done: "multiprocessing.Value") -> None:  # type: ignore[valid-type]
    random.seed(os.getpid())
    connection.ensure_connection()
    start.wait()
    count, end = 0, time.monotonic() + SECONDS
    while time.monotonic() < end:
        work()
        count += 1
    with done.get_lock():  # type: ignore[attr-defined]
        done.value += count  # type: ignore[attr-defined]


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
