"""`manage.py benchmark ledger-bank`: sixteen processes write to the ledger at random while their database sessions are
terminated and they themselves are killed.

Every act is announced in its client's own file before it is tried, and acknowledged there, on disk, after the ledger
has answered. What happened meanwhile a client finds out by trying again under the same ids. Afterwards the books must
hold every acknowledged write once, and every other one whole or not at all.
"""

import json
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.core.management.base import CommandError
from django.db import DatabaseError, InterfaceError, connection, connections
from django.db.models import Count, Q

from audit.services.seal import seal_pending
from audit.services.verify import verify_log
from ledger.constants import PostingKind
from ledger.exceptions import AlreadyResolved, AlreadyReversed, DuplicateEntry
from ledger.integrity import check_ledger
from ledger.models import Balance, EntryResolution, JournalEntry
from ledger.selectors.balances import turnovers
from ledger.services.accounts import open_account
from ledger.services.batches import post_batch
from ledger.services.entries import post_pending, reverse_entry, void_pending
from ledger.services.posting import post_entries
from ledger.types import EntryDraft, EntryStatus, Written
from nexafi.benchmarks.base import Figure, Progress, benchmark
from nexafi.core.errors import DomainError, ServiceUnavailable
from nexafi.core.ids import uuid7
from nexafi.core.money import Money

CLIENTS: Final = 16
SECONDS: Final = 60.0
WALLETS: Final = 12
FUNDS: Final = 1_000  # minor units on each
TERMINATE_EVERY: Final = 0.15
KILL_EVERY: Final = 5  # terminations
Act = dict[str, Any]  # {"do", "ids", ...}: what a client means to do


@benchmark("ledger-bank")
def ledger_bank(progress: Progress) -> list[Figure]:
    """The bank test of the ledger's services. Needs PostgreSQL."""
    if connection.vendor != "postgresql":
        raise CommandError("The bank test runs on PostgreSQL: set DATABASE_URL.")
    progress.set_description_str("writing and killing")
    return run_bank(SECONDS)


def run_bank(seconds: float) -> list[Figure]:
    """Let the clients write for so long on the configured, migrated database; what was found afterwards."""
    accounts = _accounts()
    with tempfile.TemporaryDirectory(prefix="nexafi-bank-") as folder:
        kills = _run(accounts, Path(folder), seconds)
        told = _Told.read(Path(folder))
    return _figures(told, kills)


def _accounts() -> list[UUID]:
    """An account without limits, then wallets that may not be overdrawn."""
    cash = open_account(code=f"BANK-{uuid7()}", name="Bank", type="asset", currency="USD")
    wallets = [
        open_account(code=f"BANK-{uuid7()}", name="Bank", type="liability", currency="USD", floor_minor=0)
        for _ in range(WALLETS)
    ]
    post_entries([_move(cash.id, wallet.id, FUNDS) for wallet in wallets])
    return [cash.id, *(wallet.id for wallet in wallets)]


def _move(debit: UUID, credit: UUID, minor: int, **changes: Any) -> EntryDraft:
    return EntryDraft.transfer(debit=debit, credit=credit, amount=Money(minor, "USD"), **changes)


# --- killing -----------------------------------------------------------------------------------------------------


def _run(accounts: Sequence[UUID], folder: Path, seconds: float) -> Counter[str]:
    connections.close_all()  # a client must not inherit a session
    clients = [_start(number, accounts, folder) for number in range(CLIENTS)]
    kills, turn, deadline = Counter[str](), 0, time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            time.sleep(TERMINATE_EVERY)
            turn += 1
            kills["sessions"] += _terminate_sessions()
            if turn % KILL_EVERY == 0:
                number = random.randrange(CLIENTS)  # noqa: S311
                kills["clients"] += _kill(clients[number])
                connections.close_all()
                clients[number] = _start(number, accounts, folder)
    finally:
        (folder / "stop").touch()
        for client in clients:
            client.join()
    return kills


def _start(number: int, accounts: Sequence[UUID], folder: Path) -> BaseProcess:
    process = get_context("fork").Process(target=_Client(number, accounts, folder).run, daemon=True)
    process.start()
    return process


def _kill(client: BaseProcess) -> bool:
    client.kill()
    client.join()
    return client.exitcode == -signal.SIGKILL


