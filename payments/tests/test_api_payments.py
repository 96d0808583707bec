"""Payments over HTTP: they complete, are held or declined, and what the customer gets to know of it."""

import pytest

from audit.models import UnsealedEvent
from nexafi.core.ids import uuid7
from nexafi.outbox.models import OutboxEvent
from payments.models import Payment
from payments.services.wallets import set_wallet_status
from payments.tests.factories import make_person, staff_client

pytestmark = pytest.mark.django_db

LARGE = "12000.00"  # at or above the large-amount rule's limit: goes to review


def code(response) -> str:
    return response.json()["code"]


def test_a_clean_payment_completes_and_moves_the_money() -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    response = ada.pay(bob, "30.25", description="Lunch")
    assert response.status_code == 201
    body = response.json()
    assert (body["status"], body["amount"], body["currency"]) == ("completed", "30.25", "USD")
    assert body["decision"] == {"outcome": "approve", "reasons": []}
    assert (ada.balance, bob.balance) == ("69.75", "30.25")


def test_a_payment_writes_its_audit_event_and_its_outbox_event() -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    payment_id = ada.pay(bob, "1.00").json()["id"]
    event = OutboxEvent.objects.get(name="payments.payment_completed")
    assert event.payload["payment_id"] == payment_id
    assert event.actor_id == str(ada.user.id)
    assert any(payment_id in bytes(e.body).decode() for e in UnsealedEvent.objects.all())


def test_an_amount_may_be_a_json_number_and_is_read_exactly() -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    raw = (
        f'{{"source_wallet_id": "{ada.wallet.id}", "destination_wallet_id": "{bob.wallet.id}",'
        ' "amount": 0.29, "currency": "USD"}'
    )
    response = ada.client.post("/api/v1/payments", raw, content_type="application/json")
    assert response.json()["amount"] == "0.29"


def test_a_suspicious_payment_is_held_and_the_payer_is_not_tipped_off() -> None:
    ada, bob = make_person(balance="20000.00"), make_person()
    body = ada.pay(bob, LARGE).json()
    assert body["status"] == "pending_review"
    assert [reason["code"] for reason in body["decision"]["reasons"]] == ["under_review"]
    assert (ada.balance, ada.available, bob.balance) == ("20000.00", "8000.00", "0.00")
    seen = staff_client("compliance_analyst").get(f"/api/v1/payments/{body['id']}").json()
    assert "large_amount" in [reason["code"] for reason in seen["decision"]["reasons"]]


def test_the_payee_sees_a_held_payment_only_when_it_is_released() -> None:
    ada, bob = make_person(balance="20000.00"), make_person()
    payment_id = ada.pay(bob, LARGE).json()["id"]
    assert bob.client.get(f"/api/v1/payments/{payment_id}").status_code == 404
    assert bob.client.get("/api/v1/payments").json()["results"] == []


def test_insufficient_funds_leave_nothing_behind() -> None:
    ada, bob = make_person(balance="10.00"), make_person()
    events = OutboxEvent.objects.count()
    response = ada.pay(bob, "10.01")
    assert (response.status_code, code(response)) == (422, "insufficient_funds")
    assert (ada.balance, bob.balance) == ("10.00", "0.00")
    assert not Payment.objects.exists()
    assert OutboxEvent.objects.count() == events


def test_held_money_cannot_be_spent_again() -> None:
    ada, bob = make_person(balance="12000.50"), make_person()
    ada.pay(bob, LARGE)
    assert code(ada.pay(bob, "1.00")) == "insufficient_funds"


