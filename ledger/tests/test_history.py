"""Past balances against a recount of the postings: any dates, any instant, however far folding has come."""

import time
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from threading import Event

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.tests.factories import make_customer
from ledger.exceptions import TurnoversOfAnotherServer
from ledger.integrity import check_ledger
from ledger.models import Balance, FoldMark, JournalEntry, Posting, Turnover
from ledger.selectors.history import Sums, account_sums
from ledger.services import fold
from ledger.services.entries import post_pending
from ledger.services.fold import fold_postings, rebuild_turnovers
from ledger.services.posting import post_entries
from ledger.tests.factories import make_account, make_wallet, transfer
from ledger.tests.test_concurrency import at_once
from ledger.types import EntryDraft, EntryStatus
from nexafi.core import clock
from nexafi.core.money import Money

pytestmark = pytest.mark.django_db(transaction=True)

DAYS = st.dates(date(2024, 11, 20), date(2026, 3, 10)) | st.sampled_from([date(2026, 1, 31), date(2026, 2, 1)])
NOON, MOMENT = datetime(2026, 2, 1, 12), timedelta(microseconds=1)
INSTANTS = (
    st.datetimes(datetime(2024, 11, 20), datetime(2026, 3, 10), timezones=st.just(UTC))
    | st.datetimes(datetime(2026, 1, 31), datetime(2026, 2, 2), timezones=st.just(UTC))
    | st.sampled_from(
        [
            (NOON + timedelta(hours=hours) + moment).replace(tzinfo=UTC)
            for hours in (-12, 0, 12)
            for moment in (-MOMENT, timedelta(), MOMENT)
        ]
    )
)
POSTING = st.tuples(st.just("post"), st.permutations(range(4)), st.integers(1, 500), DAYS, INSTANTS, st.booleans())
STEPS = st.lists(POSTING | st.just(("fold",)) | st.just(("rebuild",)), min_size=1, max_size=14)
QUESTIONS = st.lists(
    st.tuples(INSTANTS, st.none() | DAYS, st.none() | DAYS, st.none() | INSTANTS, st.booleans()), min_size=4, max_size=8
)


def recount(*, since=None, until=None, known_at=None, without_closing=False, accounts=None):
    """Debits and credits by account, posting by posting."""
    sums = defaultdict(lambda: [0, 0])
    kinds = dict(JournalEntry.objects.values_list("id", "kind"))
    for p in Posting.objects.filter(kind__in=["post", "capture"]):
        if (since and p.effective_date < since) or (until and p.effective_date > until):
            continue
        if (known_at and p.recorded_at > known_at) or (without_closing and kinds[p.entry_id] == "closing"):
            continue
        sums[p.debit_id][0] += p.amount
        sums[p.credit_id][1] += p.amount
    return {key: Sums(*pair) for key, pair in sums.items() if accounts is None or key in accounts}


def fold_everything():
    """Folding stops before transactions under way, those of the server's other databases too: until there are none."""
    deadline = time.monotonic() + 60
    while Posting.objects.unfolded().exists():
        assert time.monotonic() < deadline
        fold_postings()


def post(debit, credit, minor, day, instant, **changes):
    with clock.pinned(instant):
        draft = EntryDraft.transfer(debit=debit, credit=credit, amount=Money(minor, "USD"), effective_date=day)
        return post_entries([draft._replace(**changes)])[0]


def test_every_past_balance_is_the_recount(monkeypatch):
    monkeypatch.setattr(fold, "CHUNK", 3)
    accounts = [make_account(type, "USD").id for type in ("asset", "liability", "equity", "income")]

    def run(step):
        if step[0] == "fold":
            fold_postings()
        elif step[0] == "rebuild":
            rebuild_turnovers()
        else:
            _, order, minor, day, instant, closing = step
            kind = "closing" if closing else "manual"
            post(accounts[order[0]], accounts[order[1]], minor, day, instant, kind=kind)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(STEPS, QUESTIONS)
    def prove(steps, questions):
        for step in steps:
            run(step)
        for today, since, until, known_at, without_closing in questions:
            asked = {"since": since, "until": until, "known_at": known_at, "without_closing": without_closing}
            assert account_sums(**asked) == recount(**asked), asked
            one = accounts[:1]
            with clock.pinned(today):
                assert account_sums(**asked, account_ids=one) == recount(**asked, accounts=one), asked

    prove()
    fold_everything()
    assert account_sums() == account_sums(since=date.min) == recount()
    assert check_ledger().faults == []


