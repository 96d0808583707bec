"""How the console writes times, amounts and states; for list columns and, as filters and tags, for templates."""

from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from nexafi.core.money import Money


def local_time(value: datetime | None) -> SafeString | str:
    """A time in the reader's zone (set by console.js) with UTC on hover."""
    if value is None:
        return "—"
    iso = value.strftime("%Y-%m-%dT%H:%M:%SZ")
    text = value.strftime("%Y-%m-%d %H:%M:%S UTC")
    return format_html('<time class="nx-time" datetime="{}" title="{}">{}</time>', iso, text, text)


def badge(text: str, tone: str = "neutral") -> SafeString:
    """A small label; tones: neutral, good, warning, bad."""
    return format_html('<span class="nx-badge nx-badge--{}">{}</span>', tone, capfirst(text))


def amount_text(value: Money) -> str:
    """An amount with grouped thousands: "4,198.00 USD"."""
    return f"{value.decimal:,} {value.currency}"


def money(value: Money | None) -> SafeString:
    """An amount (or a dash for none) for a table or a fact, right-aligned in tables."""
    if value is None:
        return format_html('<span class="nx-money">{}</span>', "—")
    number, _, code = amount_text(value).replace("-", "−").partition(" ")
    return format_html('<span class="nx-money">{} <abbr>{}</abbr></span>', number, code)


def number(value: int) -> SafeString:
    """A count with grouped thousands, right-aligned in tables."""
    return format_html('<span class="nx-money">{}</span>', f"{value:,}")


def preformatted(text: str) -> SafeString:
    """Text as it stands, in the fixed width of a machine's words."""
    return format_html('<pre class="nx-pre">{}</pre>', text)