def _terminate_sessions() -> int:
    """End up to two sessions of this database, whatever they are doing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE datname = "
            "current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' "
            "ORDER BY state = 'active' DESC, random() LIMIT 2) AS chosen"
        )
        return int(cursor.fetchone()[0])


# --- a client ----------------------------------------------------------------------------------------------------


class _Client:
    """Announces, acts, acknowledges; started anew, it first finds out what became of its last act."""

    def __init__(self, number: int, accounts: Sequence[UUID], folder: Path) -> None:
        self.path, self.stop = folder / f"client-{number}", folder / "stop"
        self.cash, *self.wallets = accounts
        self.random = random.Random(os.urandom(8))  # noqa: S311  variety, not secrecy
        self.held: list[str] = []  # its own entries that are pending, and those it may reverse
        self.posted: list[str] = []

    def run(self) -> None:
        connections.close_all()
        unfinished = _unfinished(self.path)
        with self.path.open("a") as self.file:
            if unfinished:
                self._until_answered(unfinished)
            while not self.stop.exists() and self.path.parent.exists():
                act = self._next_act()
                self._say("try", act)
                self._until_answered(act)
        os._exit(0)  # without the parent's handlers

    def _say(self, what: str, act: Act, **more: Any) -> None:
        self.file.write(json.dumps({"say": what, **act, **more}) + "\n")
        self.file.flush()
        os.fsync(self.file.fileno())

    def _next_act(self) -> Act:
        do = self.random.choice(("single", "single", "atomic", "each", "hold", "hold", "capture", "void", "reverse"))
        if do in ("capture", "void") and self.held:
            return {"do": do, "ids": [self.held.pop(self.random.randrange(len(self.held)))]}
        if do == "reverse" and self.posted:
            return {"do": do, "ids": [self.posted.pop(self.random.randrange(len(self.posted)))]}
        do = "single" if do in ("capture", "void", "reverse") else do
        count = self.random.randint(2, 6) if do in ("atomic", "each") else 1
        return {"do": do, "ids": [str(uuid7()) for _ in range(count)], "moves": [self._pair() for _ in range(count)]}

    def _pair(self) -> list[Any]:
        pool = self.wallets if self.random.random() < 0.8 else [self.cash, *self.wallets]
        debit, credit = self.random.sample(pool, 2)
        return [str(debit), str(credit), self.random.randint(1, 400)]

    def _until_answered(self, act: Act) -> None:
        """The same act under the same ids until the ledger says yes or no."""
        for attempt in range(200):
            try:
                self._say("ack", act, done=_ACTS[act["do"]](act), attempt=attempt)
            except ServiceUnavailable as busy:
                self._say("busy", act, code=busy.code)
            except DomainError as refusal:
                self._say("no", act, code=refusal.code)
                return
            except (DatabaseError, InterfaceError):
                with suppress(DatabaseError, InterfaceError):
                    connection.close()
            else:
                self._remember(act)
                return

    def _remember(self, act: Act) -> None:
        if act["do"] == "hold":
            self.held += act["ids"]
        elif act["do"] in ("single", "atomic", "capture"):
            self.posted += act["ids"]


def _unfinished(path: Path) -> Act | None:
    """What a killed client had announced and not answered; a last line that was cut short was not acknowledged."""
    lines = list(_lines(path)) if path.exists() else []
    if lines and path.read_bytes()[-1:] != b"\n":
        with path.open("a") as file:
            file.write("\n")
    if lines and lines[-1]["say"] not in ("ack", "no"):
        return {name: value for name, value in lines[-1].items() if name in ("do", "ids", "moves")}
    return None


def _lines(path: Path) -> Iterator[Act]:
    for text in path.read_text().splitlines():
        with suppress(ValueError):
            yield json.loads(text)


def _drafts(act: Act, **changes: Any) -> list[EntryDraft]:
    return [
        _move(UUID(debit), UUID(credit), minor, id=UUID(own), **changes)
        for own, (debit, credit, minor) in zip(act["ids"], act["moves"], strict=True)
    ]


def _write(act: Act, **changes: Any) -> list[str]:
    """All or none; a duplicate says that an earlier attempt was written, its answer lost."""
    with suppress(DuplicateEntry):
        post_entries(_drafts(act, **changes))
    return list(act["ids"])


def _write_each(act: Act) -> list[str]:
    outcomes = zip(act["ids"], post_batch(_drafts(act)), strict=True)
    return [own for own, outcome in outcomes if isinstance(outcome, Written | DuplicateEntry)]


def _end(act: Act, outcome: str) -> list[str]:
    """Nobody else ends this client's entries: one that is resolved already was so by an earlier attempt."""
    entry_id = UUID(act["ids"][0])
    with suppress(AlreadyResolved):
        post_pending(entry_id=entry_id) if outcome == "posted" else void_pending(entry_id=entry_id)
    return list(act["ids"])


