"""/wallets: open, look, list what moved."""

from functools import partial
from uuid import UUID

from rest_framework.response import Response

from accounts.authentication import SignedInRequest
from nexafi.api.views import ApiView
from payments.api.render import transaction_body, wallet_body
from payments.api.serializers import NewWallet, TransactionFilters, WalletFilters
from payments.exceptions import WalletNotFound
from payments.models import Wallet
from payments.selectors import transactions_of
from payments.services.wallets import customer_to_open_for, open_wallet

VIEW = ("payments.view_own", "payments.view_all")


class WalletsView(ApiView):
    """GET, POST /wallets."""

    access = {"GET": VIEW, "POST": "payments.open_wallet"}

    def get(self, request: SignedInRequest) -> Response:
        """One's own wallets with their balances; all for staff."""
        return self.list(Wallet.objects.visible_to(request.user).with_balances(), WalletFilters, wallet_body)

    def post(self, request: SignedInRequest) -> Response:
        """Open a wallet in a currency, one's own or an organization's."""
        asked = self.body(NewWallet)
        customer_id = customer_to_open_for(request.user, asked.get("organization_id"))
        wallet = open_wallet(customer_id=customer_id, currency=asked["currency"])
        return Response(wallet_body(Wallet.objects.with_balances().get(pk=wallet.pk)), status=201)


class WalletView(ApiView):
    """GET /wallets/{id}."""

    access = {"GET": VIEW}

    def get(self, request: SignedInRequest, wallet_id: UUID) -> Response:
        return Response(wallet_body(visible_wallet(request, wallet_id)))


class WalletTransactionsView(ApiView):
    """GET /wallets/{id}/transactions."""

    access = {"GET": VIEW}

    def get(self, request: SignedInRequest, wallet_id: UUID) -> Response:
        wallet = visible_wallet(request, wallet_id)
        filters = self.query(TransactionFilters)
        sides = [filters.apply(side) for side in transactions_of(wallet)]
        return self.page(sides, filters, partial(transaction_body, wallet=wallet))


def visible_wallet(request: SignedInRequest, wallet_id: UUID) -> Wallet:
    wallet = Wallet.objects.visible_to(request.user).with_balances().filter(pk=wallet_id).first()
    if wallet is None:
        raise WalletNotFound
    return wallet
