"""Batches and the finer ways to post through HTTP."""

import pytest

from accounts.tests.factories import make_user, signed_in_client
from ledger.selectors import balance_of
from ledger.services.entries import post_pending, reverse_entry
from ledger.tests.factories import make_account, make_wallet, transfer
from ledger.types import EntryStatus
from nexafi.core.ids import uuid7
from nexafi.core.money import Money

pytestmark = pytest.mark.django_db
API = "/api/v1/journal-entries"


@pytest.fixture
def client():
    return signed_in_client(make_user("accountant"))


def entry(debit, credit, amount, **fields):
    lines = [{"account_id": str(debit), "debit_amount": amount}, {"account_id": str(credit), "credit_amount": amount}]
    return {"description": "Test", "lines": lines, **fields}


def send(client, entries, **fields):
    return client.post(f"{API}/batch", {"entries": entries, **fields}, HTTP_IDEMPOTENCY_KEY=str(uuid7()))


def test_a_batch_answers_for_each_entry_in_order(client):
    cash, wallet = make_account(), make_wallet()
    answer = send(
        client,
        [
            entry(cash.id, wallet.id, "5.00", external_id="one"),
            entry(wallet.id, cash.id, "7.00"),
            entry(cash.id, uuid7(), "1.00"),
            entry(cash.id, wallet.id, "1.001"),
            entry(wallet.id, cash.id, "9.00", balancing=True, linked=False),
        ],
    )
    body = answer.json()
    assert (answer.status_code, body["written"], body["refused"]) == (200, 2, 3)
    assert [r["status"] for r in body["results"]] == ["posted", "refused", "refused", "refused", "posted"]
    errors = [r["error"] and (r["error"]["code"], r["error"]["errors"][0]["pointer"]) for r in body["results"]]
    assert errors == [
        None,
        ("insufficient_funds", "/lines/0"),
        ("unknown_account", "/lines/1/account_id"),
        ("invalid_amount", "/lines/0/debit_amount"),
        None,
    ]
    assert body["results"][0]["external_id"] == "one"
    assert body["results"][4]["amount"] == "5.00"
    assert client.get(f"{API}/{body['results'][0]['id']}").json()["lines"][0]["debit_amount"] == "5.00"


def test_an_atomic_batch_is_written_whole_or_not_at_all(client):
    cash, wallet = make_account(), make_wallet()
    good, bad = entry(cash.id, wallet.id, "5.00"), entry(wallet.id, cash.id, "5.01")
    refused = send(client, [good, bad, good], atomic=True)
    assert (refused.status_code, refused.json()["code"]) == (422, "insufficient_funds")
    assert refused.json()["errors"][0]["pointer"] == "/entries/1/lines/0"
    assert balance_of(wallet.id).posted == Money(0, "USD")
    written = send(client, [good, good], atomic=True)
    assert (written.status_code, written.json()["written"]) == (201, 2)


@pytest.mark.parametrize(
    ("entries", "pointer"),
    [
        ([], "/entries"),
        ([{"description": "x"}], "/entries/0/lines"),
        ([entry(uuid7(), uuid7(), "1.00", status="draft")], "/entries/0/status"),
        ([entry(uuid7(), uuid7(), "1.00", colour="red")], "/entries/0/colour"),
        ([entry(uuid7(), uuid7(), "5e1")], "/entries/0/lines/0/debit_amount"),
        ([entry(uuid7(), uuid7(), "1.00", capture_limit="2.00")], "/entries/0/capture_limit"),
    ],
)
def test_a_malformed_batch_is_refused_whole(client, entries, pointer):
    answer = send(client, entries)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_pending_entry_is_posted_for_less_or_up_to_its_limit(client):
    wallet, shop = make_wallet(funded="200.00"), make_wallet()

    def hold(**fields):
        body = entry(wallet.id, shop.id, "40.00", status="pending", **fields)
        made = client.post(API, body, HTTP_IDEMPOTENCY_KEY=str(uuid7()))
        assert made.status_code == 201
        return f"{API}/{made.json()['id']}/post"

    less = client.post(hold(), {"amount": "15.50"}).json()
    assert (less["status"], less["posted_lines"][0]["debit_amount"]) == ("posted", "15.50")
    assert balance_of(wallet.id).available == Money(18450, "USD")
    too_much = client.post(hold(), {"amount": "40.01"})
    assert (too_much.status_code, too_much.json()["code"]) == (422, "capture_limit_exceeded")
    more = client.post(hold(capture_limit="44.00"), {"amount": "44.00"}).json()
    assert more["posted_lines"][1]["credit_amount"] == "44.00"
    low = client.post(hold(capture_limit="150.00"), {"amount": "150.00"})
    assert (low.status_code, low.json()["code"]) == (422, "insufficient_funds")
    assert balance_of(shop.id).posted == Money(5950, "USD")


def test_a_reversal_mirrors_what_was_posted_of_a_pending_entry(client):
    wallet, shop = make_wallet(funded="100.00"), make_wallet()
    held = transfer(wallet.id, shop.id, "40.00", status=EntryStatus.PENDING)
    post_pending(entry_id=held.id, amount=Money(1550, "USD"))
    reverse_entry(entry_id=held.id, reason="wrong")
    assert balance_of(wallet.id).posted == Money(10000, "USD")
