"""Deposits and withdrawals in the console, and what the processors told us."""

from django.conf import settings
from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.decorators import display

from compliance.types import Outcome
from ledger.selectors.chart import chart_currencies
from nexafi.console.admin import ConsoleModelAdmin, one_of
from nexafi.console.formats import amount_text, badge, local_time, preformatted
from payments.admin.movements import MovementPage, wallet_link
from payments.models import ProcessorEvent, Transfer

_RESULT_TONES = {"applied": "good", "ignored": "neutral", "unmatched": "bad"}


@admin.register(Transfer)
class TransferPage(MovementPage):
    """Money entering and leaving, newest first."""

    nav_title, nav_icon, nav_order = "Deposits and withdrawals", "swap_vert", 20
    list_display = ("created", "kind", "amount_column", "owner", "state", "processor", "attempts")
    list_filter = ("kind", "status", one_of("outcome", lambda: Outcome), one_of("currency", chart_currencies))
    list_select_related = ("wallet__customer",)
    id_columns = ("id", "wallet")
    search_help_text = "The id of a deposit, of a withdrawal or of a wallet"
    fields = (
        "id",
        "kind",
        "amount_column",
        "state",
        "owner",
        "decision",
        "alert",
        "failure_code",
        "processor",
        "processor_reference",
        "attempts",
        "created",
        "closed",
    )
    readonly_fields = fields

    def object_title(self, obj: Transfer) -> str:
        return f"{obj.get_kind_display()} of {amount_text(obj.amount)}"

    @display(description="Wallet of")
    def owner(self, transfer: Transfer) -> SafeString:
        return wallet_link(transfer.wallet)


@admin.register(ProcessorEvent)
class ProcessorEventPage(ConsoleModelAdmin):
    """Events received from processors. An unmatched one needs somebody to look."""

    view_permission = "payments.view_all"
    nav_group, nav_icon, nav_order = "Money", "webhook", 40
    list_display = ("received", "processor", "type", "event_id", "outcome")
    list_display_links = ("received",)
    list_filter = ("result", one_of("processor", lambda: settings.PAYMENT_PROCESSORS))
    ordering = ("-received_at", "-id")
    fields = readonly_fields = ("processor", "event_id", "type", "outcome", "received", "content")

    def object_title(self, obj: ProcessorEvent) -> str:
        return f"{obj.type} {obj.event_id}"

    @display(description="Received", ordering="received_at")
    def received(self, event: ProcessorEvent) -> SafeString | str:
        return local_time(event.received_at)

    @display(description="Result", ordering="result")
    def outcome(self, event: ProcessorEvent) -> SafeString:
        return badge(event.get_result_display(), _RESULT_TONES[event.result])

    @display(description="Content")
    def content(self, event: ProcessorEvent) -> str:
        return preformatted(bytes(event.body).decode(errors="replace"))
