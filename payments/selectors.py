"""Reads of payments that other rooms use."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet, Sum

from accounts.models import Customer, Membership
from ledger.models import Posting
from nexafi.core.money import Money
from nexafi.db.compiled import Compiled
from payments.constants import PAYING_ROLES, RECEIVED, PaymentStatus
from payments.models import Payment, Transfer, Wallet

_WALLET = ("id", "customer_id", "account_id", "currency", "status", "created_at")
_CUSTOMER = ("id", "kind", "name", "country", "created_at")
_wallets_with_customers = Compiled(
    lambda one, other, user: (
        Wallet.objects.filter(pk__in=[one, other])
        .with_role_of(user)
        .values_list(*_WALLET, *(f"customer__{name}" for name in _CUSTOMER), "member_role")
    )
)


def wallets_with_customers(one: UUID, other: UUID, *, user_id: UUID) -> dict[UUID, Wallet]:
    """Both sides of a payment in one query: each wallet with its customer (what compliance looks at) and, as
    `member_role`, the user's role there."""
    found = {}
    for *values, role in _wallets_with_customers(one, other, user_id):
        wallet = Wallet.from_db(connection.alias, _WALLET, values[: len(_WALLET)])
        wallet.customer = Customer.from_db(connection.alias, _CUSTOMER, values[len(_WALLET) :])
        wallet.member_role = role  # type: ignore[attr-defined]
        found[wallet.id] = wallet
    return found


@dataclass(frozen=True)
class Sides:
    """The two customers of a payment."""

    payer: Customer
    payee: Customer


def sides_of(payment_id: UUID) -> Sides:
    """Raises Payment.DoesNotExist."""
    payment = Payment.objects.select_related("source__customer", "destination__customer").get(pk=payment_id)
    return Sides(payment.source.customer, payment.destination.customer)


def customer_of_transfer(transfer_id: UUID) -> UUID:
    """Whose deposit or withdrawal it is. Raises Transfer.DoesNotExist."""
    return Transfer.objects.values_list("wallet__customer", flat=True).get(pk=transfer_id)


def transactions_of(wallet: Wallet) -> list[QuerySet[Posting]]:
    """What moved out of and into a wallet, with the entries: two sets, each read by its own index. Held money is not
    there yet."""
    booked = Posting.objects.booked().select_related("entry")
    return [booked.filter(debit=wallet.account_id), booked.filter(credit=wallet.account_id)]


@dataclass(frozen=True)
class Total:
    """How many payments and how much, in one currency."""

    amount: Money
    count: int


def totals_since(since: datetime) -> list[Total]:
    """Completed payments created since then, by currency. Reads every one of them: for tasks, not for pages."""
    rows = Payment.objects.filter(created_at__gte=since, status__in=RECEIVED).order_by("currency")
    sums = rows.values_list("currency").annotate(minor=Sum("amount_minor"), count=Count("id"))
    return [Total(Money(int(minor), currency), count) for currency, minor, count in sums]


def count_held(*, at_most: int) -> int:
    """Payments waiting for a decision now; counting stops at `at_most`."""
    return Payment.objects.filter(status=PaymentStatus.PENDING_REVIEW)[:at_most].count()


def payers_of(customer_ids: Iterable[UUID]) -> list[UUID]:
    """The users who may move these customers' money, and so are told when it moves."""
    members = Membership.objects.filter(customer__in=list(customer_ids), role__in=PAYING_ROLES)
    return list(members.values_list("user", flat=True).distinct())
