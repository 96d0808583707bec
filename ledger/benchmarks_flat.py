"""benchmark ledger-flat: what reading the ledger costs at ten million postings, against ten thousand.

The same thousand accounts, ten of them busy, three years of days. Postings are written by the database itself, a
hundred thousand a statement, through the tables with their triggers, then folded. Every figure is a whole request,
made to both books by turns: the small ones are kept in a copy of the database.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median, quantiles
from typing import Any, Final

from django.conf import settings
from django.core.management import CommandError
from django.db import connection, connections
from django.test import Client
from django.test.utils import override_settings

from accounts.models import RoleGrant, Session, User
from accounts.roles import ACCOUNTANT
from accounts.tokens import issue_pair
from ledger.api.statements import cursor_of
from ledger.constants import AccountType
from ledger.models import Account, Posting
from ledger.selectors import balance_as_of
from ledger.selectors.statements import Place
from ledger.services.accounts import open_account
from ledger.services.fold import fold_postings
from nexafi.benchmarks.base import Figure, Progress, benchmark
from nexafi.benchmarks.database import copied_database
from nexafi.core import clock
from nexafi.core.ids import uuid7
from nexafi.core.memory import settle

FEW: Final = 10_000  # postings
MANY: Final = 10_000_000
BATCH: Final = 100_000
IN_ENTRY: Final = 50  # postings
ACCOUNTS: Final = 1_000
BUSY: Final = 10  # accounts that stand in half of all debits
TODAY: Final = 600  # of the first postings, for the busy accounts: a page of this month is full at either size
DAYS: Final = 3 * 365
CALLS: Final = 60
BOUND: Final = 1.5

_ENTRIES = """
    INSERT INTO ledger_journalentry (id, kind, description, reference, effective_date, recorded_at, pending, metadata,
                                     line_descriptions, actor_kind, actor_id, request_id, audit_event_id)
    SELECT {entry}, 'manual', 'Entry ' || n, '', {effective}, {recorded}, false, '{{}}', '{{}}', 'system', '', '',
           {entry}
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
"""
_POSTINGS = """
    INSERT INTO ledger_posting (entry_id, kind, debit_id, credit_id, amount, currency, debit_line, credit_line,
                                released, effective_date, recorded_at)
    SELECT {entry}, 'post', (%(accounts)s::uuid[])[debit + 1],
           (%(accounts)s::uuid[])[(debit + 1 + floor(random() * {others})::int) %% {accounts} + 1],
           1 + floor(random() * 100000)::bigint, 'USD', 2 * line + 1, 2 * line + 2, 0, {effective}, {recorded}
    FROM (
        SELECT n, line,
               floor(random() * CASE WHEN random() < %(share)s::float THEN {busy} ELSE {accounts} END)::int AS debit
        FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n, generate_series(0, {in_entry} - 1) AS line
        ORDER BY n OFFSET 0
    ) AS drawn
