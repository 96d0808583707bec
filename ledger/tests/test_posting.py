"""Posting entries, and what is refused."""

import json
from uuid import UUID

import pytest
from django.db import connection

from audit.models import UnsealedEvent
from ledger import exceptions
from ledger.models import JournalEntry, Posting
from ledger.selectors import balance_of, balances_of, lines_of
from ledger.services.accounts import close_account, open_account, system_account
from ledger.services.entries import post_pending, reverse_entry, void_pending
from ledger.services.posting import post_entries, post_entry
from ledger.tests.factories import make_account, make_wallet, transfer
from ledger.types import EntryDraft, EntryStatus, LineDraft, Side
from nexafi.core.ids import uuid7
from nexafi.core.json import canonical
from nexafi.core.money import Money

pytestmark = pytest.mark.django_db


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


def test_a_transfer_moves_both_balances_to_their_normal_sides():
    cash, wallet = make_account("asset"), make_wallet()
    transfer(cash.id, wallet.id, "25.00")
    assert balance_of(cash.id).posted == usd("25.00")
    assert balance_of(wallet.id).available == usd("25.00")


def test_lines_come_back_exactly_as_given():
    a, b, c, d = (make_account("asset") for _ in range(4))
    lines = (
        LineDraft(a.id, Side.DEBIT, usd("70.00"), "first"),
        LineDraft(b.id, Side.CREDIT, usd("50.00")),
        LineDraft(c.id, Side.CREDIT, usd("50.00"), "third"),
        LineDraft(d.id, Side.DEBIT, usd("30.00")),
    )
    entry = post_entry(EntryDraft(lines=lines))
    assert tuple(lines_of(entry)) == lines
    assert Posting.objects.filter(entry=entry).count() == 3


def test_a_hold_reduces_what_is_available_and_void_gives_it_back():
    wallet, other = make_wallet(funded="100.00"), make_wallet()
    held = transfer(wallet.id, other.id, "60.00", status=EntryStatus.PENDING)
    assert balance_of(wallet.id).available == usd("40.00")
    assert balance_of(wallet.id).posted == usd("100.00")
    void_pending(entry_id=held.id, reason="changed mind")
    assert balance_of(wallet.id).available == usd("100.00")
    with pytest.raises(exceptions.AlreadyResolved):
        post_pending(entry_id=held.id)


def test_posting_a_hold_moves_the_money_once():
    wallet, other = make_wallet(funded="100.00"), make_wallet()
    held = transfer(wallet.id, other.id, "60.00", status=EntryStatus.PENDING)
    post_pending(entry_id=held.id)
    assert balance_of(other.id).available == usd("60.00")
    assert balance_of(wallet.id).pending_debits == usd("0.00")
    assert JournalEntry.objects.with_status().get(pk=held.id).status == "posted"


def test_a_wallet_cannot_be_overdrawn_even_by_a_hold():
    wallet, other = make_wallet(funded="10.00"), make_wallet()
    transfer(wallet.id, other.id, "6.00", status=EntryStatus.PENDING)
    with pytest.raises(exceptions.InsufficientFunds):
        transfer(wallet.id, other.id, "4.01")


def test_a_reversal_mirrors_the_entry_once():
    cash, wallet = make_account("asset"), make_wallet()
    entry = transfer(cash.id, wallet.id, "25.00")
    reversal = reverse_entry(entry_id=entry.id, reason="wrong customer")
    assert reversal.reverses_id == entry.id
    assert balance_of(wallet.id).posted == usd("0.00")
    with pytest.raises(exceptions.AlreadyReversed):
        reverse_entry(entry_id=entry.id, reason="again")


def test_a_batch_posts_in_order_and_all_or_nothing():
    cash, wallet = make_account("asset"), make_wallet()
    drafts = [EntryDraft.transfer(debit=cash.id, credit=wallet.id, amount=usd(f"{n}.00")) for n in range(1, 101)]
    entries = post_entries(drafts)
    assert [lines_of(entry)[0].amount for entry in entries[:3]] == [usd("1.00"), usd("2.00"), usd("3.00")]
    assert balance_of(wallet.id).posted == usd("5050.00")
    assert len({entry.audit_event_id for entry in entries}) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_event_of_a_call_is_canonical_whatever_ids_its_entries_were_given(count):
    cash, wallet = make_account("asset"), make_wallet()
    draft = EntryDraft.transfer(debit=cash.id, credit=wallet.id, amount=usd("1.00"))
    post_entries([draft._replace(id=UUID(int=uuid7().int - n)) for n in range(count)])
    body = bytes(UnsealedEvent.objects.latest("id").body)
    assert canonical(json.loads(body)) == body
    assert len(json.loads(body)["data"]["entries"]) == count


