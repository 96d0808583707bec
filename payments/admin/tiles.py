"""The dashboard's figures of today's payments."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from nexafi.console.dashboard import Row, Tile, Tone, register_tile
from nexafi.console.formats import local_time, money, number
from nexafi.core import clock
from nexafi.core.money import Money
from nexafi.observability import measurements
from nexafi.observability.models import Measurement
from payments.constants import TODAY, PaymentStatus, TransferStatus
from payments.models import Transfer
from payments.selectors import count_held

COUNT_CAP = 1000


@register_tile(order=20, permission="payments.view_all")
def payments_today(request: HttpRequest) -> Tile:
    """How many payments completed since midnight UTC and their amounts by currency, as a worker added them up last,
    and how many are held now."""
    page = reverse("admin:payments_payment_changelist")
    reading, held = _reading_of_today(), count_held(at_most=COUNT_CAP)
    totals = reading.value["totals"] if reading else {}
    return Tile(
        title="Payments today",
        value=f"{sum(count for _, count in totals.values()):,}" if reading else "Not read yet",
        caption=_caption(reading, held),
        tone=Tone.WARNING if held or (reading and measurements.is_stale(reading)) else Tone.NEUTRAL,
        link=f"{page}?status__exact={PaymentStatus.PENDING_REVIEW}" if held else page,
        icon="payments",
        columns=("Amount", "Count"),
        rows=tuple(Row((money(Money(minor, code)), number(count))) for code, (minor, count) in totals.items()),
        empty="No payment has completed today." if reading else "A worker adds them up every minute.",
    )


def _reading_of_today() -> Measurement | None:
    """The last one, unless it is of another day."""
    reading = measurements.latest(TODAY)
    return reading if reading and reading.value["day"] == clock.today().isoformat() else None


def _caption(reading: Measurement | None, held: int) -> SafeString | str:
    waiting = f"{_counted(held)} held for review" if held else "None held"
    return format_html("{}; read at {}", waiting, local_time(reading.taken_at)) if reading else waiting


def _counted(count: int) -> str:
    """ "1,000+" where counting stopped."""
    return f"{count:,}+" if count == COUNT_CAP else f"{count:,}"


@register_tile(order=22, permission="payments.view_all")
def transfers_under_way(request: HttpRequest) -> Tile:
    """Deposits and withdrawals that a processor has not settled yet."""
    pending = Transfer.objects.filter(status=TransferStatus.PENDING)[:COUNT_CAP].count()
    return Tile(
        title="Transfers under way",
        value=_counted(pending),
        caption="Deposits and withdrawals with the processor",
        link=f"{reverse('admin:payments_transfer_changelist')}?status__exact={TransferStatus.PENDING}",
        icon="swap_vert",
    )
