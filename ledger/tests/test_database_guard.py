"""The database refuses by itself, whoever writes."""

import pytest
from django.db import DatabaseError, connection, transaction

from ledger.constants import PostingKind
from ledger.exceptions import ParentDiffers
from ledger.models import Account, Balance, EntryResolution, JournalEntry, JournalLine, Posting
from ledger.services.accounts import close_account, system_account
from ledger.services.entries import void_pending
from ledger.tests.factories import make_account, make_wallet, transfer
from ledger.types import EntryStatus
from nexafi.core.ids import uuid7

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry():
    return transfer(make_account().id, make_wallet().id, "10.00")


def refused(work, saying=None):
    with pytest.raises(DatabaseError, match=saying), transaction.atomic():
        work()


@pytest.mark.parametrize("model", [JournalEntry, Posting, EntryResolution])
def test_what_is_written_is_never_updated_or_deleted(model):
    held = transfer(make_wallet(funded="10.00").id, make_wallet().id, "1.00", status=EntryStatus.PENDING)
    void_pending(entry_id=held.id, reason="test")
    rows = model.objects.all()
    refused(lambda: rows.update(recorded_at=held.recorded_at), "append-only")
    refused(lambda: rows._raw_delete(rows.db), "append-only")


@pytest.mark.parametrize("table", ["ledger_posting", "ledger_journalentry", "ledger_entryresolution", "ledger_balance"])
def test_tables_are_not_truncated(entry, table):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        refused(lambda: cursor.execute(f"TRUNCATE {table} CASCADE"))


@pytest.mark.parametrize(
    "change",
    [
        {"credits": 99},
        {"debits": 99},
        {"pending_debits": 1},
        {"floor": -5},
        {"takes_debits": False},
        {"currency": "EUR"},
        {"slots": 4},
    ],
)
def test_balances_are_written_by_postings_alone(entry, change):
    account_id = Posting.objects.get(entry=entry).credit_id
    refused(lambda: Balance.objects.filter(account_id=account_id).update(**change))


def test_balances_are_neither_added_nor_deleted_by_hand(entry):
    balance = Balance.objects.first()
    refused(lambda: Balance.objects.filter(account_id=balance.account_id)._raw_delete("default"))
    balance.slot, balance.debits = 7, 5
    refused(lambda: balance.save(force_insert=True))


@pytest.mark.parametrize(
    "change", [{"code": "other"}, {"type": "expense"}, {"currency": "EUR"}, {"path": "x/"}, {"slots": 2}]
)
def test_an_account_keeps_what_defines_it(change):
    account = make_account()
    refused(lambda: Account.objects.filter(pk=account.pk).update(**change))
    refused(lambda: Account.objects.filter(pk=account.pk)._raw_delete("default"))


@pytest.mark.parametrize(
    ("changes", "saying"),
    [
        ({"type": "liability"}, "parent_differs"),
        ({"currency": "EUR"}, "parent_differs"),
        ({"parent_id": uuid7()}, "parent_differs"),
        ({"path": "child/"}, "account_misplaced"),
        ({"path": "parent/child"}, "account_misplaced"),
        ({"path": "parent/other/"}, "account_misplaced"),
        ({"path": "elsewhere/child/"}, "account_misplaced"),
        ({"parent_id": None}, "account_misplaced"),
    ],
)
def test_a_child_has_its_parents_type_and_currency_and_stands_below_it(changes, saying):
    parent = make_account(code="parent")
    fields = {"code": "child", "name": "Child", "type": "asset", "currency": "USD", "path": "parent/child/"}
    child = Account(**({**fields, "parent_id": parent.id} | changes))
    refused(lambda: child.save(force_insert=True), saying)
    refused(lambda: Account.objects.bulk_create([child], ignore_conflicts=True), saying)
    Account.objects.create(**fields, parent_id=parent.id)


def test_an_account_is_not_led_to_another_parent():
    parent, other = make_account(code="parent"), make_account(code="other")
    child = Account.objects.filter(pk=make_account(parent=parent).pk)
    refused(lambda: child.update(parent=other), "keeps")
    refused(lambda: child.update(parent=None), "keeps")
    refused(lambda: Account.objects.filter(pk=other.pk).update(parent=parent), "keeps")


