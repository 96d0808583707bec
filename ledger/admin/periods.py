"""Accounting periods in the console: the checklist of closing, closing, and asking for opening again."""

import re
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldBooleanWidget

from ledger.checklist import checklist
from ledger.models import JournalEntry, Period
from ledger.selectors.periods import closed_through
from ledger.services.periods import close_period, create_periods, request_reopening, spans_of_year
from ledger.types import ChecklistItem, Cycle, ItemState
from nexafi.console.admin import ConsoleModelAdmin, ReasonForm, service_action
from nexafi.console.formats import badge, local_time
from nexafi.core import clock

_ENTRY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WORDS = {
    ItemState.OK: ("In order", "good"),
    ItemState.WARNING: ("Warning", "warning"),
    ItemState.BLOCKING: ("Blocks", "bad"),
}


class CloseForm(ReasonForm):
    """Why, and whether warnings are known and accepted."""

    accept_warnings = forms.BooleanField(
        required=False, label="Close in spite of the warnings", widget=UnfoldBooleanWidget()
    )


class YearForm(BaseDialogForm):
    """A calendar year and how it is cut."""

    year = forms.IntegerField(
        min_value=1900, max_value=9000, initial=lambda: clock.today().year, widget=UnfoldAdminIntegerFieldWidget()
    )
    by = forms.ChoiceField(
        label="One period a", choices=[(cycle.value, cycle.value) for cycle in Cycle], widget=UnfoldAdminSelectWidget()
    )


@admin.register(Period)
class PeriodPage(ConsoleModelAdmin):
    """Periods, the newest first; an open one with what closing it needs."""

    view_permission = "ledger.view"
    nav_group, nav_title, nav_icon, nav_order = "Money", "Periods", "event_available", 75
    empty_text = "No periods yet. Lay out a year to be able to close the books."
    list_display = ("name", "first_day", "last_day", "state", "closed")
    list_filter = ("status",)
    ordering = ("-starts",)
    fields = readonly_fields = ("name",)
    change_form_template = "ledger/period.html"
    actions_list = ("lay_out",)
    actions_detail = ("close", "reopen")

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        period: Period = context["original"]
        items = checklist(period) if period.status == Period.Status.OPEN else []
        context |= {
            "items": [(item, *_WORDS[item.state], _detail(item)) for item in items],
            "blocked": sum(item.state == ItemState.BLOCKING for item in items),
            "warned": sum(item.state == ItemState.WARNING for item in items),
            "entries": JournalEntry.objects.filter(pk__in=period.closing_entries).order_by("id"),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def offered(self, obj: Any) -> Collection[str]:
        """An open period is closed, the last closed one opened again."""
        if obj.status == Period.Status.OPEN:
            return ("close",)
        return ("reopen",) if obj.ends == closed_through() else ()

    @service_action(
        label="Lay out a year",
        permission="ledger.close_periods",
        title="Lay out the periods of a year",
        description="They follow the last period without a gap. Name and dates do not change afterwards.",
        icon="add",
        submit="Lay out",
        form=YearForm,
    )
    def lay_out(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        periods = create_periods(spans=spans_of_year(data["year"], Cycle(data["by"])))
        return f"Laid out: {periods[0]} to {periods[-1]}."

    @service_action(
        label="Close",
        permission="ledger.close_periods",
        title="Close this period",
        description="Its earnings go to retained earnings, and nothing posts into it any more.",
        icon="lock",
        variant=ActionVariant.PRIMARY,
        key="c",
        form=CloseForm,
    )
    def close(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        close_period(
            period_id=UUID(object_id), reason=data["reason"], accept_warnings=data.get("accept_warnings", False)
        )
        return "The period is closed."

    @service_action(
        label="Ask to open again",
        permission="ledger.close_periods",
        title="Ask to open this period again",
        description="When a second person approves, its closing entries are reversed and it takes postings again.",
        icon="lock_open",
    )
    def reopen(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        maker: Any = request.user
        request_reopening(period_id=UUID(object_id), maker=maker, reason=data["reason"])
        return "Opening the period again waits for approval."

    @admin.display(description="From", ordering="starts")
    def first_day(self, period: Period) -> str:
        return period.starts.isoformat()

    @admin.display(description="To", ordering="ends")
    def last_day(self, period: Period) -> str:
        return period.ends.isoformat()

    @admin.display(description="Status", ordering="status")
    def state(self, period: Period) -> SafeString:
        return badge(period.status, "neutral" if period.status == Period.Status.CLOSED else "good")

    @admin.display(description="Closed")
    def closed(self, period: Period) -> SafeString | str:
        return local_time(period.closed_at)


def _detail(item: ChecklistItem) -> SafeString:
    """What was found, entries as links."""
    text = format_html("{}", item.detail)
    if item.code != "nothing_pending":
        return text
    page = reverse("admin:ledger_journalentry_changelist")
    return mark_safe(_ENTRY.sub(rf'<a class="nx-link nx-mono" href="{page}\g<0>/change/">\g<0></a>', text))  # noqa: S308  escaped above
