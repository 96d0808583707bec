"""Spending and income by month."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import make_user, signed_in_client
from payments.models import Payment
from payments.tests.factories import Person, make_person, make_wallet

pytestmark = pytest.mark.django_db
PERIOD = "from=2026-01-01&to=2026-12-31"


def paid(payer: Person, payee: Person, amount: str, at: datetime, currency: str = "USD") -> str:
    payment_id = payer.pay(payee, amount, currency=currency).json()["id"]
    Payment.objects.filter(pk=payment_id).update(created_at=at)
    return payment_id


def totals(person: Person, what: str, query: str = PERIOD) -> list[tuple[str, str, str, int]]:
    rows = person.client.get(f"/api/v1/analytics/{what}?{query}").json()["results"]
    return [(r["month"], r["currency"], r["amount"], r["payments"]) for r in rows]


def test_spending_and_income_are_summed_by_calendar_month_in_utc() -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    paid(ada, bob, "10.00", datetime(2026, 1, 1, 0, 0, tzinfo=UTC))
    paid(ada, bob, "5.25", datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC))
    paid(ada, bob, "1.00", datetime(2026, 2, 1, 0, 0, tzinfo=UTC))
    paid(ada, bob, "7.00", datetime(2025, 12, 31, 23, 59, tzinfo=UTC))
    expected = [("2026-01", "USD", "15.25", 2), ("2026-02", "USD", "1.00", 1)]
    assert totals(ada, "spending") == totals(bob, "income") == expected
    assert totals(ada, "income") == totals(bob, "spending") == []


def test_refunds_are_taken_off_and_held_payments_do_not_count() -> None:
    ada, bob = make_person(balance="20000.00"), make_person()
    payment_id = paid(ada, bob, "10.00", datetime(2026, 3, 1, tzinfo=UTC))
    bob.client.post(f"/api/v1/payments/{payment_id}/refund", {"amount": "4.00"})
    paid(ada, bob, "12000.00", datetime(2026, 3, 2, tzinfo=UTC))
    assert totals(ada, "spending") == [("2026-03", "USD", "6.00", 1)]


def test_currencies_stay_apart_and_own_wallets_do_not_count() -> None:
    ada, bob = make_person(balance="50.00"), make_person()
    euro = make_wallet(ada.customer, balance="50.00", currency="EUR")
    theirs = make_wallet(bob.customer, currency="EUR")
    body = {"source_wallet_id": str(euro.id), "destination_wallet_id": str(theirs.id)}
    payment = ada.client.post("/api/v1/payments", body | {"amount": "3.00", "currency": "EUR"}).json()
    Payment.objects.filter(pk=payment["id"]).update(created_at=datetime(2026, 5, 1, tzinfo=UTC))
    paid(ada, bob, "2.00", datetime(2026, 5, 2, tzinfo=UTC))
    assert totals(ada, "spending") == [("2026-05", "EUR", "3.00", 1), ("2026-05", "USD", "2.00", 1)]
    assert totals(ada, "spending", f"{PERIOD}&currency=EUR") == [("2026-05", "EUR", "3.00", 1)]


@pytest.mark.parametrize("query", ["from=2026-02-01&to=2026-01-01", "from=1990-01-01", "from=x", "colour=red"])
def test_a_senseless_period_is_a_400(query: str) -> None:
    assert make_person().client.get(f"/api/v1/analytics/spending?{query}").status_code == 400


def test_staff_have_no_spending() -> None:
    assert signed_in_client(make_user("auditor")).get("/api/v1/analytics/spending").status_code == 403


def test_the_number_of_statements_does_not_grow() -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    counts = []
    for _ in range(2):
        paid(ada, bob, "1.00", datetime(2026, 1, 1, tzinfo=UTC))
        with CaptureQueriesContext(connection) as captured:
            totals(ada, "spending")
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 3
