"""Accounts, journal entries and reports through HTTP."""

import pytest

from accounts.tests.factories import make_user, signed_in_client
from ledger.tests.factories import make_account, make_wallet, transfer
from ledger.types import EntryStatus
from nexafi.approvals.services import approve
from nexafi.core.ids import uuid7

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture
def accountant():
    return make_user("accountant")


@pytest.fixture
def client(accountant):
    return signed_in_client(accountant)


def line(account, side, amount, **fields):
    return {"account_id": str(account.id), f"{side}_amount": amount, **fields}


def new_entry(client, *lines, **fields):
    return client.post(f"{API}/journal-entries", {"description": "Test", "lines": list(lines), **fields})


def test_an_account_is_opened_read_renamed_and_closed(client):
    made = client.post(
        f"{API}/accounts", {"account_code": "1999", "name": "Petty cash", "account_type": "asset", "currency": "USD"}
    )
    assert made.status_code == 201
    assert made.json()["balance"] == "0.00"
    url = f"{API}/accounts/{made.json()['id']}"
    tag = client.get(url)["ETag"]
    assert client.patch(url, {"name": "Cash box"}, HTTP_IF_MATCH=tag).json()["name"] == "Cash box"
    assert client.patch(url, {"name": "Lost"}, HTTP_IF_MATCH=tag).status_code == 412
    assert client.patch(url, {"currency": "EUR"}).json()["errors"][0]["code"] == "unknown_field"
    assert client.post(f"{url}/close", {}).json()["status"] == "closed"
    assert client.post(f"{url}/close", {}).status_code == 422


def test_accounts_are_listed_by_code_with_filters_and_pages(client):
    for number in range(5):
        make_account(code=f"A-{number}", subtype="paged")
    page = client.get(f"{API}/accounts?account_subtype=paged&page_size=2").json()
    assert [row["account_code"] for row in page["results"]] == ["A-0", "A-1"]
    assert [row["account_code"] for row in client.get(page["next"]).json()["results"]] == ["A-2", "A-3"]
    assert client.get(f"{API}/accounts?colour=red").status_code == 400


def test_a_posted_entry_comes_back_as_it_was_given(client, accountant):
    cash, fees, wallet = make_account(), make_account("income"), make_wallet()
    made = new_entry(
        client,
        line(cash, "debit", "100.00", description="received"),
        line(fees, "credit", "1.50"),
        line(wallet, "credit", 98.50),
        reference_number="R-1",
        metadata={"source": "test"},
    )
    assert made.status_code == 201, made.content
    entry = client.get(f"{API}/journal-entries/{made.json()['id']}").json()
    assert entry["status"] == "posted"
    assert [(row["debit_amount"], row["credit_amount"]) for row in entry["lines"]] == [
        ("100.00", None),
        (None, "1.50"),
        (None, "98.50"),
    ]
    assert entry["lines"][0]["description"] == "received"
    assert entry["created_by"] == {"kind": "user", "id": str(accountant.id)}
    assert client.get(f"{API}/accounts/{wallet.id}").json()["available_balance"] == "98.50"


def test_a_pending_entry_is_posted_or_voided_once(client):
    wallet, other = make_wallet(funded="50.00"), make_wallet()
    lines = line(wallet, "debit", "20.00"), line(other, "credit", "20.00")
    first, second = (new_entry(client, *lines, status="pending").json()["id"] for _ in range(2))
    assert client.get(f"{API}/accounts/{wallet.id}").json()["available_balance"] == "10.00"
    assert client.post(f"{API}/journal-entries/{first}/post", {}).json()["status"] == "posted"
    assert client.post(f"{API}/journal-entries/{second}/void", {"reason": "no"}).json()["status"] == "voided"
    assert client.post(f"{API}/journal-entries/{second}/post", {}).json()["code"] == "already_resolved"
    assert client.get(f"{API}/accounts/{wallet.id}").json()["available_balance"] == "30.00"
    statuses = {
        s: len(client.get(f"{API}/journal-entries?status={s}").json()["results"]) for s in ("pending", "voided")
    }
    assert statuses == {"pending": 0, "voided": 1}


