"""Held payments: released, rejected, cancelled or expired, and only one of them."""

from datetime import timedelta

import pytest

from compliance.cases.models import Alert
from nexafi.core import clock
from nexafi.outbox.models import HandledEvent, OutboxEvent
from nexafi.outbox.services.relay import drain
from payments.constants import HOLD_LIFETIME
from payments.exceptions import PaymentNotHeld
from payments.models import Payment
from payments.services.review import expire_held_payments, reject_payment, release_payment
from payments.services.wallets import set_wallet_status
from payments.tests.factories import Person, decide, make_person, staff_client

pytestmark = pytest.mark.django_db


def held() -> tuple[Person, Person, str]:
    ada, bob = make_person(balance="20000.00"), make_person()
    body = ada.pay(bob, "12000.00").json()
    assert body["status"] == "pending_review"
    return ada, bob, body["id"]


def status(person: Person, payment_id: str) -> str:
    return person.client.get(f"/api/v1/payments/{payment_id}").json()["status"]


def test_a_released_payment_completes() -> None:
    ada, bob, payment_id = held()
    decide(payment_id, release=True)
    assert status(ada, payment_id) == status(bob, payment_id) == "completed"
    for person in (ada, bob):  # the payee must not learn that the payer was looked at
        body = person.client.get(f"/api/v1/payments/{payment_id}").json()
        assert body["decision"] == {"outcome": "approve", "reasons": []}
    assert (ada.balance, ada.available, bob.balance) == ("8000.00", "8000.00", "12000.00")


def test_a_held_payment_is_not_decided_through_its_entry() -> None:
    ada, bob, payment_id = held()
    entry_id = Payment.objects.get(pk=payment_id).entry_id
    answer = staff_client("accountant").post(f"/api/v1/journal-entries/{entry_id}/post", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "entry_owned_elsewhere")
    assert payment_id in answer.json()["detail"]
    decide(payment_id, release=True)
    assert (status(ada, payment_id), bob.balance) == ("completed", "12000.00")


def test_a_rejected_payment_gives_the_money_back_and_says_no_more_than_declined() -> None:
    ada, _, payment_id = held()
    decide(payment_id, release=False)
    body = ada.client.get(f"/api/v1/payments/{payment_id}").json()
    assert body["status"] == "declined"
    assert body["decision"]["outcome"] == "block"
    assert [reason["code"] for reason in body["decision"]["reasons"]] == ["not_accepted"]
    assert (ada.balance, ada.available) == ("20000.00", "20000.00")


def test_deciding_twice_moves_the_money_once() -> None:
    ada, bob, payment_id = held()
    decide(payment_id, release=True)
    HandledEvent.objects.all().delete()
    OutboxEvent.objects.filter(name="compliance.case_resolved").update(status="pending")
    drain()
    assert (ada.balance, bob.balance) == ("8000.00", "12000.00")


def test_the_payer_cancels_a_held_payment_and_its_alert_closes() -> None:
    ada, _, payment_id = held()
    response = ada.client.post(f"/api/v1/payments/{payment_id}/cancel")
    assert (response.status_code, response.json()["status"]) == (200, "cancelled")
    assert ada.available == "20000.00"
    drain()
    assert not Alert.objects.active().exists()


def test_what_was_cancelled_is_not_released_and_the_other_way_round() -> None:
    ada, bob, payment_id = held()
    ada.client.post(f"/api/v1/payments/{payment_id}/cancel")
    decide(payment_id, release=True)
    assert (status(ada, payment_id), bob.balance) == ("cancelled", "0.00")
    ada, bob, payment_id = held()
    decide(payment_id, release=True)
    response = ada.client.post(f"/api/v1/payments/{payment_id}/cancel")
    assert (response.status_code, response.json()["code"]) == (409, "payment_not_pending")


def test_the_payee_cannot_cancel() -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    payment_id = ada.pay(bob, "1.00").json()["id"]
    assert bob.client.post(f"/api/v1/payments/{payment_id}/cancel").status_code == 404


def test_a_payment_nobody_decided_expires_after_fourteen_days() -> None:
    ada, _, payment_id = held()
    assert expire_held_payments() == 0
    Payment.objects.update(created_at=clock.now() - HOLD_LIFETIME - timedelta(seconds=1))
    assert expire_held_payments() == 1
    body = ada.client.get(f"/api/v1/payments/{payment_id}").json()
    assert (body["status"], body["failure_code"], ada.available) == ("failed", "expired", "20000.00")
    with pytest.raises(PaymentNotHeld):
        reject_payment(Payment.objects.get().id)


def test_a_frozen_payee_still_gets_what_an_officer_released() -> None:
    _, bob, payment_id = held()
    set_wallet_status(wallet_id=bob.wallet.id, status="frozen", reason="Under investigation")
    release_payment(Payment.objects.get(pk=payment_id).id)
    assert bob.balance == "12000.00"
