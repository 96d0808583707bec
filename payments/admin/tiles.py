"""The dashboard's figures of today's payments."""

from datetime import UTC, datetime, time

from django.http import HttpRequest
from django.urls import reverse

from nexafi.console.dashboard import Row, Tile, Tone, register_tile
from nexafi.console.formats import money, number
from nexafi.core import clock
from payments.constants import PaymentStatus, TransferStatus
from payments.models import Transfer
from payments.selectors import count_held, totals_since

COUNT_CAP = 1000


@register_tile(order=20, permission="payments.view_all")
def payments_today(request: HttpRequest) -> Tile:
    """How many payments completed since midnight UTC, their amounts by currency, and how many are held now."""
    page = reverse("admin:payments_payment_changelist")
    totals = totals_since(datetime.combine(clock.today(), time.min, UTC))
    held = count_held()
    rows = tuple(Row((money(total.amount), number(total.count))) for total in totals)
    return Tile(
        title="Payments today",
        value=f"{sum(total.count for total in totals):,}",
        caption=f"{held} held for review" if held else "None held",
        tone=Tone.WARNING if held else Tone.NEUTRAL,
        link=f"{page}?status__exact={PaymentStatus.PENDING_REVIEW}" if held else page,
        icon="payments",
        columns=("Amount", "Count"),
        rows=rows,
        empty="No payment has completed today.",
    )


@register_tile(order=22, permission="payments.view_all")
def transfers_under_way(request: HttpRequest) -> Tile:
    """Deposits and withdrawals that a processor has not settled yet."""
    pending = Transfer.objects.filter(status=TransferStatus.PENDING)[:COUNT_CAP].count()
    return Tile(
        title="Transfers under way",
        value=f"{pending:,}+" if pending == COUNT_CAP else f"{pending:,}",
        caption="Deposits and withdrawals with the processor",
        link=f"{reverse('admin:payments_transfer_changelist')}?status__exact={TransferStatus.PENDING}",
        icon="swap_vert",
    )