def test_a_draft_stays_out_of_the_books_until_posted_under_the_same_id(client):
    cash, wallet = make_account(), make_wallet()
    draft = new_entry(client, line(cash, "debit", "5.00"), line(wallet, "credit", "5.00"), status="draft").json()
    url = f"{API}/journal-entries/{draft['id']}"
    assert client.get(url).json()["status"] == "draft"
    assert client.get(f"{API}/accounts/{cash.id}").json()["balance"] == "0.00"
    assert [row["id"] for row in client.get(f"{API}/journal-entries?status=draft").json()["results"]] == [draft["id"]]
    posted = client.post(f"{url}/post", {}).json()
    assert (posted["id"], posted["status"]) == (draft["id"], "posted")
    assert client.post(f"{url}/post", {}).status_code == 409


@pytest.mark.parametrize("name", ["metadata.invoice", "external_id", "kind", "reference_number"])
def test_drafts_are_filtered_by_nothing_else(client, name):
    answer = client.get(f"{API}/journal-entries", {"status": "draft", "page_size": "5", name: "x"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, f"/{name}")


def test_a_reversal_takes_a_second_person(client, accountant):
    cash, wallet = make_account(), make_wallet()
    entry = transfer(cash.id, wallet.id)
    asked = client.post(f"{API}/journal-entries/{entry.id}/reverse", {"reason": "wrong customer"})
    assert asked.status_code == 202
    assert client.get(f"{API}/accounts/{cash.id}").json()["balance"] == "10.00"
    approve(approval_id=asked.json()["approval_id"], checker=make_user("accountant"), reason="checked")
    assert client.get(f"{API}/accounts/{cash.id}").json()["balance"] == "0.00"
    original = client.get(f"{API}/journal-entries/{entry.id}").json()
    assert client.get(f"{API}/journal-entries/{original['reversed_by_id']}").json()["reverses_id"] == str(entry.id)
    again = client.post(f"{API}/journal-entries/{entry.id}/reverse", {"reason": "again please"})
    assert again.json()["code"] == "already_reversed"


def test_the_same_key_posts_once(client):
    cash, wallet = make_account(), make_wallet()
    body = {"description": "Once", "lines": [line(cash, "debit", "5.00"), line(wallet, "credit", "5.00")]}
    first, second = (client.post(f"{API}/journal-entries", body, HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2))
    assert second["Idempotent-Replayed"] == "true"
    assert first.content == second.content
    assert client.get(f"{API}/accounts/{cash.id}").json()["balance"] == "5.00"


def test_an_entry_of_more_than_ten_thousand_lines_is_refused(client):
    cash, wallet = make_account(), make_wallet()
    lines = [line(cash, "debit", "0.01")] * 10_000 + [line(wallet, "credit", "100.00")]
    answer = new_entry(client, *lines)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_lines")


def test_a_posted_entry_cannot_be_voided(client):
    entry = transfer(make_account().id, make_wallet().id)
    assert client.post(f"{API}/journal-entries/{entry.id}/void", {}).json()["code"] == "not_pending"
    assert client.post(f"{API}/journal-entries/{uuid7()}/void", {}).status_code == 404


def test_an_entry_that_something_else_wrote_is_left_to_it(client):
    wallet, other = make_wallet(funded="50.00"), make_wallet()
    kept = {"kind": "payment", "reference": "0190-abc"}
    held = transfer(wallet.id, other.id, "20.00", status=EntryStatus.PENDING, **kept)
    posted = transfer(wallet.id, other.id, "5.00", **kept)
    for entry, act in ((held, "post"), (held, "void"), (posted, "reverse")):
        answer = client.post(f"{API}/journal-entries/{entry.id}/{act}", {"reason": "by hand"})
        assert (answer.status_code, answer.json()["code"]) == (409, "entry_owned_elsewhere")
        assert "payment 0190-abc" in answer.json()["detail"]
    assert client.get(f"{API}/accounts/{wallet.id}").json()["available_balance"] == "25.00"


def test_balances_of_past_dates_and_a_statement_with_running_balance(client):
    cash, wallet = make_account(), make_wallet()
    for day, amount in (("2026-03-01", "10.00"), ("2026-03-02", "20.00"), ("2026-03-05", "30.00")):
        new_entry(client, line(cash, "debit", amount), line(wallet, "credit", amount), entry_date=day)
    new_entry(client, line(wallet, "debit", "5.00"), line(cash, "credit", "5.00"), entry_date="2026-03-03")
    url = f"{API}/accounts/{wallet.id}"
    assert client.get(f"{url}/balance?as_of=2026-03-02").json()["balance"] == "30.00"
    assert client.get(f"{url}/balance?as_of=2026-03-04").json()["balance"] == "25.00"
    assert client.get(f"{url}/balance?as_of=2020-01-01T00:00:00Z").json()["balance"] == "0.00"
    assert client.get(f"{url}/balance?as_of=yesterday").status_code == 400
    page = client.get(f"{url}/statement?from=2026-03-02&to=2026-03-31&page_size=2").json()
    assert (page["opening_balance"], page["closing_balance"]) == ("10.00", "55.00")
    rest = client.get(page["next"]).json()
    assert [row["balance"] for row in page["results"] + rest["results"]] == ["30.00", "25.00", "55.00"]
    assert rest["next"] is None


def test_the_books_balance_and_customers_show_as_one_figure(client):
    from accounts.tests.factories import make_customer
    from ledger.services.accounts import system_account

    settlement, funds = system_account("settlement", "USD"), system_account("customer_funds", "USD")
    fees = system_account("fees", "USD")
    for _ in range(3):
        wallet = make_wallet(owner_id=make_customer().id, parent=funds)
        transfer(settlement.id, wallet.id, "100.00")
        transfer(wallet.id, fees.id, "1.00")
    report = client.get(f"{API}/reports/trial-balance").json()
    assert report["is_balanced"] is True
    lines = report["sections"][0]["lines"]
    assert {line["account_code"]: tuple(line["figures"].values()) for line in lines if line["account_code"]} == {
        "1110-USD": ("300.00", None),
        "2100-USD": (None, "297.00"),
        "4100-USD": (None, "3.00"),
    }
    assert report["totals"] == [{"currency": "USD", "debits": "300.00", "credits": "300.00"}]
    assert client.get(f"{API}/reports/trial-balance?as_of=2020-01-01").json()["sections"] == []
    assert client.get(f"{API}/reports/trial-balance?as_of=2999-01-01").json()["totals"] == report["totals"]
    sheet = client.get(f"{API}/reports/balance-sheet?currency=USD").json()
    assert sheet["is_balanced"] is True
    assert sheet["totals"] == [
        {"currency": "USD", "total_assets": "300.00", "total_liabilities": "297.00", "total_equity": "3.00"}
    ]


def test_customers_have_no_access_and_auditors_only_read():
    customer, auditor = signed_in_client(make_user("customer")), signed_in_client(make_user("auditor"))
    assert customer.get(f"{API}/accounts").status_code == 403
    assert customer.get(f"{API}/reports/trial-balance").status_code == 403
    assert auditor.get(f"{API}/accounts").status_code == 200
    assert auditor.post(f"{API}/journal-entries", {}).status_code == 403


def test_currencies_are_listed(client):
    rows = {row["code"]: row["decimals"] for row in client.get(f"{API}/currencies").json()["results"]}
    assert (rows["JPY"], rows["USD"], rows["KWD"]) == (0, 2, 3)
    assert "XAU" not in rows
