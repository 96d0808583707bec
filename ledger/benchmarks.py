"""benchmark ledger: what the ledger posts, against pgbench's TPC-B with as many clients in the same run.

Every cell stands between two runs of the yardstick, so that what else the machine does weighs on both. All of it goes
through the Django services with what they always do: entry, postings, balances, limits and the audit event.
"""

import glob
import multiprocessing
import os
import random
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median
from typing import Any, NamedTuple
from uuid import UUID

from django.core.management import CommandError
from django.db import connection, connections

from ledger.benchmarks_flat import flat_figures
from ledger.constants import BUSY_SLOTS
from ledger.exceptions import InsufficientFunds
from ledger.integrity.balances import check_balances
from ledger.integrity.report import Report
from ledger.models import Account
from ledger.selectors import balance_of
from ledger.services.batches import post_batch
from ledger.services.posting import post_entries, post_entry
from ledger.types import EntryDraft
from nexafi.benchmarks.base import Figure, Progress, benchmark
from nexafi.benchmarks.database import empty_database
from nexafi.core.memory import settle
from nexafi.core.money import Money
from nexafi.db.bulk import together
from nexafi.outbox.services.publish import publish

ACCOUNTS = 10_000
SECONDS = 5
TURNS = 7  # of the busy account and the load spread out
WARM_UP = 0.3  # seconds
PROCESSES = 2
FUNDING = Money(10**12, "USD")
_fork = multiprocessing.get_context("fork")
Work = Callable[[], int]  # does something, answers how many entries that wrote


@dataclass
class Cell:
    """Clients at work: entries per second, the yardstick around them, and the CPU time an entry took on both sides."""

    entries: float
    tpcb: float
    client_us: float
    server_us: float

    @property
    def ratio(self) -> float:
        return self.entries / self.tpcb


@dataclass
class Bench:
    """The prepared books and the yardstick."""

    wallets: list[UUID]
    busy: UUID
    lone: UUID
    pgbench: Callable[..., str]
    cells: dict[str, Cell] = field(default_factory=dict)

    def measure(self, name: str, work: Work, clients: int) -> None:
        before = self._tpcb(clients)
        done = _run(work, clients)
        yardstick = mean((before, self._tpcb(clients)))
        written = sum(client.written for client in done)
        self.cells[name] = Cell(
            entries=_rate(done),
            tpcb=yardstick,
            client_us=sum(client.cpu for client in done) / written * 1e6,
            server_us=sum(client.server_cpu for client in done) / written * 1e6,
        )

    def _tpcb(self, clients: int) -> float:
        """Transactions per second of pgbench's built-in TPC-B."""
        answer = self.pgbench("-n", "-T", "3", "-c", str(clients), "-j", str(min(clients, 2)))
        found = re.search(r"tps = ([0-9.]+)", answer)
        assert found, answer
        return float(found.group(1))

    # --- what clients do ---------------------------------------------------------------------------------------------

    def transfer(self) -> EntryDraft:
        """Two wallets out of all, never the same: the second is so many places after the first."""
        first, step = int(random.random() * ACCOUNTS), 1 + int(random.random() * (ACCOUNTS - 1))
        return EntryDraft.transfer(
            debit=self.wallets[first], credit=self.wallets[(first + step) % ACCOUNTS], amount=_amount()
        )

    def into_busy(self) -> EntryDraft:
        return EntryDraft.transfer(debit=random.choice(self.wallets), credit=self.busy, amount=_amount())

    def single(self) -> int:
        post_entry(self.transfer())
        return 1

    def single_full(self) -> int:
        with together():
            entry = post_entry(self.transfer())
            publish("benchmark.entry_posted", {"entry_id": str(entry.id)})
        return 1

    def hot(self) -> int:
        post_entry(self.into_busy())
        return 1

    def batch(self, size: int) -> Work:
        return lambda: len(post_batch([self.transfer() for _ in range(size)]))


def _amount() -> Money:
    return Money(1 + int(random.random() * 999), "USD")