"""
_RECORDED = "(%(start)s::timestamptz + n * %(step)s::interval)"
_TERMS = {
    "entry": "(%(run)s::text || lpad(to_hex(n), 24, '0'))::uuid",
    "recorded": _RECORDED,
    "effective": f"({_RECORDED} AT TIME ZONE 'UTC')::date - CASE WHEN n %% 20 = 0 THEN (n / 20 %% 40)::int ELSE 0 END",
    "accounts": str(ACCOUNTS),
    "others": str(ACCOUNTS - 1),
    "busy": str(BUSY),
    "in_entry": str(IN_ENTRY),
}


@benchmark("ledger-flat")
def flat_figures(progress: Progress) -> list[Figure]:
    """Balances, statements, account pages and trial balances: their time at 10 million postings over that at 10,000."""
    if connection.vendor != "postgresql":
        raise CommandError("benchmark ledger-flat measures on PostgreSQL: set DATABASE_URL.")
    with override_settings(ALLOWED_HOSTS=["testserver"], RATE_LIMIT_FACTOR=1_000_000, DEBUG=False):
        reader = _Reader.signed_in(_open_accounts())
        _write(FEW - TODAY, progress, run="f1a70001")
        _write(TODAY, progress, run="f1a70002", days=0, busy_share=1)
        with copied_database() as small_books:
            _write(MANY - FEW, progress, run="f1a70003")
            few, many = _measured(reader, small_books, progress)
    return [figure for group in _GROUPS for figure in _figures(group, few, many)]


Timings = dict[str, list[float]]  # milliseconds by kind of request
_GROUPS = {
    "flat_balance": ("balance_as_of",),
    "flat_balance_known_at": ("balance_known_at",),  # grows with the postings of a day, not with their history
    "flat_statement": ("statement_last", "statement_deep"),
    "flat_account_page": ("account_page", "account"),
    "flat_trial_balance": ("trial_balance", "trial_balance_as_of"),
}


def _figures(group: str, few: Timings, many: Timings) -> list[Figure]:
    """The worst of the group's kinds against the aim, and each kind's times."""
    ratio = max(median(many[kind]) / median(few[kind]) for kind in _GROUPS[group])
    figures = [Figure.at_most(group, round(ratio, 2), "times", BOUND)]
    for kind in _GROUPS[group]:
        figures += [
            Figure(f"{kind}_few_ms", round(median(few[kind]), 2), "ms"),
            Figure(f"{kind}_ms", round(median(many[kind]), 2), "ms"),
            Figure(f"{kind}_p95_ms", round(quantiles(many[kind], n=20)[-1], 2), "ms"),
        ]
    return figures


# --- ten million postings --------------------------------------------------------------------------------------------


def _open_accounts() -> list[Account]:
    types = list(AccountType)
    return [
        open_account(
            code=f"FLAT-{n:04}", name=f"Account {n}", type=types[n % len(types)], currency="USD", busy=n < BUSY
        )
        for n in range(ACCOUNTS)
    ]


def _write(postings: int, progress: Progress, *, run: str, days: int = DAYS, busy_share: float = 0.5) -> None:
    """Postings evenly over `days` up to now, one in twenty entries backdated by up to 40 days; then folded."""
    entries = postings // IN_ENTRY
    first_day = clock.now() - timedelta(days=days)
    terms: dict[str, Any] = {
        "run": run,
        "share": busy_share,
        "start": first_day,
        "step": (clock.now() - first_day) / entries,
        "accounts": list(
            Account.objects.filter(code__startswith="FLAT-").order_by("code").values_list("id", flat=True)
        ),
    }
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        for first in range(1, entries + 1, BATCH // IN_ENTRY):
            bounds = {"first": first, "last": min(first + BATCH // IN_ENTRY - 1, entries)}
            progress.set_description_str(f"writing {first * IN_ENTRY:,} of {postings:,} postings")
            cursor.execute(_ENTRIES.format(**_TERMS), terms | bounds)
            cursor.execute(_POSTINGS.format(**_TERMS), terms | bounds)
        progress.set_description_str("folding")
        _fold_everything()
        for table in ("ledger_posting", "ledger_turnover", "ledger_journalentry", "ledger_balance"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def _fold_everything() -> None:
    """Transactions of the server's other databases hold folding up too; they are waited for."""
    deadline = time.monotonic() + 600
    while Posting.objects.unfolded().exists():
        if time.monotonic() > deadline:
            raise CommandError("Another transaction on this server keeps folding from its end.")
        fold_postings()
        time.sleep(0.1)


# --- requests --------------------------------------------------------------------------------------------------------