def test_what_counts_and_for_whom():
    a, b, day = make_account(), make_account(), date(9999, 12, 31)
    with clock.pinned(datetime(2026, 1, 31, 23, 59, tzinfo=UTC)):
        held = transfer(a.id, b.id, status=EntryStatus.PENDING).id
        transfer(a.id, b.id, status=EntryStatus.PENDING)
    fold_everything()
    assert account_sums() == {}
    with clock.pinned(datetime(2026, 2, 1, tzinfo=UTC)):
        post_pending(entry_id=held)  # moves on the day it is captured
    post(a.id, b.id, 1, day, clock.now())  # on the last day there is
    funds, cash = make_account("liability"), make_account()
    euros, more = make_account("asset", "EUR"), make_account("equity", "EUR")
    for _ in range(2):
        transfer(cash.id, make_wallet(owner_id=make_customer().id, parent=funds).id)
        transfer(euros.id, more.id, currency="EUR")
    for _ in range(2):
        assert account_sums(until=date(2026, 1, 31)) == {}
        february = account_sums(since=date(2026, 2, 1), until=date(2026, 2, 28))
        assert february == {a.id: Sums(1000, 0), b.id: Sums(0, 1000)}
        for since in (day, date(9999, 12, 1), date(9999, 12, 2)):
            assert account_sums(since=since) == {a.id: Sums(1, 0), b.id: Sums(0, 1)}
        assert account_sums(until=day, since=date(1, 1, 1)) == account_sums()
        dollars = account_sums(customers_as_one=True, currency="USD", account_ids=None)
        assert (dollars[cash.id], dollars[funds.id]) == (Sums(2000, 0), Sums(0, 2000))
        assert set(account_sums(currency="EUR")) == {euros.id, more.id}
        assert account_sums(account_ids=[]) == {}
        fold_everything()


def test_wrong_turnovers_are_found_and_rebuilt(capsys):
    a, b = make_account(), make_account()
    transfer(a.id, b.id)
    call_command("fold_ledger")
    fold_everything()
    Turnover.objects.filter(account=a, span="day").update(debits=1)
    Turnover.objects.filter(account=b, span="month").delete()
    faults = {(f.check, *f.key.split()[:2]) for f in check_ledger().faults}
    assert faults == {("turnover_differs", str(a.id), "day"), ("turnover_differs", str(b.id), "month")}
    call_command("fold_ledger", "--rebuild", "--json")
    assert capsys.readouterr().out.endswith('{"turnovers": 6}\n')
    assert check_ledger().faults == []
    if connection.vendor == "postgresql":
        FoldMark.objects.update(mark=10**12)  # as after a restore from a server that had come further
        for act in (fold_postings, lambda: account_sums(since=date.min)):
            with pytest.raises(TurnoversOfAnotherServer):
                act()
        rebuild_turnovers()
    transfer(a.id, b.id)
    for _ in range(2):
        assert account_sums() == {a.id: Sums(2000, 0), b.id: Sums(0, 2000)}
        fold_everything()
    assert check_ledger().faults == []


def writes(accounts, seed):
    def work():
        for n in range(30):
            one, other = accounts[(seed + n) % 4], accounts[(seed + n + 1 + n % 3) % 4]
            post(one.id, other.id, n + 1, date(2026, 1, 1 + n % 28), clock.now() - timedelta(days=n % 9))

    return work


def slow_writes(accounts, ended):
    """Takes its ids and numbers early and commits late: what folding must not pass by."""

    def work():
        for _ in range(8):
            with transaction.atomic():
                post(accounts[0].id, accounts[1].id, 7, date(2026, 1, 5), clock.now())
                ended.wait(0.05)

    return work


def until(ended, work):
    def run():
        while not ended.is_set():
            work()

    return run


def wrong_accounts():
    """Accounts whose sums are not their balance rows in one snapshot."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        sums = account_sums(since=date.min)  # added up, not from the balances back
        balances = Balance.objects.values_list("account_id", "debits", "credits")
        return [row for row in balances if sums.get(row[0], Sums()) != Sums(*row[1:])]


@pytest.mark.postgresql
def test_writers_a_folder_and_readers_at_once_never_see_a_wrong_balance(monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("true concurrency needs PostgreSQL")
    monkeypatch.setattr(fold, "CHUNK", 20)
    accounts, ended, looks = [make_account() for _ in range(4)], Event(), []

    def read():
        looks.append(wrong_accounts())
        looks.append(sum(s.net for s in account_sums().values()))

    def write():
        try:
            works = [writes(accounts, 0), writes(accounts, 1), writes(accounts, 2), slow_writes(accounts, ended)]
            assert at_once(*works) == {"ok": 4}
        finally:
            ended.set()

    assert at_once(write, until(ended, fold_postings), until(ended, fold_postings), until(ended, read)) == {"ok": 4}
    assert len(looks) > 3
    assert not any(looks)
    fold_everything()
    assert account_sums() == recount()
    assert check_ledger().faults == []


def test_chunks_are_exact_and_a_large_transaction_is_folded_whole(monkeypatch):
    monkeypatch.setattr(fold, "CHUNK", 2)
    a, b = make_account(), make_account()
    draft = EntryDraft.transfer(debit=a.id, credit=b.id, amount=Money(1, "USD"))
    for size in (1, 5, 1, 1, 2, 3):
        post_entries([draft] * size)
    sizes = []
    while sum(sizes) < 13:
        fold_postings(sizes.append)
    assert max(sizes) == (5 if connection.vendor == "postgresql" else 2)
    assert account_sums() == {a.id: Sums(13, 0), b.id: Sums(0, 13)}
