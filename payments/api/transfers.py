"""/wallets/{id}/deposits and /wallets/{id}/withdrawals."""

from functools import partial
from typing import ClassVar
from uuid import UUID

from rest_framework.response import Response

from accounts.authentication import SignedInRequest
from nexafi.api.idempotency import idempotent
from nexafi.api.serializers import money
from nexafi.api.views import ApiView
from nexafi.core.errors import CurrencyMismatch
from payments.api.render import transfer_body
from payments.api.serializers import NewTransfer, TransferFilters
from payments.api.wallets import VIEW, visible_wallet
from payments.constants import TransferKind
from payments.exceptions import TransferNotFound
from payments.models import Transfer
from payments.services.transfers import order_transfer
from payments.types import TransferOrder


class TransfersView(ApiView):
    """GET, POST of one kind of transfer of a wallet."""

    access = {"GET": VIEW, "POST": "payments.pay"}
    throttle_scope = {"POST": "money"}
    kind: ClassVar[TransferKind]

    def get(self, request: SignedInRequest, wallet_id: UUID) -> Response:
        """The wallet's deposits or withdrawals."""
        wallet = visible_wallet(request, wallet_id)
        transfers = Transfer.objects.filter(wallet=wallet, kind=self.kind)
        return self.list(transfers, TransferFilters, partial(transfer_body, user=request.user))

    @idempotent
    def post(self, request: SignedInRequest, wallet_id: UUID) -> Response:
        """Bring money in or pay it out. It is `pending` until the processor confirms it."""
        asked = self.body(NewTransfer)
        wallet = visible_wallet(request, wallet_id)
        if asked.get("currency", wallet.currency) != wallet.currency:
            raise CurrencyMismatch(f"The wallet holds {wallet.currency}.", pointer="/currency")
        amount = money(asked["amount"], wallet.currency)
        order = TransferOrder(user=request.user, kind=self.kind, wallet_id=wallet.id, amount=amount)
        return Response(transfer_body(order_transfer(order), request.user), status=201)


class TransferView(ApiView):
    """GET one transfer of a wallet."""

    access = {"GET": VIEW}
    kind: ClassVar[TransferKind]

    def get(self, request: SignedInRequest, wallet_id: UUID, transfer_id: UUID) -> Response:
        wallet = visible_wallet(request, wallet_id)
        transfer = Transfer.objects.filter(pk=transfer_id, wallet=wallet, kind=self.kind).first()
        if transfer is None:
            raise TransferNotFound
        return Response(transfer_body(transfer, request.user))


class DepositsView(TransfersView):
    kind = TransferKind.DEPOSIT


class WithdrawalsView(TransfersView):
    kind = TransferKind.WITHDRAWAL


class DepositView(TransferView):
    kind = TransferKind.DEPOSIT


class WithdrawalView(TransferView):
    kind = TransferKind.WITHDRAWAL
