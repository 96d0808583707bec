"""How payment resources look in JSON. Plain functions: a payment is on the hot path.

Customers learn that a payment is under review or was not accepted, never why: telling them would tip them off.
Staff who may view every payment see each reason.
"""

from typing import Any

from accounts.models import User
from compliance.types import Outcome
from ledger.models import Posting
from nexafi.core.money import Money
from payments.models import Payment, Transfer, Wallet

Body = dict[str, Any]

_UNDER_REVIEW = {"code": "under_review", "detail": "This is being processed and may take a little longer."}
_NOT_ACCEPTED = {"code": "not_accepted", "detail": "This cannot be carried out."}
_PUBLIC_DECISIONS: dict[str, Body] = {
    "pending_review": {"outcome": Outcome.REVIEW, "reasons": [_UNDER_REVIEW]},
    "cancelled": {"outcome": Outcome.REVIEW, "reasons": []},
    "declined": {"outcome": Outcome.BLOCK, "reasons": [_NOT_ACCEPTED]},
}
_APPROVED: Body = {"outcome": Outcome.APPROVE, "reasons": []}


def wallet_body(wallet: Wallet) -> Body:
    """Of a wallet read `with_balances`. `available_balance` is what can be spent now; `pending` what is held."""
    return {
        "id": str(wallet.id),
        "customer_id": str(wallet.customer_id),
        "currency": wallet.currency,
        "status": wallet.status,
        "balance": wallet.balance.amount,
        "available_balance": wallet.available.amount,
        "pending": wallet.held.amount,
        "created_at": wallet.created_at,
    }


def transaction_body(posting: Posting, wallet: Wallet) -> Body:
    """`reference` is the payment's, deposit's or withdrawal's id."""
    return {
        "id": str(posting.entry_id),
        "kind": posting.entry.kind,
        "direction": "out" if posting.debit_id == wallet.account_id else "in",
        "amount": Money(posting.amount, posting.currency).amount,
        "currency": posting.currency,
        "description": posting.entry.description,
        "reference": posting.entry.reference,
        "created_at": posting.recorded_at,
    }


def payment_body(payment: Payment, user: User) -> Body:
    return {
        "id": str(payment.id),
        "status": payment.status,
        "source_wallet_id": str(payment.source_id),
        "destination_wallet_id": str(payment.destination_id),
        "amount": payment.amount.amount,
        "currency": payment.currency,
        "refunded_amount": payment.refunded.amount,
        "description": payment.description,
        "failure_code": payment.failure_code or None,
        "decision": decision_body(payment, user),
        "created_at": payment.created_at,
        "closed_at": payment.closed_at,
    }


def transfer_body(transfer: Transfer, user: User) -> Body:
    return {
        "id": str(transfer.id),
        "kind": transfer.kind,
        "status": transfer.status,
        "wallet_id": str(transfer.wallet_id),
        "amount": transfer.amount.amount,
        "currency": transfer.currency,
        "failure_code": transfer.failure_code or None,
        "processor_reference": transfer.processor_reference or None,
        "decision": decision_body(transfer, user),
        "created_at": transfer.created_at,
        "closed_at": transfer.closed_at,
    }


def decision_body(movement: Payment | Transfer, user: User) -> Body:
    """Staff see the decision with its reasons; customers what came of it, also when an officer decided later."""
    if user.may("payments.view_all"):
        return {"outcome": movement.outcome, "reasons": movement.reasons}
    return _PUBLIC_DECISIONS.get(movement.status, _APPROVED)