@benchmark("ledger")
def ledger(progress: Progress) -> list[Figure]:
    """Single entries and batches in multiples of TPC-B transactions per second, a busy account, a drained wallet; then
    what reading costs at ten million postings (five to fifteen minutes; `ledger-flat` is that part alone)."""
    bench = _prepare()
    cells: list[tuple[str, Work, int]] = [
        ("single_c1", bench.single, 1),
        ("single_c8", bench.single, 8),
        ("single_full_c8", bench.single_full, 8),
        ("batch1000_c2", bench.batch(1000), 2),
        ("batch1000_c8", bench.batch(1000), 8),
        ("batch10000_c2", bench.batch(10_000), 2),
        ("batch10000_c8", bench.batch(10_000), 8),
    ]
    for name, work, clients in cells:
        progress.set_description(name)
        bench.measure(name, work, clients)
    progress.set_description("one busy account")
    hot = _hot_over_spread(bench)
    progress.set_description("one wallet paid out by 8 clients")
    drained = _drain(bench)
    progress.set_description("recounting every balance")
    faults = list(check_balances(Report(), lambda name, rows: None))
    assert not faults, faults[:3]
    empty_database()
    return [*_figures(bench.cells), *hot, _commit_wait(), *drained, *flat_figures(progress)]


AIMS = {
    "single_c1": 1.0,
    "single_c8": 0.7,
    "single_full_c8": 0.4,
    "batch1000_c2": 9.0,
    "batch1000_c8": 5.0,
    "batch10000_c2": 9.0,
    "batch10000_c8": 5.0,
}


def _figures(cells: dict[str, Cell]) -> list[Figure]:
    figures = [Figure.at_least(name, round(cells[name].ratio, 2), "x TPC-B", aim) for name, aim in AIMS.items()]
    for name, cell in cells.items():
        share = cell.server_us / (cell.server_us + cell.client_us)
        figures += [
            Figure(f"{name}_entries_per_s", round(cell.entries), "entries/s"),
            Figure(f"{name}_tpcb", round(cell.tpcb), "transactions/s"),
            Figure(f"{name}_cpu_us", round(cell.server_us + cell.client_us, 1), "us CPU an entry"),
            Figure(f"{name}_postgresql_share", round(share, 2), "of CPU"),
        ]
    return figures


def _hot_over_spread(bench: Bench) -> list[Figure]:
    """Eight clients all paying into one busy account, against the same load spread out. The two take turns, so that
    what else the machine does weighs on both, and the middle one of the turns counts."""
    turns = [(_rate(_run(bench.single, 8, seconds=2)), _rate(_run(bench.hot, 8, seconds=2))) for _ in range(TURNS)]
    ratio = median(hot / spread for spread, hot in turns)
    return [
        Figure.at_least("hot_over_spread_c8", round(ratio, 2), "times", 0.9),
        Figure("hot_c8_entries_per_s", round(median(hot for _, hot in turns)), "entries/s"),
        Figure("spread_c8_entries_per_s", round(median(spread for spread, _ in turns)), "entries/s"),
    ]


def _commit_wait() -> Figure:
    """How long a commit waits for the disk. An entry and a TPC-B transaction wait for it once each, whatever else they
    cost: the slower the disk, the nearer to one is the ratio of the two."""

    def seconds(statement: str, times: int = 300) -> float:
        began = time.perf_counter()
        with connection.cursor() as cursor:
            for _ in range(times):
                cursor.execute(statement)
        return (time.perf_counter() - began) / times

    wait = seconds("SELECT pg_logical_emit_message(true, '', '')") - seconds("SELECT 1")
    return Figure("commit_us", round(wait * 1e6), "us for the disk")


def _prepare() -> Bench:
    if connection.vendor != "postgresql":
        raise CommandError("benchmark ledger measures PostgreSQL: set DATABASE_URL.")
    program = _pgbench()
    wallets = [_account(f"W-{number}", floor=0) for number in range(ACCOUNTS)]
    busy, cash = _account("BUSY", slots=BUSY_SLOTS), _account("CASH", type="asset")
    lone = _account("LONE", floor=0)
    Account.objects.bulk_create([*wallets, busy, cash, lone])
    paid = [EntryDraft.transfer(debit=cash.id, credit=a.id, amount=FUNDING) for a in wallets]
    post_entries(paid)
    bench = Bench([a.id for a in wallets], busy.id, lone.id, program)
    bench.pgbench("-i", "-q", "-s", "10")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return bench


def _account(code: str, *, type: str = "liability", floor: int | None = None, slots: int = 1) -> Account:
    return Account(code=code, name=code, type=type, currency="USD", path=f"{code}/", floor=floor, slots=slots)


