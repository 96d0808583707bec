"""The console's pages of wallets, payments and transfers."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.factories import make_user
from nexafi.core import clock
from nexafi.outbox.services.relay import drain
from payments.admin import tiles
from payments.models import Wallet
from payments.tasks import measure_today
from payments.tests.factories import make_person
from payments.tests.test_transfers import confirm, order

pytestmark = pytest.mark.django_db


def console(role: str) -> Client:
    client = Client()
    client.force_login(make_user(role), backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(client: Client, path: str) -> str:
    response = client.get(f"/console/{path}")
    assert response.status_code == 200, response
    return response.content.decode()


def test_a_held_payment_shows_its_decision_and_leads_to_its_alert() -> None:
    ada, bob = make_person(balance="20000.00", name="Ada Quill"), make_person(name="Bob Marsh")
    payment_id = ada.pay(bob, "12000.00").json()["id"]
    officer = console("compliance_officer")
    listed = page(officer, "payments/payment/")
    assert "Ada Quill" in listed
    assert "Bob Marsh" in listed
    shown = page(officer, f"payments/payment/{payment_id}/change/")
    assert "large_amount" in shown
    assert "/console/compliance/alert/" in shown
    assert "1 held for review" in page(officer, "")


def test_payments_are_found_by_id_and_by_wallet() -> None:
    ada, bob = make_person(balance="20.00", name="Ada Quill"), make_person()
    payment_id = ada.pay(bob, "1.00").json()["id"]
    auditor = console("auditor")
    for term in (payment_id, str(ada.wallet.id)):
        assert "Ada Quill" in page(auditor, f"payments/payment/?q={term}")
    for term in (str(ada.customer.id), "Ada"):
        assert "Ada Quill" not in page(auditor, f"payments/payment/?q={term}")


def test_payments_are_filtered_by_what_was_decided_and_by_currency() -> None:
    ada, bob = make_person(balance="20000.00"), make_person()
    ada.pay(bob, "1.25")
    ada.pay(bob, "12000.00")
    auditor = console("auditor")
    whole = page(auditor, "payments/payment/")
    assert "?outcome=review" in whole
    assert "?currency=USD" in whole
    held = page(auditor, "payments/payment/?outcome=review&currency=USD")
    assert "12,000.00" in held
    assert "1.25" not in held
    assert "Nothing matches." in page(auditor, "payments/payment/?currency=EUR")


def test_wallets_show_their_balances_in_a_fixed_number_of_statements(django_assert_max_num_queries) -> None:
    for _ in range(5):
        make_person(balance="12.34")
    client = console("accountant")
    page(client, "payments/wallet/")
    with django_assert_max_num_queries(15):
        assert page(client, "payments/wallet/").count("12.34") >= 5


def test_transfers_and_processor_events_are_listed() -> None:
    ada = make_person()
    transfer_id = order(ada, "deposit", "10.00").json()["id"]
    confirm()
    drain()
    client = console("accountant")
    assert "10.00" in page(client, f"payments/transfer/{transfer_id}/change/")
    assert "transfer.completed" in page(client, "payments/processorevent/")


def act(client: Client, wallet: Wallet, action: str, reason: str) -> str:
    """Send an action's dialog; the wallet's status after it."""
    url = reverse(f"admin:payments_wallet_{action}", args=[wallet.pk])
    client.post(url, {"reason": reason, "_form_submitted": "True"})
    return Wallet.objects.get(pk=wallet.pk).status


def test_an_officer_freezes_reactivates_and_closes_with_a_reason() -> None:
    wallet, officer = make_person().wallet, console("compliance_officer")
    assert act(officer, wallet, "freeze", "short") == "active"
    assert act(officer, wallet, "freeze", "Court order 17/2026") == "frozen"
    assert act(officer, wallet, "reactivate", "The order was lifted") == "active"
    assert act(officer, wallet, "close", "The customer has left") == "closed"


def test_a_wallet_with_money_is_not_closed() -> None:
    assert act(console("compliance_officer"), make_person(balance="1.00").wallet, "close", "Tidying up") == "active"


def test_others_do_not_see_or_freeze() -> None:
    wallet = make_person().wallet
    assert console("admin").get("/console/payments/wallet/").status_code == 403
    assert act(console("auditor"), wallet, "freeze", "Because I can do it.") == "active"


def tile(client: Client) -> str:
    """The dashboard's tile of today's payments."""
    return next(part for part in page(client, "").split("<article") if ">Payments today</a>" in part)


@time_machine.travel("2026-03-10T23:30:00Z", tick=False)
def test_the_dashboard_shows_the_days_payments_as_a_worker_added_them_up_last() -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    auditor = console("auditor")
    assert "Not read yet" in tile(auditor)
    ada.pay(bob, "7.50")
    ada.pay(bob, "1.25")
    measure_today()
    ada.pay(bob, "50.00")
    shown = tile(auditor)
    assert "8.75" in shown
    assert ">2</p>" in shown
    assert "None held; read at" in shown
    assert "nx-tone--neutral" in shown
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        assert "nx-tone--warning" in tile(auditor)
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        assert "Not read yet" in tile(auditor)
        measure_today()
        assert "No payment has completed today." in tile(auditor)


def test_the_dashboard_reads_payments_only_to_count_what_is_held_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bob = make_person(balance="90000.00"), make_person()
    for _ in range(3):
        ada.pay(bob, "12000.00")
    measure_today()
    monkeypatch.setattr(tiles, "COUNT_CAP", 2)
    auditor = console("auditor")
    with CaptureQueriesContext(connection) as captured:
        assert "2+ held for review" in tile(auditor)
    [statement] = [query["sql"] for query in captured if "payments_payment" in query["sql"]]
    assert "LIMIT 2" in statement
    assert "payment_held" in plan_of(statement)


def plan_of(statement: str) -> str:
    """The database's plan, with scans made dear where there are too few rows for an index to pay."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        cursor.execute(f"{explain} {statement}")
        return str(cursor.fetchall())
