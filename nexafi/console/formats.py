"""How the console writes times, amounts and states; for list columns and, as filters and tags, for templates."""

from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

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
    return format_html('<span class="nx-badge nx-badge--{}">{}</span>', tone, text)


def money(value: Money) -> SafeString:
    """An amount, right-aligned with grouped thousands and its currency."""
    whole, dot, fraction = value.amount.partition(".")
    sign, digits = ("−", whole[1:]) if whole.startswith("-") else ("", whole)
    return format_html(
        '<span class="nx-money">{}{}{} <abbr>{}</abbr></span>', sign, f"{int(digits):,}", dot + fraction, value.currency
    )