def _reverse(act: Act) -> list[str]:
    with suppress(AlreadyReversed):
        reverse_entry(entry_id=UUID(act["ids"][0]), reason="bank")
    return list(act["ids"])


_ACTS: dict[str, Callable[[Act], list[str]]] = {
    "single": _write,
    "atomic": _write,
    "each": _write_each,
    "hold": lambda act: _write(act, status=EntryStatus.PENDING),
    "capture": lambda act: _end(act, "posted"),
    "void": lambda act: _end(act, "voided"),
    "reverse": _reverse,
}


# --- afterwards --------------------------------------------------------------------------------------------------


@dataclass
class _Told:
    """What the clients' files say."""

    written: set[str] = field(default_factory=set)  # acknowledged
    refused: set[str] = field(default_factory=set)
    ended: dict[str, str] = field(default_factory=dict)
    reversed: set[str] = field(default_factory=set)
    whole: list[list[str]] = field(default_factory=list)  # ids that are there together or not at all
    tried: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    tried_again: int = 0

    def count(self, said: str) -> int:
        return sum(count for name, count in self.counts.items() if name.split()[0] == said)

    @classmethod
    def read(cls, folder: Path) -> "_Told":
        told = cls()
        for path in folder.glob("client-*"):
            for line in _lines(path):
                told._note(line)
        return told

    def _note(self, line: Act) -> None:
        self.counts[f"{line['say']} {line.get('code', '')}".strip()] += 1
        {"try": self._tried, "ack": self._acknowledged, "no": self._refused}.get(line["say"], lambda line: None)(line)

    def _tried(self, line: Act) -> None:
        if "moves" in line:
            self.tried |= set(line["ids"])
            self.whole += [line["ids"]] if line["do"] == "atomic" else []

    def _acknowledged(self, line: Act) -> None:
        done = set(line["done"])
        self.tried_again += line["attempt"] > 0
        if line["do"] in ("capture", "void"):
            self.ended[line["ids"][0]] = "posted" if line["do"] == "capture" else "voided"
        elif line["do"] == "reverse":
            self.reversed |= done
        else:
            self.written |= done
            self.refused |= set(line["ids"]) - done

    def _refused(self, line: Act) -> None:
        self.refused |= set(line["ids"]) if "moves" in line else set()


def _figures(told: _Told, kills: Counter[str]) -> list[Figure]:
    while seal_pending():
        pass
    ledger, log = check_ledger(lambda name, rows: None), verify_log()
    sums = turnovers().values()
    zero = {**_faults(told), "unbalanced_currencies": sum(debits != credits for debits, credits in sums)}
    zero |= {"below_floor": _below_floor(), "ledger_faults": len(ledger.faults), "audit_findings": len(log.findings)}
    return [
        Figure.at_least("acknowledged", told.count("ack"), "acts", 1),
        Figure("refused", told.count("no"), "acts"),
        Figure("tried_again", told.tried_again, "acts"),
        Figure.at_least("sessions_terminated", kills["sessions"], "kills", 1),
        Figure.at_least("clients_killed", kills["clients"], "kills", 1),
        Figure.at_most("told_busy", told.count("busy"), "answers", 0),
        *(Figure.at_most(name, value, "found", 0) for name, value in zero.items()),
    ]


def _faults(told: _Told) -> dict[str, int]:
    """What the books say against the clients' files."""
    moved = Count("postings", filter=Q(postings__kind__in=[PostingKind.POST, PostingKind.PENDING]))
    there = {str(e.id): e for e in JournalEntry.objects.filter(pk__in=told.tried).annotate(moved=moved)}
    ends = dict(EntryResolution.objects.values_list("entry_id", "outcome"))
    back = {str(one) for one in JournalEntry.objects.exclude(reverses=None).values_list("reverses_id", flat=True)}
    return {
        "lost": len(told.written - there.keys()),
        "written_though_refused": len(told.refused & there.keys()),
        "not_asked_for": JournalEntry.objects.filter(reverses=None).count() - len(there) - WALLETS,  # funded each
        "not_once": sum(entry.moved != 1 for entry in there.values()),
        "half_batches": sum(len(there.keys() & set(ids)) not in (0, len(ids)) for ids in told.whole),
        "ends_lost": sum(ends.get(UUID(own)) != outcome for own, outcome in told.ended.items()),
        "reversals_lost": len(told.reversed - back),
    }


def _below_floor() -> int:
    return sum(b.credits - b.debits - b.pending_debits < 0 for b in Balance.objects.filter(floor=0))
