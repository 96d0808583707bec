"""/payments: pay, look, cancel, refund."""

from functools import partial
from uuid import UUID

from rest_framework.response import Response

from accounts.authentication import SignedInRequest
from nexafi.api.idempotency import idempotent
from nexafi.api.serializers import money
from nexafi.api.views import ApiView
from payments.api.render import payment_body
from payments.api.serializers import NewPayment, NewRefund, PaymentFilters
from payments.api.wallets import VIEW
from payments.exceptions import PaymentNotFound
from payments.models import Payment
from payments.services.payments import make_payment
from payments.services.refunds import refund_payment
from payments.services.review import cancel_payment
from payments.types import PaymentOrder


class PaymentsView(ApiView):
    """GET, POST /payments."""

    access = {"GET": VIEW, "POST": "payments.pay"}
    throttle_scope = {"POST": "money"}

    def get(self, request: SignedInRequest) -> Response:
        render = partial(payment_body, user=request.user)
        return self.list(Payment.objects.visible_to(request.user), PaymentFilters, render)

    @idempotent
    def post(self, request: SignedInRequest) -> Response:
        """Pay from one wallet into another. The answer tells whether it completed, is under review or was declined."""
        asked = self.body(NewPayment)
        order = PaymentOrder(
            user=request.user,
            source_wallet_id=asked["source_wallet_id"],
            destination_wallet_id=asked["destination_wallet_id"],
            amount=asked["amount"],
            description=asked["description"],
        )
        return Response(payment_body(make_payment(order), request.user), status=201)


class PaymentView(ApiView):
    """GET /payments/{id}."""

    access = {"GET": VIEW}

    def get(self, request: SignedInRequest, payment_id: UUID) -> Response:
        return Response(payment_body(_visible(request, payment_id), request.user))


class PaymentCancelView(ApiView):
    """POST /payments/{id}/cancel."""

    access = {"POST": "payments.pay"}
    throttle_scope = "money"

    @idempotent(required=False)
    def post(self, request: SignedInRequest, payment_id: UUID) -> Response:
        return Response(payment_body(cancel_payment(user=request.user, payment_id=payment_id), request.user))


class PaymentRefundView(ApiView):
    """POST /payments/{id}/refund."""

    access = {"POST": "payments.pay"}
    throttle_scope = "money"

    @idempotent
    def post(self, request: SignedInRequest, payment_id: UUID) -> Response:
        asked = self.body(NewRefund)
        payment = _visible(request, payment_id)
        amount = money(asked["amount"], payment.currency) if "amount" in asked else None
        payment = refund_payment(user=request.user, payment_id=payment.id, amount=amount, reason=asked["reason"])
        return Response(payment_body(payment, request.user))


def _visible(request: SignedInRequest, payment_id: UUID) -> Payment:
    payment = Payment.objects.visible_to(request.user).filter(pk=payment_id).first()
    if payment is None:
        raise PaymentNotFound
    return payment
