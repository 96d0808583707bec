"""The dashboard's tile of the sanctions lists: which are in force, how old, and whether one is only the starter."""

from datetime import timedelta
from typing import Final

from django.http import HttpRequest
from django.urls import reverse

from compliance.screening.models import ScreeningHit
from compliance.screening.selectors import ListStatus, list_status
from nexafi.console.dashboard import Row, Tile, Tone, register_tile
from nexafi.console.formats import number

STALE: Final = timedelta(days=2)  # authorities publish on most working days


@register_tile(order=30, permission="compliance.view")
def sanctions_lists(request: HttpRequest) -> Tile:
    """Screening is only as good as the lists: their age stands on the first page."""
    lists = list_status()
    waiting = len(ScreeningHit.objects.open()[:100].values_list("pk"))
    tones = [_tone(status) for status in lists] or [Tone.BAD]
    return Tile(
        title="Sanctions lists",
        value=str(len(lists)) if lists else "None",
        caption=_caption(lists, waiting),
        tone=next((tone for tone in (Tone.BAD, Tone.WARNING) if tone in tones), Tone.NEUTRAL),
        link=reverse("admin:compliance_watchlistsnapshot_changelist"),
        icon="rule",
        columns=("List", "Entries", "Age"),
        rows=tuple(Row((each.name, number(each.entries), _age(each)), tone=_tone(each)) for each in lists),
    )


def _caption(lists: list[ListStatus], waiting: int) -> str:
    if not lists:
        return "No list is loaded: nobody can be screened"
    if any(status.starter for status in lists):
        return "Only the short starter list for some: import the whole lists"
    return f"{'99+' if waiting > 99 else waiting} hits wait for a decision"


def _age(status: ListStatus) -> str:
    hours = int(status.age.total_seconds() // 3600)
    age = f"{hours // 24} d" if hours >= 48 else f"{hours} h" if hours else "under 1 h"
    return f"{age}, starter" if status.starter else age


def _tone(status: ListStatus) -> Tone:
    return Tone.WARNING if status.starter or status.age > STALE else Tone.NEUTRAL
