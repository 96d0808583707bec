"""Wallets with money, verified customers, and clients for tests."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from rest_framework.test import APIClient

from accounts.models import Customer, User
from accounts.tests.factories import make_customer, make_user, signed_in_client
from compliance.cases.models import Alert
from compliance.cases.services.decisions import reject_alert, release_alert
from compliance.kyc.models import KycVerification
from ledger.constants import SystemAccount
from ledger.selectors import balance_of
from ledger.services.accounts import system_account
from ledger.services.posting import post_entry
from ledger.types import Balances, EntryDraft
from nexafi.core import clock
from nexafi.core.context import acting_as
from nexafi.core.ids import uuid7
from nexafi.core.money import Money
from nexafi.outbox.services.relay import drain
from payments.models import Wallet
from payments.services.wallets import open_wallet


def verify_identity(customer: Customer) -> None:
    KycVerification.objects.create(
        customer=customer,
        verification_type=KycVerification.Type.IDENTITY,
        document_type="passport",
        document_number="X1234567",
        document_number_index="index",
        status=KycVerification.Status.APPROVED,
        expires_at=clock.now() + timedelta(days=365),
    )


def make_wallet(customer: Customer, *, balance: str = "0", currency: str = "USD") -> Wallet:
    """A wallet that holds `balance`, taken from the settlement account."""
    wallet = open_wallet(customer_id=customer.id, currency=currency)
    amount = Money.parse(balance, currency)
    if amount.minor:
        with transaction.atomic():
            settlement = system_account(SystemAccount.SETTLEMENT, currency).id
            post_entry(EntryDraft.transfer(debit=settlement, credit=wallet.account_id, amount=amount, kind="deposit"))
    return wallet


@dataclass
class Person:
    """A signed-in customer with one wallet."""

    user: User
    customer: Customer
    wallet: Wallet
    client: APIClient

    @property
    def balances(self) -> Balances:
        return balance_of(self.wallet.account_id)

    @property
    def balance(self) -> str:
        return self.balances.posted.amount

    @property
    def available(self) -> str:
        return self.balances.available.amount

    def pay(self, to: "Person", amount: str, *, currency: str = "USD", **more: Any) -> Any:
        """POST /payments with its own Idempotency-Key, or `key`."""
        key = more.pop("key", None) or uuid7().hex
        body = {
            "source_wallet_id": str(self.wallet.id),
            "destination_wallet_id": str(to.wallet.id),
            "amount": amount,
            "currency": currency,
        }
        return self.client.post("/api/v1/payments", body | more, headers={"Idempotency-Key": key})


def make_person(*, balance: str = "0", currency: str = "USD", verified: bool = True, **fields: Any) -> Person:
    """A customer of long standing, verified unless said otherwise."""
    user = make_user("customer")
    fields = {"created_at": clock.now().replace(year=2020, month=1, day=1)} | fields
    customer = make_customer(user, **fields)
    if verified:
        verify_identity(customer)
    wallet = make_wallet(customer, balance=balance, currency=currency)
    return Person(user, customer, wallet, signed_in_client(user))


def staff_client(role: str) -> APIClient:
    return signed_in_client(make_user(role))


def decide(moved_id: str, *, release: bool) -> None:
    """An officer decides the alert of a held payment or transfer, and the event is delivered."""
    alert = Alert.objects.get(transaction_id=moved_id)
    with acting_as("user", str(make_user("compliance_officer").id)):
        (release_alert if release else reject_alert)(alert.id, "Looked at it with the customer.")
    drain()
