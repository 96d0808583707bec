"""Random lives of payments against a model of them: whatever happens, balances and states agree."""

from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from ledger.exceptions import InsufficientFunds
from nexafi.core.errors import DomainError
from nexafi.core.money import Money
from payments.exceptions import PaymentNotHeld, PaymentNotRefundable, RefundExceedsPayment
from payments.models import Payment
from payments.services.payments import make_payment
from payments.services.refunds import refund_payment
from payments.services.review import cancel_payment, reject_payment, release_payment
from payments.tests.factories import Person, make_person
from payments.types import PaymentOrder

HELD_FROM = 10_000_00  # the large-amount rule's limit
AMOUNTS = st.one_of(st.integers(1, 500_00), st.integers(HELD_FROM, HELD_FROM + 5_000_00))


@dataclass
class Modelled:
    """What the model knows of one payment."""

    payment: Payment
    payer: int
    payee: int
    amount: int
    status: str
    refunded: int = 0


class PaymentLife(RuleBasedStateMachine):
    payments = Bundle("payments")

    @initialize()
    def open(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.people: list[Person] = [make_person(balance="30000.00") for _ in range(3)]
        self.posted = [30_000_00] * 3
        self.held = [0] * 3

    def teardown(self) -> None:
        if hasattr(self, "atomic"):
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @rule(target=payments, payer=st.integers(0, 2), step=st.integers(1, 2), amount=AMOUNTS)
    def pay(self, payer: int, step: int, amount: int):
        payee = (payer + step) % 3
        order = PaymentOrder(
            user=self.people[payer].user,
            source_wallet_id=self.people[payer].wallet.id,
            destination_wallet_id=self.people[payee].wallet.id,
            amount=Money(amount, "USD"),
        )
        payment = self.attempt(lambda: make_payment(order))
        if amount > self.posted[payer] - self.held[payer]:
            assert isinstance(payment, InsufficientFunds)
            return multiple()
        assert isinstance(payment, Payment), payment
        if payment.status == "completed":
            self.posted[payer] -= amount
            self.posted[payee] += amount
        elif payment.status == "pending_review":
            self.held[payer] += amount
        return Modelled(payment, payer, payee, amount, payment.status)

    @rule(known=payments)
    def release(self, known: Modelled) -> None:
        result = self.attempt(lambda: release_payment(known.payment.id))
        if known.status != "pending_review":
            assert isinstance(result, PaymentNotHeld)
            return
        known.status = "completed"
        self.held[known.payer] -= known.amount
        self.posted[known.payer] -= known.amount
        self.posted[known.payee] += known.amount

    @rule(known=payments, by_customer=st.booleans())
    def give_back(self, known: Modelled, by_customer: bool) -> None:
        user, payment_id = self.people[known.payer].user, known.payment.id
        result = self.attempt(
            lambda: cancel_payment(user=user, payment_id=payment_id) if by_customer else reject_payment(payment_id)
        )
        if known.status != "pending_review":
            assert isinstance(result, PaymentNotHeld)
            return
        known.status = "cancelled" if by_customer else "declined"
        self.held[known.payer] -= known.amount

    @rule(known=payments, part=st.one_of(st.none(), st.integers(1, 600_00)))
    def refund(self, known: Modelled, part: int | None) -> None:
        amount = Money(part, "USD") if part else None
        user = self.people[known.payee].user
        result = self.attempt(lambda: refund_payment(user=user, payment_id=known.payment.id, amount=amount))
        if known.status not in ("completed", "refunded"):
            assert isinstance(result, DomainError)
            return
        left = known.amount - known.refunded
        wanted = part or left
        if known.status == "refunded":
            assert isinstance(result, PaymentNotRefundable)
        elif wanted > left:
            assert isinstance(result, RefundExceedsPayment)
        elif wanted > self.posted[known.payee] - self.held[known.payee]:
            assert isinstance(result, InsufficientFunds)
        else:
            known.refunded += wanted
            known.status = "refunded" if known.refunded == known.amount else "completed"
            self.posted[known.payee] -= wanted
            self.posted[known.payer] += wanted

    @rule(known=consumes(payments))
    def compare(self, known: Modelled) -> None:
        known.payment.refresh_from_db()
        assert (known.payment.status, known.payment.refunded_minor) == (known.status, known.refunded)

    @invariant()
    def balances_equal_the_model(self) -> None:
        if not hasattr(self, "people"):
            return
        for person, posted, held in zip(self.people, self.posted, self.held, strict=True):
            balances = person.balances
            assert (balances.posted.minor, balances.available.minor) == (posted, posted - held)

    @staticmethod
    def attempt(act):
        try:
            with transaction.atomic():
                return act()
        except DomainError as error:
            return error


@pytest.mark.django_db
def test_payments_agree_with_the_model() -> None:
    PaymentLife.TestCase.settings = settings(
        max_examples=10, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
    )
    PaymentLife.TestCase().runTest()