def test_a_duplicate_external_id_is_a_conflict():
    cash, wallet = make_account("asset"), make_wallet()
    transfer(cash.id, wallet.id, external_id="invoice-1")
    with pytest.raises(exceptions.DuplicateExternalId):
        transfer(cash.id, wallet.id, external_id="invoice-1")


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([("a", "debit", 100), ("b", "credit", 99)], exceptions.UnbalancedEntry),
        ([("a", "debit", 100)], exceptions.InvalidLines),
        ([], exceptions.InvalidLines),
        ([("a", "debit", 0), ("b", "credit", 0)], exceptions.InvalidLines),
        ([("a", "debit", -5), ("b", "credit", -5)], exceptions.InvalidLines),
        ([("a", "debit", 100), ("a", "credit", 100)], exceptions.InvalidLines),
        ([("a", "debit", 100), ("b", "debit", 100)], exceptions.UnbalancedEntry),
        ([("a", "debit", 10**18), ("b", "credit", 10**18)], exceptions.AmountTooLarge),
        ([("a", "debit", 1)] * 10_000 + [("b", "credit", 10_000)], exceptions.InvalidLines),
        ([("e", "debit", 100), ("b", "credit", 100)], exceptions.AccountCurrencyMismatch),
        ([("none", "debit", 100), ("b", "credit", 100)], exceptions.UnknownAccount),
        ([("closed", "debit", 100), ("b", "credit", 100)], exceptions.AccountNotOpen),
        ([("e", "debit", 50), ("a", "debit", 50), ("b", "credit", 100)], exceptions.AccountCurrencyMismatch),
        ([("none", "debit", 50), ("a", "debit", 50), ("b", "credit", 100)], exceptions.UnknownAccount),
        ([("closed", "debit", 50), ("a", "debit", 50), ("b", "credit", 100)], exceptions.AccountNotOpen),
    ],
)
def test_bad_entries_are_refused(lines, error):
    ids = {"a": make_account().id, "b": make_account().id, "e": make_account(currency="EUR").id, "none": uuid7()}
    ids["closed"] = close_account(account_id=make_account().id).id
    draft = EntryDraft(lines=tuple(LineDraft(ids[key], Side(side), Money(minor, "USD")) for key, side, minor in lines))
    with pytest.raises(error):
        post_entry(draft)


def test_turnover_stops_before_the_edge_of_the_column():
    a, b = make_account(), make_account()
    largest = f"{10**16 - 1}.99"
    for _ in range(4):
        transfer(a.id, b.id, largest)
    with pytest.raises(exceptions.AmountTooLarge):
        transfer(a.id, b.id, largest)


def test_an_account_closes_only_when_empty():
    cash, wallet = make_account(), make_wallet()
    transfer(cash.id, wallet.id)
    with pytest.raises(exceptions.AccountNotEmpty):
        close_account(account_id=cash.id)


def test_an_account_code_is_unique():
    open_account(code="X", name="One", type="asset", currency="USD")
    with pytest.raises(exceptions.DuplicateCode):
        open_account(code="X", name="Two", type="asset", currency="USD")


def test_system_accounts_open_themselves_with_their_parents_and_take_any_number_of_writers():
    settlement, fees = system_account("settlement", "KWD"), system_account("fees", "KWD")
    assert settlement.path == "1000-KWD/1100-KWD/1110-KWD/"
    transfer(settlement.id, fees.id, "1.234", "KWD")
    assert system_account("fees", "KWD") == fees
    assert balances_of([fees.id, settlement.id])[fees.id].posted == Money(1234, "KWD")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite prepares statements by itself.")
def test_one_statement_is_prepared_for_amounts_of_every_size():
    cash, wallet = make_account().id, make_wallet().id
    for _ in range(8):
        for amount in ("0.01", "500.00", "9000000.00", "1000000000000.00"):
            transfer(cash, wallet, amount)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%INSERT INTO ledger_posting%'"
        )
        assert cursor.fetchone() == (1,)
