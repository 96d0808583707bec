"""The ledger's pages in the console."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.factories import make_user
from ledger.constants import TOTALS
from ledger.selectors import balance_of
from ledger.services.accounts import system_account
from ledger.tasks import measure_totals
from ledger.tests.factories import make_account, make_wallet, transfer
from ledger.types import EntryStatus
from nexafi.core import clock
from nexafi.core.money import Money
from nexafi.observability import measurements

pytestmark = pytest.mark.django_db


@pytest.fixture
def console():
    client = Client()
    client.force_login(make_user("accountant"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def test_accounts_are_listed_with_balances_and_opened_with_movements(console):
    cash, wallet = system_account("settlement", "USD"), make_wallet(code="W-1")
    transfer(cash.id, wallet.id, "1234.50", description="First deposit")
    assert "1,234.50" in text(console.get("/console/ledger/account/"))
    page = text(console.get(f"/console/ledger/account/{wallet.id}/change/"))
    assert "First deposit" in page
    assert "1110-USD" in page


def test_an_entry_shows_its_lines_and_is_voided_with_a_reason(console):
    wallet, other = make_wallet(funded="50.00"), make_wallet(code="W-2")
    held = transfer(wallet.id, other.id, "20.00", status=EntryStatus.PENDING, description="Held payment")
    url = reverse("admin:ledger_journalentry_change", args=[held.id])
    page = text(console.get(url))
    assert "Held payment" in page
    assert "W-2" in page
    assert "Pending" in page
    assert "Held payment" in text(console.get("/console/ledger/journalentry/"))
    void = reverse("admin:ledger_journalentry_void", args=[held.id])
    console.post(void, {"reason": "short", "_form_submitted": "True"}, headers={"HX-Request": "true"})
    assert balance_of(wallet.id).available == Money(3000, "USD")
    console.post(void, {"reason": "customer called us", "_form_submitted": "True"}, headers={"HX-Request": "true"})
    assert balance_of(wallet.id).available == Money(5000, "USD")
    assert "customer called us" in text(console.get(url))


def test_a_payments_entry_offers_nothing_and_takes_nothing(console):
    wallet, other = make_wallet(funded="50.00"), make_wallet()
    held = transfer(wallet.id, other.id, "20.00", status=EntryStatus.PENDING, kind="payment")
    void = reverse("admin:ledger_journalentry_void", args=[held.id])
    assert void not in text(console.get(reverse("admin:ledger_journalentry_change", args=[held.id])))
    reason = {"reason": "customer called us", "_form_submitted": "True"}
    console.post(void, reason, headers={"HX-Request": "true"})
    assert balance_of(wallet.id).available == Money(3000, "USD")


def test_the_reports_open(console):
    transfer(make_account("asset").id, make_account("income").id, "7.00")
    assert "Balanced" in text(console.get(reverse("admin:ledger_account_trial_balance"), follow=True))
    assert "Profit not yet closed" in text(console.get(reverse("admin:ledger_account_balance_sheet"), follow=True))


def test_the_dashboard_shows_what_a_worker_read_last_and_when(console):
    assert "Not read yet" in ledger_tile(console)
    transfer(make_account("asset").id, make_account("income").id, "7.00")
    measure_totals()
    with CaptureQueriesContext(connection) as captured:
        tile = ledger_tile(console)
    assert not [query["sql"] for query in captured if "ledger_balance" in query["sql"]]
    assert "In balance" in tile
    assert "7.00" in tile
    assert "nx-tone--good" in tile
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        assert "nx-tone--warning" in ledger_tile(console)
    measurements.keep(TOTALS, {"USD": [700, 699]})
    assert "NOT in balance: USD" in ledger_tile(console)


def ledger_tile(client):
    """The dashboard's tile of the ledger."""
    return next(part for part in text(client.get("/console/")).split("<article") if ">Ledger</a>" in part)


def test_who_may_not_view_the_ledger_does_not(console):
    client = Client()
    client.force_login(make_user("compliance_analyst"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/console/ledger/account/").status_code == 403


def test_a_statement_is_downloaded_from_an_accounts_page(console):
    wallet = make_wallet(code="W-1", funded="50.00")
    page = text(console.get(f"/console/ledger/account/{wallet.id}/change/"))
    address = f"/console/ledger/account/{wallet.id}/statement."
    assert f'formaction="{address}pdf"' in page
    today = clock.today()
    paper = console.get(f"{address}pdf?since={today}&until={today}")
    assert b"".join(paper.streaming_content).startswith(b"%PDF")
    lines = b"".join(console.get(f"{address}csv?since={today}&until={today}").streaming_content)
    assert b"Closing balance,,0.00,50.00,50.00" in lines
    for dates in ("", f"?since={today}&until=2000-01-01", "?since=x&until=y"):
        answer = console.get(f"{address}csv{dates}", follow=True)
        assert "first day" in text(answer) or "first and last day" in text(answer)
    assert console.get(f"{address}exe?since={today}&until={today}").status_code == 404
    stranger = Client()
    stranger.force_login(make_user("compliance_analyst"), backend="django.contrib.auth.backends.ModelBackend")
    assert stranger.get(f"{address}csv?since={today}&until={today}").status_code == 403


def test_a_pending_entry_is_posted_for_another_amount_in_the_console(console):
    wallet, shop = make_wallet(funded="50.00"), make_wallet()
    held = transfer(wallet.id, shop.id, "40.00", status=EntryStatus.PENDING)
    url = reverse("admin:ledger_journalentry_post", args=[held.id])

    def post(amount):
        form = {"_form_submitted": "True", "reason": "delivered in part", "amount": amount}
        return console.post(url, form, headers={"HX-Request": "true"})

    assert b"decimals" in post("12.505").content
    post("12.50")
    assert balance_of(shop.id).posted == Money(1250, "USD")
    assert balance_of(wallet.id).available == Money(3750, "USD")
