"""Many at once on PostgreSQL: nothing is spent twice, nothing deadlocks, nothing answers with a 500."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from compliance.monitoring.models import Assessment
from payments.exceptions import PaymentNotHeld
from payments.models import Payment, Refund, Wallet
from payments.services.review import release_payment
from payments.tests.factories import Person, make_person

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs PostgreSQL"),
]


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run every call in a thread of its own, all starting together; results in order, exceptions as values."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            barrier.wait()
            results[index] = call()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def pay(payer: Person, payee: Person, amount: str) -> Callable[[], int]:
    return lambda: payer.pay(payee, amount).status_code


def test_of_twenty_parallel_payments_exactly_the_funded_seven_succeed() -> None:
    ada, bob = make_person(balance="70.00"), make_person()
    codes = Counter(at_once([pay(ada, bob, "10.00")] * 20))
    assert codes == {201: 7, 422: 13}
    assert (ada.balance, bob.balance, Payment.objects.count()) == ("0.00", "70.00", 7)
    assert Assessment.objects.filter(transaction_kind="payment").count() == 7


def test_payments_crossing_each_other_do_not_deadlock() -> None:
    ada, bob = make_person(balance="100.00"), make_person(balance="100.00")
    codes = Counter(at_once([pay(ada, bob, "1.00"), pay(bob, ada, "1.00")] * 8))
    assert codes == {201: 16}
    assert (ada.balance, bob.balance) == ("100.00", "100.00")


def test_the_same_key_at_once_pays_once() -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    codes = Counter(at_once([lambda: ada.pay(bob, "10.00", key="once").status_code] * 10))
    assert set(codes) <= {201, 409}
    assert (ada.balance, Payment.objects.count()) == ("90.00", 1)


def test_parallel_refunds_never_exceed_the_payment() -> None:
    ada, bob = make_person(balance="100.00"), make_person(balance="100.00")
    url = f"/api/v1/payments/{ada.pay(bob, '30.00').json()['id']}/refund"
    codes = Counter(at_once([lambda: bob.client.post(url, {"amount": "10.00"}).status_code] * 8))
    assert codes[200] == 3
    assert codes[409] + codes[422] == 5
    assert (ada.balance, Refund.objects.count()) == ("100.00", 3)


@pytest.mark.parametrize("attempt", range(3))
def test_of_cancel_and_release_one_wins(attempt: int) -> None:
    ada, bob = make_person(balance="20000.00"), make_person()
    payment_id = ada.pay(bob, "12000.00").json()["id"]
    cancel, release = at_once(
        [
            lambda: ada.client.post(f"/api/v1/payments/{payment_id}/cancel").status_code,
            lambda: release_payment(UUID(payment_id)).status,
        ]
    )
    if cancel == 200:
        assert isinstance(release, PaymentNotHeld)
        assert (ada.balance, bob.balance) == ("20000.00", "0.00")
    else:
        assert (cancel, release) == (409, "completed")
        assert (ada.balance, bob.balance) == ("8000.00", "12000.00")
    assert ada.available == ada.balance


def test_a_wallet_opened_at_once_is_opened_once() -> None:
    ada = make_person()
    codes = Counter(at_once([lambda: ada.client.post("/api/v1/wallets", {"currency": "EUR"}).status_code] * 8))
    assert codes == {201: 1, 409: 7}
    assert Wallet.objects.filter(customer=ada.customer, currency="EUR").count() == 1


def test_parallel_payments_of_an_unverified_customer_stay_within_the_limit() -> None:
    ada, bob = make_person(balance="500.00", verified=False), make_person()
    codes = Counter(at_once([pay(ada, bob, "50.00")] * 8))
    assert codes == {201: 3, 422: 5}
