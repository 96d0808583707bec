"""The payee gives money back: in full, in part, never more than was paid."""

import pytest

from ledger.models import JournalEntry
from payments.models import Payment, Refund
from payments.tests.factories import Person, make_person

pytestmark = pytest.mark.django_db


def refund(person: Person, payment_id: str, **body: object):
    return person.client.post(f"/api/v1/payments/{payment_id}/refund", body)


def paid(amount: str = "40.00") -> tuple[Person, Person, str]:
    ada, bob = make_person(balance="100.00"), make_person()
    return ada, bob, ada.pay(bob, amount).json()["id"]


def test_a_full_refund_returns_everything() -> None:
    ada, bob, payment_id = paid()
    body = refund(bob, payment_id, reason="Out of stock").json()
    assert (body["status"], body["refunded_amount"]) == ("refunded", "40.00")
    assert (ada.balance, bob.balance) == ("100.00", "0.00")
    assert JournalEntry.objects.get(kind="refund").reference == payment_id


def test_refunds_in_parts_add_up_to_the_payment() -> None:
    ada, bob, payment_id = paid()
    assert refund(bob, payment_id, amount="15.50").json()["status"] == "completed"
    too_much = refund(bob, payment_id, amount="24.51")
    assert (too_much.status_code, too_much.json()["code"]) == (422, "refund_exceeds_payment")
    assert refund(bob, payment_id, amount="24.50").json()["status"] == "refunded"
    assert (ada.balance, Refund.objects.count()) == ("100.00", 2)
    again = refund(bob, payment_id)
    assert (again.status_code, again.json()["code"]) == (409, "payment_not_refundable")


def test_the_payer_cannot_refund_themselves() -> None:
    ada, _, payment_id = paid()
    assert refund(ada, payment_id).status_code == 404


def test_a_payee_without_the_money_cannot_refund() -> None:
    ada, bob, payment_id = paid()
    bob.pay(ada, "30.00")
    response = refund(bob, payment_id)
    assert (response.status_code, response.json()["code"]) == (422, "insufficient_funds")
    assert (Payment.objects.get(pk=payment_id).refunded_minor, Refund.objects.count()) == (0, 0)


def test_a_held_payment_cannot_be_refunded() -> None:
    ada, bob = make_person(balance="20000.00"), make_person()
    payment_id = ada.pay(bob, "12000.00").json()["id"]
    assert refund(bob, payment_id).status_code == 404  # the payee does not know of it yet


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "x"])
def test_a_bad_amount_is_a_400(amount: str) -> None:
    _, bob, payment_id = paid()
    assert refund(bob, payment_id, amount=amount).status_code == 400