def _pgbench() -> Callable[..., str]:
    """PostgreSQL's own benchmark program on our database: takes arguments, answers with what it printed."""
    program = shutil.which("pgbench") or next(iter(glob.glob("/usr/lib/postgresql/*/bin/pgbench")), None)
    if not program:
        raise CommandError("benchmark ledger needs pgbench, PostgreSQL's own benchmark program, as its yardstick.")
    places = {"dbname": "PGDATABASE", "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    parameters = connection.get_connection_params()
    where = {name: str(parameters[key]) for key, name in places.items() if parameters.get(key)}

    def run(*arguments: str) -> str:
        done = subprocess.run(  # noqa: S603  our own arguments
            [program, *arguments], env={**os.environ, **where}, capture_output=True, text=True, check=True
        )
        return done.stdout

    return run


# --- clients, each a process of its own ------------------------------------------------------------------------------


class Client(NamedTuple):
    """What one client did: entries written, in how many seconds, with how many CPU seconds of its own and of its
    server process (0 when that is on another machine); and what it wrote before the clock started."""

    written: int
    seconds: float
    cpu: float
    server_cpu: float
    before: int


def _rate(done: list[Client]) -> float:
    """Entries per second of clients that worked together."""
    return sum(client.written / client.seconds for client in done)


def _run(work: Work, clients: int, seconds: float = SECONDS) -> list[Client]:
    """Let clients repeat `work` for some seconds, all starting together: threads of at most two processes, as the web
    server has them and pgbench does it."""
    connections.close_all()  # a forked process must not share its parent's connection
    processes = min(clients, PROCESSES)
    start, answers = _fork.Barrier(clients), _fork.SimpleQueue()
    workers = [
        _fork.Process(target=_clients, args=(clients // processes, work, seconds, start, answers))
        for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    done = [answers.get() for _ in range(clients)]
    for worker in workers:
        worker.join()
    failed = [answer for answer in done if not isinstance(answer, Client)]
    if failed:
        raise CommandError(f"A client failed: {failed[0]}")
    return done


def _clients(count: int, *arguments: Any) -> None:
    """The body of one process."""
    random.seed(os.getpid())
    settle()  # as the web process does
    threads = [threading.Thread(target=_client, args=arguments) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _client(work: Work, seconds: float, start: Any, answers: Any) -> None:
    try:
        answers.put(_measured(work, seconds, start))
    except Exception as error:  # the parent reports it
        answers.put(repr(error))
    finally:
        connection.close()


def _measured(work: Work, seconds: float, start: Any) -> Client:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = cursor.fetchone()[0]
    before, warm = work(), time.perf_counter() + WARM_UP
    while time.perf_counter() < warm:  # statements are prepared and caches filled before the clock starts
        before += work()
    start.wait()
    written, began, cpu, server_cpu = 0, time.perf_counter(), time.thread_time(), _cpu_of(server)
    while time.perf_counter() < began + seconds:
        written += work()
    return Client(written, time.perf_counter() - began, time.thread_time() - cpu, _cpu_of(server) - server_cpu, before)


def _cpu_of(process: int) -> float:
    """CPU seconds that a process of this machine has used; 0 when it cannot be seen."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


# --- one wallet, many payers -----------------------------------------------------------------------------------------

DRAINED = 3_000  # payments of 1.00 that the lone wallet can make


def _drain(bench: Bench) -> list[Figure]:
    """Eight clients pay out of one wallet until it is empty: every payment counts once, and nobody sees a retry."""
    post_entry(EntryDraft.transfer(debit=bench.busy, credit=bench.lone, amount=Money(DRAINED * 100, "USD")))
    one = Money(100, "USD")

    def pay() -> int:
        try:
            post_entry(EntryDraft.transfer(debit=bench.lone, credit=random.choice(bench.wallets), amount=one))
        except InsufficientFunds:
            return 0
        return 1

    began = time.perf_counter()
    paid = 0
    while balance_of(bench.lone).available >= one and time.perf_counter() < began + 60:
        paid += sum(client.before + client.written for client in _run(pay, 8, seconds=2))
    left = balance_of(bench.lone).posted.minor
    lost = DRAINED - left // 100 - paid
    return [
        Figure("drained_wallet_left_minor", left, "minor units", "0", left == 0),
        Figure("drained_wallet_lost_updates", lost, "payments", "0", lost == 0),
    ]