@dataclass
class _Reader:
    """Who asks: over the API with a token, in the console with a session."""

    accounts: list[Account]
    api: Client
    console: Client

    @classmethod
    def signed_in(cls, accounts: list[Account]) -> "_Reader":
        user = User.objects.create_user(email=f"{uuid7()}@bench.example", first_name="Flat", last_name="Reader")
        RoleGrant.objects.create(user=user, role=ACCOUNTANT)
        expires_at = clock.now() + settings.REFRESH_TOKEN_LIFETIME
        session = Session.objects.create(user=user, current_refresh=uuid7(), expires_at=expires_at)
        console = Client()
        console.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return cls(accounts, Client(headers={"Authorization": f"Bearer {issue_pair(session).access_token}"}), console)

    def kinds(self) -> dict[str, Callable[[int], str]]:
        """The addresses of the requests of each kind, by number."""
        return {
            "balance_as_of": lambda n: f"{self._of(n)}/balance?as_of={_day(n)}",
            "balance_known_at": lambda n: (
                f"{self._of(n)}/balance?as_of={_day(n)}&known_at={_day(n + 5)}T{_hour(n)}:00:00Z"
            ),
            "statement_last": lambda n: f"{self._busy(n)}/statement?page_size=25&from={_days_ago(90)}",
            "statement_deep": lambda n: (
                f"{self._busy(n)}/statement?page_size=25&from={_days_ago(DAYS)}&cursor={self._deep(n)}"
            ),
            "account_page": lambda n: f"/console/ledger/account/{self.accounts[n % BUSY].id}/change/",
            "account": self._of,
            "trial_balance": lambda n: "/api/v1/reports/trial-balance",
            "trial_balance_as_of": lambda n: f"/api/v1/reports/trial-balance?as_of={_day(n)}",
        }

    def get(self, address: str) -> None:
        client = self.console if address.startswith("/console") else self.api
        response: Any = client.get(address)
        if response.status_code != 200:
            raise CommandError(f"{address} was answered {response.status_code}: {response.content[:300]!r}")

    def timed(self, kind: str, n: int) -> float:
        """Milliseconds that this request takes."""
        address = self.kinds()[kind](n)
        started = time.perf_counter()
        self.get(address)
        return (time.perf_counter() - started) * 1000

    def _account(self, n: int) -> Account:
        """Busy ones and ordinary ones in turn."""
        return self.accounts[n % BUSY if n % 2 else BUSY + n * 7 % (ACCOUNTS - BUSY)]

    def _of(self, n: int) -> str:
        return f"/api/v1/accounts/{self._account(n).id}"

    def _busy(self, n: int) -> str:
        """One with enough postings at either size to fill a page."""
        return f"/api/v1/accounts/{self.accounts[n % BUSY].id}"

    def _deep(self, n: int) -> str:
        """The cursor of a page in the middle of three years."""
        before = _day(n) - timedelta(days=1)
        return cursor_of(Place(before, 2**62, balance_as_of(self.accounts[n % BUSY], before).minor))


def _days_ago(days: int) -> date:
    return clock.today() - timedelta(days=days)


def _day(n: int) -> date:
    """Some day in the middle of the three years, of any month."""
    return _days_ago(DAYS - 300 - n * 37 % 500)


def _hour(n: int) -> str:
    """Every hour of the day, the ones after the others in no order."""
    return f"{n * 7 % 24:02}"


def _measured(reader: _Reader, small_books: str, progress: Progress) -> tuple[Timings, Timings]:
    """The books of few postings, in the database of that name, and those of many: each request goes to both, one right
    after the other and each of them first in turn, so that what else the machine does weighs on either alike."""
    settle()  # as the web process does
    progress.set_description_str("reading")
    few: Timings = {kind: [] for kind in reader.kinds()}
    many: Timings = {kind: [] for kind in reader.kinds()}
    with _thread_connected_to(small_books) as on_few, _thread_connected_to(None) as on_many:
        both = [(on_few, few), (on_many, many)]
        for n in range(-6, CALLS):
            for kind in few:
                for books, timings in both if n % 2 else reversed(both):
                    milliseconds = books.submit(reader.timed, kind, abs(n)).result()
                    if n >= 0:
                        timings[kind].append(milliseconds)
    return few, many


@contextmanager
def _thread_connected_to(database: str | None) -> Iterator[ThreadPoolExecutor]:
    """A thread with a connection of its own, to another database than the default one if it is named."""

    def connect() -> None:
        if database:
            connection.settings_dict = connection.settings_dict | {"NAME": database}

    with ThreadPoolExecutor(max_workers=1, initializer=connect) as thread:
        try:
            yield thread
        finally:
            thread.submit(connections.close_all).result()