@pytest.mark.parametrize(
    ("change", "status", "expected"),
    [
        ({"destination": "same"}, 400, "same_wallet"),
        ({"destination": "unknown"}, 404, "not_found"),
        ({"source": "unknown"}, 404, "not_found"),
        ({"currency": "EUR"}, 400, "currency_mismatch"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(change: dict[str, str], status: int, expected: str) -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    body = {
        "source_wallet_id": str(uuid7()) if change.get("source") else str(ada.wallet.id),
        "destination_wallet_id": {"same": str(ada.wallet.id), "unknown": str(uuid7())}.get(
            change.get("destination", ""), str(bob.wallet.id)
        ),
        "amount": "1.00",
        "currency": change.get("currency", "USD"),
    }
    response = ada.client.post("/api/v1/payments", body)
    assert (response.status_code, code(response)) == (status, expected)


@pytest.mark.parametrize("amount", ["0", "-1", "1.001", "NaN", "1e3", "", None, True, "1234567890123456789"])
def test_a_bad_amount_is_a_400(amount: object) -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    assert ada.pay(bob, amount).status_code == 400


def test_money_of_somebody_elses_wallet_cannot_be_sent() -> None:
    ada, bob = make_person(balance="100.00"), make_person(balance="100.00")
    bob.wallet, ada.wallet = ada.wallet, bob.wallet  # bob's client now names ada's wallet as its source
    assert bob.pay(ada, "1.00").status_code == 404


@pytest.mark.parametrize("side", ["source", "destination"])
def test_a_frozen_wallet_neither_sends_nor_receives(side: str) -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    frozen = ada if side == "source" else bob
    set_wallet_status(wallet_id=frozen.wallet.id, status="frozen", reason="Court order 17/2026")
    response = ada.pay(bob, "1.00")
    assert (response.status_code, code(response)) == (422, "wallet_not_active")


def test_the_same_key_pays_once_and_gives_the_same_bytes() -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    first, second = ada.pay(bob, "10.00", key="order-1"), ada.pay(bob, "10.00", key="order-1")
    assert first.content == second.content
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (ada.balance, Payment.objects.count()) == ("90.00", 1)
    other = ada.pay(bob, "11.00", key="order-1")
    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")


def test_without_a_verified_identity_150_usd_may_move_in_thirty_days() -> None:
    ada, bob = make_person(balance="500.00", verified=False), make_person(verified=False)
    assert ada.pay(bob, "100.00").status_code == 201
    assert ada.pay(bob, "50.00").status_code == 201
    response = ada.pay(bob, "0.01")
    assert (response.status_code, code(response)) == (422, "kyc_required")


def test_the_limit_counts_every_currency_at_its_reference_rate() -> None:
    ada, bob = make_person(balance="100000", currency="JPY", verified=False), make_person(currency="JPY")
    assert code(ada.pay(bob, "90000", currency="JPY")) == "kyc_required"
    assert ada.pay(bob, "1000", currency="JPY").json()["amount"] == "1000"


def test_lists_show_ones_own_payments_and_filter_and_page() -> None:
    ada, bob, eve = make_person(balance="100.00"), make_person(), make_person()
    ids = [ada.pay(bob, f"{n}.00").json()["id"] for n in (1, 2, 3)]
    assert [p["id"] for p in ada.client.get("/api/v1/payments").json()["results"]] == ids[::-1]
    assert [p["id"] for p in bob.client.get("/api/v1/payments?ordering=created_at").json()["results"]] == ids
    assert eve.client.get("/api/v1/payments").json()["results"] == []
    assert ada.client.get("/api/v1/payments?status=declined").json()["results"] == []
    page = ada.client.get("/api/v1/payments?page_size=2").json()
    rest = ada.client.get(page["next"]).json()
    assert [p["id"] for p in page["results"] + rest["results"]] == ids[::-1]
    assert ada.client.get("/api/v1/payments?colour=red").status_code == 400


def test_a_strangers_payment_is_a_404() -> None:
    ada, bob, eve = make_person(balance="100.00"), make_person(), make_person()
    payment_id = ada.pay(bob, "1.00").json()["id"]
    assert eve.client.get(f"/api/v1/payments/{payment_id}").status_code == 404
    assert eve.client.post(f"/api/v1/payments/{payment_id}/refund", {}).status_code == 404
    assert eve.client.post(f"/api/v1/payments/{payment_id}/cancel").status_code == 404
    assert ada.client.get(f"/api/v1/payments/{payment_id}").json()["id"] == payment_id
