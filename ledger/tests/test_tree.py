"""The chart of accounts as a tree with balances rolled up."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.factories import make_customer, make_user, signed_in_client
from ledger.selectors.tree import account_tree
from ledger.services.accounts import system_account
from ledger.tests.factories import make_account, make_wallet, transfer

pytestmark = pytest.mark.django_db
URL = "/api/v1/accounts/tree"


@pytest.fixture
def client():
    return signed_in_client(make_user("auditor"))


def figures(client, query=""):
    answer = client.get(f"{URL}{query}")
    assert answer.status_code == 200, answer.content
    return {
        row["account_code"]: (row["depth"], row["balance"], row["customers_balance"], row["rolled_up_balance"])
        for row in answer.json()["accounts"]
    }


def test_balances_roll_up_and_customers_are_one_figure(client):
    settlement, funds = system_account("settlement", "USD"), system_account("customer_funds", "USD")
    fees = system_account("fees", "EUR")
    for _ in range(3):
        wallet = make_wallet(owner_id=make_customer().id, parent=funds)
        transfer(settlement.id, wallet.id, "10.00", effective_date=date(2026, 3, 1))
    transfer(settlement.id, funds.id, "1.00", effective_date=date(2026, 4, 1))
    transfer(make_account(currency="EUR", code="A-EUR").id, fees.id, "7.00", "EUR")
    tree = figures(client, "?currency=USD")
    assert tree == {
        "1000-USD": (0, "0.00", None, "31.00"),
        "1100-USD": (1, "0.00", None, "31.00"),
        "1110-USD": (2, "31.00", None, "31.00"),
        "2000-USD": (0, "0.00", None, "31.00"),
        "2100-USD": (1, "1.00", "30.00", "31.00"),
    }
    march = figures(client, "?currency=USD&as_of=2026-03-31")
    assert (march["2100-USD"], march["1000-USD"]) == ((1, "0.00", "30.00", "30.00"), (0, "0.00", None, "30.00"))
    assert figures(client, "?as_of=2999-01-01") == figures(client)
    assert figures(client, "?as_of=2020-01-01T00:00:00Z")["2100-USD"] == (1, "0.00", "0.00", "0.00")
    assert list(figures(client)) == ["4000-EUR", "4100-EUR", "A-EUR", *tree]
    assert client.get(f"{URL}?as_of=soon").status_code == 400


def test_a_tree_of_many_wallets_takes_two_queries_and_as_many_rows_as_the_chart_has():
    funds = system_account("customer_funds", "USD")
    for _ in range(5):
        make_wallet(owner_id=make_customer().id, parent=funds)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(account_tree("USD")) == 2
    assert len(queries) == 2


def test_siblings_stand_in_the_order_of_their_codes_under_their_parent():
    root = make_account(code="10")
    for code in ("10-b", "10-a"):
        make_account(code=code, parent=root)
    make_account(code="10-a2", parent=make_account(code="10.5"))
    assert [(node.account.code, node.depth) for node in account_tree()] == [
        ("10", 0), ("10-a", 1), ("10-b", 1), ("10.5", 0), ("10-a2", 1)
    ]  # fmt: skip


def test_nothing_stands_below_a_customers_account():
    client = signed_in_client(make_user("accountant"))
    wallet = make_wallet(owner_id=make_customer().id)
    body = {"account_code": "X", "name": "X", "account_type": "liability", "currency": "USD"}
    body["parent_id"] = str(wallet.id)
    assert client.post("/api/v1/accounts", body).json()["code"] == "parent_is_customers"


def test_the_console_shows_the_tree_of_a_currency_on_a_day():
    console = Client()
    console.force_login(make_user("auditor"), backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("admin:ledger_account_chart")
    assert "load_chart" in console.get(url).content.decode()
    funds = system_account("customer_funds", "EUR")
    wallet = make_wallet("EUR", owner_id=make_customer().id, parent=funds)
    transfer(system_account("settlement", "EUR").id, wallet.id, "1234.50", "EUR", effective_date=date(2026, 3, 1))
    page = console.get(url).content.decode()
    assert page.count("1,234.50") == 8  # the bank and the customers twice, the four accounts above them once
    assert "Customers' accounts" in page
    assert "1,234.50" not in console.get(url, {"as_of": "2026-02-28"}).content.decode()
    assert "YYYY-MM-DD" in console.get(url, {"as_of": "soon"}).content.decode()
