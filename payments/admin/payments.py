"""Payments in the console."""

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.decorators import display

from compliance.types import Outcome
from ledger.selectors.chart import chart_currencies
from nexafi.console.admin import one_of
from nexafi.console.formats import amount_text, money
from payments.admin.movements import MovementPage, wallet_link
from payments.models import Payment


@admin.register(Payment)
class PaymentPage(MovementPage):
    """Payments between wallets, newest first."""

    nav_icon, nav_order, nav_key = "payments", 10, "p"
    list_display = ("created", "amount_column", "payer", "payee", "state", "description")
    list_filter = ("status", one_of("outcome", lambda: Outcome), one_of("currency", chart_currencies))
    list_select_related = ("source__customer", "destination__customer")
    id_columns = ("id", "source", "destination")
    search_help_text = "The id of a payment or of a wallet"
    fields = (
        "id",
        "amount_column",
        "state",
        "payer",
        "payee",
        "description",
        "decision",
        "alert",
        "refunded_column",
        "failure_code",
        "created",
        "closed",
    )
    readonly_fields = fields

    def object_title(self, obj: Payment) -> str:
        return f"{amount_text(obj.amount)} from {obj.source.customer.name} to {obj.destination.customer.name}"

    @display(description="Payer")
    def payer(self, payment: Payment) -> SafeString:
        return wallet_link(payment.source)

    @display(description="Payee")
    def payee(self, payment: Payment) -> SafeString:
        return wallet_link(payment.destination)

    @display(description="Refunded")
    def refunded_column(self, payment: Payment) -> SafeString:
        return money(payment.refunded)