def test_the_services_answer_the_databases_refusal_of_a_parent():
    """A parent that was altered in memory, and a chart's parent whose code another type has."""
    parent = make_account("asset")
    parent.type = "expense"
    with pytest.raises(ParentDiffers):
        make_account("expense", parent=parent)
    make_account("income", code="1100-USD")  # a parent of the settlement account
    with pytest.raises(ParentDiffers):
        system_account("settlement", "USD")
    assert not Account.objects.filter(code="1110-USD").exists()


def raw_posting(entry, **changes):
    """A copy of the entry's posting, as a careless program would insert it."""
    fields = Posting.objects.filter(entry=entry).values().first() | changes
    fields.pop("id")
    return lambda: Posting.objects.create(**fields)


@pytest.mark.parametrize(
    ("changes", "saying"),
    [
        ({"amount": 0}, "posting_amount"),
        ({"amount": -1}, "posting_amount"),
        ({"currency": "EUR"}, "currency_mismatch"),
        ({"debit_id": uuid7()}, "unknown_account"),
        ({"entry_id": uuid7()}, "unknown_entry"),
        ({"kind": "pending"}, "unknown_entry"),  # the entry was written as posted
        ({"kind": "capture"}, "posting_resolution|unknown_entry"),
        ({"kind": "void", "pending_id": 1, "released": 1, "amount": 1}, "unknown_entry"),
        ({"pending_id": 1}, "posting_resolution|unknown_entry|not_pending"),
        ({"released": 5}, "posting_resolution|unknown_entry|not_pending"),
        ({"kind": "gift"}, "unknown_entry|not_pending"),
        ({"capture_limit": 999}, "posting_capture_limit"),
        ({"capture_limit": 2000}, "posting_capture_limit"),  # only what is held has a limit
        ({"kind": "pending", "capture_limit": 10**18}, "posting_capture_limit"),
        ({"debit_line": 0}, "posting_lines"),
    ],
)
def test_a_bad_posting_is_refused(entry, changes, saying):
    refused(raw_posting(entry, **changes), saying)
    assert Posting.objects.count() == 1


def test_a_posting_that_debits_and_credits_one_account_is_refused(entry):
    refused(raw_posting(entry, debit_id=Posting.objects.get(entry=entry).credit_id), "posting_two_accounts")


def test_a_posting_to_a_closed_account_is_refused(entry):
    refused(raw_posting(entry, credit_id=close_account(account_id=make_account().id).id), "account_closed")


def test_a_posting_is_not_added_to_an_entry_afterwards(entry):
    later = transfer(make_account().id, make_wallet().id)
    refused(raw_posting(later, entry_id=entry.id), "unknown_entry")


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 900, "released": 1000},
        {"released": 999, "amount": 999},
        {"debit_line": 9},
        {"kind": "post"},
        {"kind": "pending"},
        {"kind": "gift"},
        {"pending_id": None, "released": 0},
        {"pending_id": None, "released": 0, "kind": "capture"},
        {"pending_id": None, "released": 0, "kind": "post"},
        {"pending_id": None, "released": 0, "kind": "gift"},
        {"kind": "capture", "amount": 1001},
    ],
)
def test_a_pending_posting_is_released_as_it_was_held_and_once(changes):
    held = transfer(make_wallet(funded="50.00").id, make_wallet().id, "10.00", status=EntryStatus.PENDING)
    posting = Posting.objects.get(entry=held)
    end = {"kind": PostingKind.VOID, "pending_id": posting.id, "released": 1000}
    refused(raw_posting(held, **(end | changes)))
    raw_posting(held, **end)()
    refused(raw_posting(held, **end))


def test_an_entry_needs_an_audit_event():
    refused(lambda: JournalEntry.objects.create(kind="manual", effective_date="2026-01-01", pending=False))


def test_the_view_shows_each_side_of_a_posting(entry):
    lines = JournalLine.objects.filter(entry=entry).order_by("line").values_list("line", "debit", "credit")
    assert list(lines) == [(1, 1000, 0), (2, 0, 1000)]
