"""The dashboard's tiles of the ledger: whether the books balance, and what is pending."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ledger.constants import LAST_CHECK, MAX_RATE_AGE, TOTALS, RateSource
from ledger.models import JournalEntry
from ledger.selectors.rates import newest_days
from nexafi.console.dashboard import Row, Tile, Tone, register_tile
from nexafi.console.formats import badge, local_time
from nexafi.core import clock
from nexafi.core.money import decimal_text
from nexafi.observability import measurements
from nexafi.observability.models import Measurement

KEEP = 30  # seconds that one reading of the newest rates serves every dashboard
COUNT_CAP = 1000
SHOWN = 8  # newest entries on the dashboard


@register_tile(order=12, permission=("ledger.view", "compliance.decide_alerts"))
def books_balance(request: HttpRequest) -> Tile:
    """All debits against all credits by currency, as a worker read them last, and what the last check found."""
    measured = measurements.latest_of(TOTALS, LAST_CHECK)
    reading, check = measured.get(TOTALS), measured.get(LAST_CHECK)
    sums = reading.value if reading else {}
    failed = check if check and check.value["faults"] else None
    value, caption, tone = _failed(failed) if failed else _verdict(reading, check)
    return Tile(
        title="Ledger",
        value=value,
        caption=caption,
        tone=tone,
        link=_leads_to(request, failed),
        icon="balance",
        columns=("Currency", "Debits", "Credits"),
        rows=tuple(Row((code, *(_figure(minor, code) for minor in sides))) for code, sides in sums.items()),
        empty="Nothing posted yet." if reading else "No figures yet.",
    )


def _leads_to(request: HttpRequest, failed: Measurement | None) -> str:
    user: Any = request.user
    if failed:
        return reverse("admin:ledger_ledgercheck_change", args=[failed.value["id"]]) if user.may("ledger.view") else ""
    return reverse("admin:ledger_report", args=["trial-balance"]) if user.may("ledger.view_reports") else ""


def _failed(check: Measurement) -> tuple[str, SafeString | str, Tone]:
    faults = check.value["faults"]
    found = f"{faults:,} fault{'' if faults == 1 else 's'} found"
    return found, format_html("By the check of {}", local_time(check.taken_at)), Tone.BAD


def _verdict(reading: Measurement | None, check: Measurement | None) -> tuple[str, SafeString | str, Tone]:
    """The tile's value, caption and tone."""
    if reading is None:
        return "Not read yet", "A worker adds all balances up every minute", Tone.NEUTRAL
    wrong = [code for code, (debits, credits) in reading.value.items() if debits != credits]
    if wrong:
        return f"NOT in balance: {', '.join(wrong)}", "Run check_ledger", Tone.BAD
    checked = format_html("the check of {} holds", local_time(check.taken_at)) if check else "never checked"
    caption = format_html("Debits equal credits, read at {}; {}", local_time(reading.taken_at), checked)
    return "In balance", caption, Tone.WARNING if measurements.is_stale(reading) else Tone.GOOD


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
                    str(entry),
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


@register_tile(order=32, permission="ledger.view")
def exchange_rates(request: HttpRequest) -> Tile:
    """How old the rates are that amounts are converted at."""
    newest: dict[str, date] = cache.get_or_set("ledger.newest_rates", newest_days, KEEP) or {}
    today = clock.today()
    rows = tuple(
        Row((RateSource(source).label, day.isoformat(), _age(today - day)), tone=_rate_tone(today - day))
        for source, day in newest.items()
    )
    latest = max(newest.values(), default=None)
    return Tile(
        title="Exchange rates",
        value=_age(today - latest) if latest else "None",
        caption="Age of the newest; older than 4 days nothing is converted" if latest else "Nothing can be converted",
        tone=_rate_tone(today - latest) if latest else Tone.NEUTRAL,
        link=reverse("admin:ledger_exchangerate_changelist"),
        icon="currency_exchange",
        columns=("Source", "Newest", "Age"),
        rows=rows,
        empty="No rate is recorded yet.",
    )


def _age(age: timedelta) -> str:
    return {0: "Today", 1: "1 day"}.get(age.days, f"{age.days} days")


def _rate_tone(age: timedelta) -> Tone:
    return Tone.WARNING if age > MAX_RATE_AGE else Tone.NEUTRAL
