"""Many clients at once, on PostgreSQL."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from itertools import count
from threading import Barrier, Event

import pytest
from django.db import connection, transaction

from ledger.exceptions import AccountFrozen
from ledger.integrity import check_ledger
from ledger.models import Account, JournalEntry, Period
from ledger.selectors import balance_as_of, balance_of
from ledger.services.accounts import change_account, close_account, system_account
from ledger.services.batches import post_batch
from ledger.services.entries import post_pending, reverse_entry, void_pending
from ledger.services.periods import close_period
from ledger.services.posting import post_entries
from ledger.tests.factories import make_account, make_wallet, transfer
from ledger.types import EntryDraft, EntryStatus, Written
from nexafi.core.errors import DomainError
from nexafi.core.money import Money

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _needs_postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("true concurrency needs PostgreSQL")


def at_once(*works):
    """Run every piece of work in its own thread, all let go together; count "ok" and the codes of refusals."""
    barrier = Barrier(len(works))

    def run(work):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")  # connected before the start
            barrier.wait(timeout=30)
            work()
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "ok"

    with ThreadPoolExecutor(len(works)) as pool:
        return Counter(pool.map(run, works))


def test_a_wallet_is_never_spent_twice_by_payments_or_holds():
    wallet, other = make_wallet(funded="5.00"), make_wallet()
    outcomes = at_once(*[lambda: transfer(wallet.id, other.id, "1.00")] * 20)
    assert outcomes == {"ok": 5, "insufficient_funds": 15}
    assert balance_of(wallet.id).available == Money(0, "USD")
    wallet = make_wallet(funded="5.00")
    pay = [lambda: transfer(wallet.id, other.id, "1.00")] * 8
    hold = [lambda: transfer(wallet.id, other.id, "1.00", status=EntryStatus.PENDING)] * 8
    assert at_once(*pay, *hold)["ok"] == 5
    assert check_ledger().holds


def test_crossing_transfers_and_batches_never_deadlock():
    a, b = make_wallet(funded="1000.00"), make_wallet(funded="1000.00")

    def singles(debit, credit):
        return lambda: [transfer(debit.id, credit.id, "0.01") for _ in range(20)]

    def batches(debit, credit):
        draft = EntryDraft.transfer(debit=debit.id, credit=credit.id, amount=Money(1, "USD"))
        back = EntryDraft.transfer(debit=credit.id, credit=debit.id, amount=Money(1, "USD"))
        return lambda: [post_entries([draft, back, draft]) for _ in range(10)]

    works = [singles(a, b), singles(b, a), batches(a, b), batches(b, a)] * 3
    assert at_once(*works) == {"ok": 12}
    assert check_ledger().holds


def test_an_entry_ends_once_and_is_reversed_once():
    other = make_wallet()
    for kinds in (["post"] * 8, ["void"] * 8, ["post", "void"] * 4):
        wallet = make_wallet(funded="5.00")
        held = transfer(wallet.id, other.id, "5.00", status=EntryStatus.PENDING).id
        ends = {
            "post": lambda held=held: post_pending(entry_id=held),
            "void": lambda held=held: void_pending(entry_id=held, reason="x"),
        }
        assert at_once(*[ends[kind] for kind in kinds]) == {"ok": 1, "already_resolved": 7}
        assert balance_of(wallet.id).pending_debits == Money(0, "USD")
    entry = transfer(make_account().id, other.id)
    outcomes = at_once(*[lambda: reverse_entry(entry_id=entry.id, reason="x")] * 8)
    assert outcomes == {"ok": 1, "already_reversed": 7}


def test_an_external_id_is_used_once_and_a_system_account_opens_once():
    a, b = make_account(), make_account()
    outcomes = at_once(*[lambda: transfer(a.id, b.id, external_id="same")] * 8)
    assert outcomes == {"ok": 1, "duplicate_external_id": 7}
    wallets = [make_wallet(funded="10.00") for _ in range(8)]

    def pay_fee(wallet):
        return lambda: [transfer(wallet.id, system_account("fees", "USD").id, "0.10") for _ in range(10)]

    assert at_once(*map(pay_fee, wallets)) == {"ok": 8}
    fees = system_account("fees", "USD")
    assert balance_of(fees.id).posted == Money(800, "USD")
    assert fees.balances.filter(credits__gt=0).count() > 1
    assert JournalEntry.objects.count() == 1 + 8 + 80
    assert check_ledger().holds


def test_batches_that_are_judged_never_deadlock_with_the_others():
    """A refused entry sends a batch to the judge, who locks accounts: those without limits too, in the same order."""
    cash, till = make_account(), make_account("liability")
    wallets = [make_wallet(funded="1000.00") for _ in range(3)]
    accounts = [cash, *wallets, till]

    def pay(debit, credit, minor=1, **changes):
        return EntryDraft.transfer(debit=debit.id, credit=credit.id, amount=Money(minor, "USD"), **changes)

    def crossing(step):
        pairs = [(accounts[n], accounts[(n + step) % len(accounts)]) for n in range(len(accounts))]
        return [pay(*pair) for pair in pairs]

    def singles(step):
        return lambda: [post_entries([draft]) for _ in range(6) for draft in crossing(step)]

    def judged(step, **changes):
        drafts = [*crossing(step), pay(wallets[0], cash, 10**9, **changes)]
        return lambda: [post_batch(drafts) for _ in range(6)]

    works = [work for step in (1, 2, 3, 4) for work in (singles(step), judged(step), judged(step, status="pending"))]
    assert at_once(*works) == {"ok": len(works)}
    expected = Money(100_000, "USD")
    assert [balance_of(wallet.id).posted for wallet in wallets] == [expected] * 3
    assert check_ledger().holds


def test_the_same_batches_of_external_ids_at_once_in_any_order():
    """Whoever comes second learns that the entry is there; nobody is told of a deadlock."""
    cash, wallet = make_account(), make_wallet(funded="10.00")
    outcomes = []

    def fund(name):
        return EntryDraft.transfer(debit=cash.id, credit=wallet.id, amount=Money(1, "USD"), external_id=name)

    def too_much():
        return EntryDraft.transfer(debit=wallet.id, credit=cash.id, amount=Money(10**9, "USD"))

    names = [f"name-{number}" for number in range(12)]
    batches = [names, names[::-1], names[6:] + names[:6]] * 2
    works = [lambda batch=batch: outcomes.extend(post_batch(list(map(fund, batch)))) for batch in batches]
    works += [lambda batch=batch: outcomes.extend(post_batch([too_much(), *map(fund, batch)])) for batch in batches]
    assert at_once(*works) == {"ok": len(works)}
    seen = Counter(getattr(outcome, "code", "ok") for outcome in outcomes)
    assert seen == {"ok": 12, "duplicate_external_id": 12 * 11, "insufficient_funds": 6}
    assert balance_of(wallet.id).posted == Money(1012, "USD")


def test_one_wallet_is_drained_by_everything_at_once():
    """Singles, holds, captures above what was held, batches and balancing entries: to the last cent and not below."""
    wallet, other = make_wallet(funded="20.00"), make_wallet()
    outcomes, total = [], Money(2000, "USD")

    def pay(minor, **changes):
        return EntryDraft.transfer(debit=wallet.id, credit=other.id, amount=Money(minor, "USD"), **changes)

    def batch():
        outcomes.extend(post_batch([pay(70), pay(10**9), pay(30, status=EntryStatus.PENDING), pay(40, balancing=True)]))

    def hold_and_capture():
        held = post_entries([pay(50, status=EntryStatus.PENDING, capture_limit=Money(60, "USD"))])[0]
        post_pending(entry_id=held.id, amount=Money(60, "USD"))

    works = [batch] * 8 + [hold_and_capture] * 4 + [lambda: post_entries([pay(90)])] * 6
    works += [lambda: post_entries([pay(500, balancing=True)])] * 2
    assert set(at_once(*works)) <= {"ok", "insufficient_funds"}
    if balance_of(wallet.id).available.minor:
        post_entries([pay(2000, balancing=True)])
    left = balance_of(wallet.id)
    assert left.available == Money(0, "USD")
    assert left.posted + balance_of(other.id).posted == total
    assert {getattr(outcome, "code", "ok") for outcome in outcomes} <= {"ok", "insufficient_funds"}
    assert check_ledger().holds


def test_terms_that_change_meanwhile_hold_for_what_comes_after():
    """An account is frozen, limited and closed while singles and judged batches post to it."""
    payer, till, drawer = make_wallet(funded="1000.00"), make_wallet(), make_wallet()
    outcomes = []

    def pay(minor=1, credit=till):
        return EntryDraft.transfer(debit=payer.id, credit=credit.id, amount=Money(minor, "USD"))

    def terms():
        for number in range(12):
            ceiling = balance_of(till.id).posted.minor + 5000
            change_account(account_id=till.id, reason="r", accepts_credits=number % 2 == 1, ceiling=ceiling)

    def close_drawer():
        close_account(account_id=drawer.id)

    def singles():
        for _ in range(10):
            with suppress(AccountFrozen):
                post_entries([pay()])

    def batches():
        for _ in range(10):
            outcomes.extend(post_batch([pay(), pay(10**9), pay(1, drawer)]))

    result = at_once(terms, close_drawer, *[singles] * 4, *[batches] * 6)
    assert set(result) <= {"ok", "account_not_empty"}
    codes = Counter(getattr(outcome, "code", "ok") for outcome in outcomes)
    assert set(codes) <= {"ok", "account_frozen", "account_closed", "insufficient_funds", "ceiling_exceeded"}
    closed = Account.objects.get(pk=drawer.pk).status == "closed"
    assert (balance_of(drawer.id).posted.minor == 0) == closed
    assert check_ledger().holds


JANUARY = date(2026, 1, 31)


def january():
    return Period.objects.create(name="2026-01", starts=date(2026, 1, 1), ends=JANUARY).id


def close(period_id):
    return lambda: close_period(period_id=period_id, reason="The month is complete.", accept_warnings=True)


def test_nothing_slips_into_a_period_that_is_being_closed():
    cash, fees, period_id = make_account(), make_account("income"), january()
    under_way, accepted = Event(), count()

    def earn():
        for _ in range(5000):  # until refused
            transfer(cash.id, fees.id, "1.00", effective_date=JANUARY)
            if next(accepted) == 60:
                under_way.set()

    def close_meanwhile():
        assert under_way.wait(timeout=60)
        close(period_id)()

    assert at_once(*[earn] * 6, close_meanwhile) == {"period_closed": 6, "ok": 1}
    earned = Money(next(accepted) * 100, "USD")
    assert balance_of(system_account("retained_earnings", "USD").id).posted == earned
    assert balance_as_of(fees, JANUARY) == balance_of(fees.id).posted == Money(0, "USD")
    assert check_ledger().holds


def test_judged_batches_and_a_closing_never_wait_for_each_other_in_a_circle():
    """The judge holds accounts that the closing entries move, the closing holds the table that the batch writes to."""
    wallet, fees, period_id = make_wallet(funded="100.00"), make_account("income"), january()
    transfer(make_account().id, fees.id, effective_date=JANUARY)

    def pay(minor):
        return EntryDraft.transfer(debit=wallet.id, credit=fees.id, amount=Money(minor, "USD"))

    def batches():
        for _ in range(8):
            outcomes = post_batch([pay(1), pay(10**9), pay(1)])
            assert [isinstance(outcome, Written) for outcome in outcomes] == [True, False, True]

    assert at_once(*[batches] * 5, close(period_id)) == {"ok": 6}
    assert balance_of(fees.id).posted == Money(80, "USD")


def test_a_hold_and_a_closing_of_its_period_exclude_each_other():
    cash, fees, period_id = make_account(), make_account("income"), january()
    hold = [lambda: transfer(cash.id, fees.id, status=EntryStatus.PENDING, effective_date=JANUARY)] * 4
    outcomes = at_once(*hold, close(period_id))
    assert outcomes in ({"ok": 4, "period_not_ready": 1}, {"ok": 1, "period_closed": 4}), outcomes


def test_a_period_is_closed_once():
    period_id = january()
    assert at_once(*[close(period_id)] * 4) == {"ok": 1, "period_not_open": 3}


def test_closing_gives_up_on_a_posting_that_does_not_end(monkeypatch):
    monkeypatch.setattr("ledger.locks.WAIT", "100ms")
    cash, fees, period_id = make_account(), make_account("income"), january()
    with transaction.atomic():
        transfer(cash.id, fees.id, effective_date=JANUARY)
        assert at_once(close(period_id)) == {"ledger_busy": 1}
    assert Period.objects.get().status == "open"
    assert at_once(close(period_id)) == {"ok": 1}
