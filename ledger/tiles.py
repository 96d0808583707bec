"""The dashboard's tiles of the ledger: whether the books balance, and what is pending."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ledger.constants import TOTALS
from ledger.models import JournalEntry
from nexafi.console.dashboard import Row, Tile, Tone, register_tile
from nexafi.console.formats import badge, local_time
from nexafi.core import clock
from nexafi.core.money import decimal_text
from nexafi.observability import measurements
from nexafi.observability.models import Measurement

STALE = timedelta(minutes=5)  # a worker reads every minute
COUNT_CAP = 1000
SHOWN = 8  # newest entries on the dashboard


@register_tile(order=12, permission=("ledger.view", "compliance.decide_alerts"))
def books_balance(request: HttpRequest) -> Tile:
    """All debits against all credits by currency, as a worker read them last."""
    reading = measurements.latest(TOTALS)
    sums = reading.value if reading else {}
    user: Any = request.user
    value, caption, tone = _verdict(reading)
    return Tile(
        title="Ledger",
        value=value,
        caption=caption,
        tone=tone,
        link=reverse("admin:ledger_account_trial_balance") if user.may("ledger.view_reports") else "",
        icon="balance",
        columns=("Currency", "Debits", "Credits"),
        rows=tuple(Row((code, *(_figure(minor, code) for minor in sides))) for code, sides in sums.items()),
        empty="Nothing posted yet." if reading else "",
    )


def _verdict(reading: Measurement | None) -> tuple[str, SafeString | str, Tone]:
    """The tile's value, caption and tone."""
    if reading is None:
        return "Not read yet", "A worker adds all balances up every minute", Tone.NEUTRAL
    wrong = [code for code, (debits, credits) in reading.value.items() if debits != credits]
    if wrong:
        return f"NOT in balance: {', '.join(wrong)}", "Run check_ledger", Tone.BAD
    caption = format_html("Debits equal credits in every currency, read at {}", local_time(reading.taken_at))
    return "In balance", caption, Tone.WARNING if clock.now() - reading.taken_at > STALE else Tone.GOOD


def _figure(minor: int, code: str) -> SafeString:
    return format_html('<span class="nx-money">{}</span>', f"{Decimal(decimal_text(minor, code)):,}")


@register_tile(order=21, permission="ledger.view")
def pending_entries(request: HttpRequest) -> Tile:
    """Entries that hold money until they are posted or voided."""
    pending = JournalEntry.objects.unresolved()[:COUNT_CAP].count()
    return Tile(
        title="Pending entries",
        value=f"{pending:,}+" if pending == COUNT_CAP else f"{pending:,}",
        caption="Hold money until posted or voided",
        link=reverse("admin:ledger_journalentry_changelist") + "?pending__exact=1",
        icon="pending_actions",
    )


@register_tile(order=62, permission="ledger.post_entries")
def latest_entries(request: HttpRequest) -> Tile:
    """What was written to the journal last."""
    entries = JournalEntry.objects.with_status().order_by("-id")[:SHOWN]
    page = "admin:ledger_journalentry_change"
    return Tile(
        title="Written last",
        link=reverse("admin:ledger_journalentry_changelist"),
        icon="receipt_long",
        columns=("Entry", "Kind", "Status", "When"),
        rows=tuple(
            Row(
                (
                    entry.description or "No description",
                    entry.kind.replace("_", " "),
                    badge(entry.status),
                    local_time(entry.recorded_at),
                ),
                link=reverse(page, args=[entry.pk]),
            )
            for entry in entries
        ),
        empty="Nothing posted yet.",
        wide=True,
    )
