"""The dashboard's tiles of the ledger: whether the books balance, and what is pending."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ledger.models import JournalEntry
from ledger.selectors import turnovers
from nexafi.console.dashboard import Row, Tile, Tone, register_tile
from nexafi.console.formats import badge, local_time
from nexafi.core import clock
from nexafi.core.money import decimal_text

KEEP = 30  # seconds that one reading of all balances serves every dashboard
COUNT_CAP = 1000
SHOWN = 8  # newest entries on the dashboard


@register_tile(order=12, permission=("ledger.view", "compliance.decide_alerts"))
def books_balance(request: HttpRequest) -> Tile:
    """All debits against all credits, by currency."""
    read_at, sums = _reading()
    wrong = [currency for currency, (debits, credits) in sums.items() if debits != credits]
    seconds = int((clock.now() - read_at).total_seconds())
    report = reverse("admin:ledger_account_trial_balance")
    user: Any = request.user
    return Tile(
        title="Ledger",
        value=f"NOT in balance: {', '.join(wrong)}" if wrong else "In balance",
        caption=f"Debits equal credits in every currency, read {seconds} s ago" if not wrong else "Run check_ledger",
        tone=Tone.BAD if wrong else Tone.GOOD,
        link=report if user.may("ledger.view_reports") else "",
        icon="balance",
        columns=("Currency", "Debits", "Credits"),
        rows=tuple(Row((code, *(_figure(minor, code) for minor in sides))) for code, sides in sums.items()),
        empty="Nothing posted yet.",
    )


def _reading() -> tuple[datetime, dict[str, tuple[int, int]]]:
    reading: Any = cache.get_or_set("ledger.turnovers", lambda: (clock.now(), turnovers()), KEEP)
    return reading


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
