"""The dashboard's figures of today's payments."""

from datetime import UTC, datetime, time

from django.http import HttpRequest
from django.urls import reverse

from nexafi.console.dashboard import Row, Tile, Tone, register_tile
from nexafi.core import clock
from payments.constants import PaymentStatus
from payments.selectors import count_held, totals_since


@register_tile(order=20, permission="payments.view_all")
def payments_today(request: HttpRequest) -> Tile:
    """How many payments completed since midnight UTC, their amounts by currency, and how many are held now."""
    page = reverse("admin:payments_payment_changelist")
    totals = totals_since(datetime.combine(clock.today(), time.min, UTC))
    held = count_held()
    rows = tuple(Row((total.amount.currency, f"{total.amount.decimal:,}", f"{total.count:,}")) for total in totals)
    return Tile(
        title="Payments today",
        value=f"{sum(total.count for total in totals):,}",
        caption=f"{held} held for review" if held else "None held",
        tone=Tone.WARNING if held else Tone.NEUTRAL,
        link=f"{page}?status__exact={PaymentStatus.PENDING_REVIEW}" if held else page,
        icon="payments",
        columns=("Currency", "Amount", "Count"),
        rows=rows,
        empty="No payment has completed today.",
    )
