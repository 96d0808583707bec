"""Which events are told to whom. Nobody learns here that compliance looks at a payment, or why it was refused."""

from uuid import UUID

from accounts.models import Session, User
from nexafi.outbox.registry import Event, subscribe
from notifications.services.compose import notify
from payments.selectors import customer_of_transfer, payers_of, sides_of

_PAYER_IS_TOLD = {
    "payments.payment_completed": "payment_completed",
    "payments.payment_held": "payment_processing",
    "payments.payment_declined": "payment_declined",
    "payments.payment_failed": "payment_failed",
    "payments.payment_cancelled": "payment_cancelled",
    "payments.payment_refunded": "payment_refunded",
}
_TRANSFERS = {
    "payments.deposit_completed": "deposit_completed",
    "payments.deposit_failed": "deposit_failed",
    "payments.deposit_declined": "deposit_failed",
    "payments.withdrawal_completed": "withdrawal_completed",
    "payments.withdrawal_failed": "withdrawal_failed",
    "payments.withdrawal_declined": "withdrawal_failed",
}
_SECURITY = {
    "accounts.user_registered": "welcome",
    "accounts.password_changed": "password_changed",
    "accounts.token_reuse_detected": "sessions_ended",
    "accounts.account_locked": "account_locked",
}


@subscribe(*_PAYER_IS_TOLD)
def tell_of_payment(event: Event) -> None:
    sides = sides_of(UUID(event.payload["payment_id"]))
    context = {**event.payload, "payer": sides.payer.name, "payee": sides.payee.name}
    _notify(event, payers_of([sides.payer.id]), _PAYER_IS_TOLD[event.name], context)
    if event.name == "payments.payment_completed" and sides.payer.id != sides.payee.id:
        already = set(payers_of([sides.payer.id]))  # one message an event: who sits on both sides is told as payer
        payees = [user_id for user_id in payers_of([sides.payee.id]) if user_id not in already]
        _notify(event, payees, "payment_received", context)


@subscribe(*_TRANSFERS)
def tell_of_transfer(event: Event) -> None:
    customer_id = customer_of_transfer(UUID(event.payload["transfer_id"]))
    _notify(event, payers_of([customer_id]), _TRANSFERS[event.name], event.payload)


@subscribe(*_SECURITY)
def tell_of_account(event: Event) -> None:
    _notify(event, [UUID(event.payload["user_id"])], _SECURITY[event.name], {})


@subscribe("accounts.signed_in")
def tell_of_new_sign_in(event: Event) -> None:
    """Only when the user had signed in before, but never from this address with this client."""
    session = Session.objects.filter(pk=event.payload["session_id"]).first()
    if session is None:
        return
    earlier = Session.objects.filter(user=session.user_id, id__lt=session.id)
    same = earlier.filter(client_ip=session.client_ip, user_agent=session.user_agent)
    if earlier.exists() and not same.exists():
        _notify(event, [session.user_id], "new_sign_in", {})


@subscribe("ledger.check_failed")
def tell_of_failed_check(event: Event) -> None:
    """Whoever may run checks hears of faults in the books."""
    users = list(User.objects.holding("ledger.run_checks").values_list("pk", flat=True))
    _notify(event, users, "ledger_check_failed", event.payload)


@subscribe("compliance.kyc_approved", "compliance.kyc_rejected", "compliance.kyc_expired")
def tell_of_verification(event: Event) -> None:
    context = {"verification_type": event.payload["verification_type"].replace("_", " ")}
    users = payers_of([UUID(event.payload["customer_id"])])
    _notify(event, users, event.name.removeprefix("compliance."), context)


def _notify(event: Event, users: list[UUID], notification_type: str, context: dict[str, object]) -> None:
    notify(event_id=event.id, user_ids=users, notification_type=notification_type, context=context)
