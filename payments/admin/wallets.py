"""Wallets in the console: balances, and freezing with a reason."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.enums import ActionVariant

from ledger.selectors.chart import chart_currencies
from nexafi.console.admin import ConsoleModelAdmin, one_of, service_action
from nexafi.console.formats import local_time, money
from payments.admin.movements import SearchById, state_badge
from payments.constants import WalletStatus
from payments.models import Wallet
from payments.services.wallets import set_wallet_status


@admin.register(Wallet)
class WalletPage(SearchById, ConsoleModelAdmin):
    """Every customer's money, by currency."""

    view_permission = "payments.view_all"
    nav_group, nav_icon, nav_order = "Money", "account_balance_wallet", 5
    nav_key = "w"
    list_display = ("customer", "balance_column", "available_column", "held_column", "state", "created")
    list_filter = ("status", one_of("currency", chart_currencies))
    list_select_related = ("customer",)
    id_columns = ("id", "customer")
    search_help_text = "The id of a wallet or of a customer"
    ordering = ("-created_at", "-id")
    fields = readonly_fields = (
        "id",
        "customer",
        "currency",
        "balance_column",
        "available_column",
        "held_column",
        "state",
        "created",
    )
    actions_detail = ("freeze", "reactivate", "close")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wallet]:
        return Wallet.objects.with_balances().order_by(*self.ordering)

    def object_title(self, obj: Wallet) -> str:
        return f"{obj.customer.name}, {obj.currency}"

    def offered(self, obj: Wallet) -> Collection[str]:
        change = {WalletStatus.ACTIVE: ("freeze", "close"), WalletStatus.FROZEN: ("reactivate", "close")}
        return change.get(WalletStatus(obj.status), ())

    @display(description="Balance")
    def balance_column(self, wallet: Wallet) -> SafeString:
        return money(wallet.balance)

    @display(description="Available")
    def available_column(self, wallet: Wallet) -> SafeString:
        return money(wallet.available)

    @display(description="Held")
    def held_column(self, wallet: Wallet) -> SafeString:
        return money(wallet.held)

    @display(description="Status", ordering="status")
    def state(self, wallet: Wallet) -> SafeString:
        return state_badge(wallet.status)

    @display(description="Opened", ordering="created_at")
    def created(self, wallet: Wallet) -> SafeString | str:
        return local_time(wallet.created_at)

    @service_action(
        label="Freeze",
        permission="payments.manage_wallets",
        title="Freeze this wallet",
        description="Nothing can be ordered from or to it until it is reactivated.",
        icon="ac_unit",
        variant=ActionVariant.DANGER,
    )
    def freeze(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        set_wallet_status(wallet_id=UUID(object_id), status=WalletStatus.FROZEN, reason=data["reason"])
        return "Frozen."

    @service_action(
        label="Reactivate",
        permission="payments.manage_wallets",
        title="Reactivate this wallet",
        icon="play_arrow",
    )
    def reactivate(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        set_wallet_status(wallet_id=UUID(object_id), status=WalletStatus.ACTIVE, reason=data["reason"])
        return "Active again."

    @service_action(
        label="Close",
        permission="payments.manage_wallets",
        title="Close this wallet for good",
        description="Only an empty wallet that expects no money can be closed.",
        icon="cancel",
        variant=ActionVariant.DANGER,
    )
    def close(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        set_wallet_status(wallet_id=UUID(object_id), status=WalletStatus.CLOSED, reason=data["reason"])
        return "Closed."
