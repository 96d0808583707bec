"""What became of a payment, deposit or withdrawal, for the alert page."""

from typing import Any
from uuid import UUID

from django.urls import reverse

from nexafi.console.transactions import TransactionState, register_states
from payments.admin.movements import tone_of, words
from payments.models import Payment, Transfer


@register_states("payment")
def payment_state(payment_id: UUID) -> TransactionState | None:
    """The payment's status now and its page."""
    return _state(Payment.objects.filter(pk=payment_id).first(), "admin:payments_payment_change")


@register_states("deposit", "withdrawal")
def transfer_state(transfer_id: UUID) -> TransactionState | None:
    """The same of a deposit or withdrawal."""
    return _state(Transfer.objects.filter(pk=transfer_id).first(), "admin:payments_transfer_change")


def _state(movement: Any, page: str) -> TransactionState | None:
    if movement is None:
        return None
    return TransactionState(words(movement.status), tone_of(movement.status), reverse(page, args=[movement.pk]))
