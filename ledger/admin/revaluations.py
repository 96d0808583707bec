"""Revaluations in the console: what positions were worth, and revaluing a day."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ledger.admin.people import name_of
from ledger.constants import RateSource
from ledger.models import JournalEntry, Revaluation
from ledger.services.revaluation import revalue
from nexafi.console.admin import ConsoleModelAdmin, ReasonForm, service_action
from nexafi.console.formats import local_time, money
from nexafi.console.widgets import DayInput
from nexafi.core import clock
from nexafi.core.money import Money


def _end_of_last_month() -> date:
    return clock.today().replace(day=1) - timedelta(days=1)


class RevalueForm(ReasonForm):
    """The day and why."""

    on = forms.DateField(label="End of the day", initial=_end_of_last_month, widget=DayInput())
    field_order = ("on", "reason")


@admin.register(Revaluation)
class RevaluationPage(ConsoleModelAdmin):
    """Every revaluation by day and currency, the newest first."""

    view_permission = "ledger.view"
    nav_group, nav_title, nav_icon, nav_order = "Money", "Revaluations", "price_change", 82
    empty_text = "Nothing was revalued yet. It is done at a month's end, when its rates are there."
    list_display = ("day", "currency", "held", "carried", "worth", "unrealised", "realised_result")
    list_display_links = ("day", "currency")
    search_fields = ("currency",)
    search_help_text = "Currency code"
    ordering = ("-on", "-id")
    fields = ("day", "currency", "valuation", "realised_result", "revaluation_entry", "reversal_entry",
              "realisation_entry", "reason", "created", "by", "id")  # fmt: skip
    readonly_fields = fields
    actions_list = ("revalue",)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        code = search_term.strip().upper()
        return (queryset.filter(currency=code) if code else queryset), False

    @service_action(
        label="Revalue a day",
        permission="ledger.revalue",
        title="Revalue every foreign currency",
        description="Positions are valued at the day's closing rates. The unrealised difference is reversed on the day "
        "after. A day that is revalued already stays as it is.",
        icon="price_change",
        form=RevalueForm,
    )
    def revalue(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        done = revalue(on=data["on"], reason=data["reason"])
        codes = ", ".join(row.currency for row in done.revalued) or "no foreign position"
        missing = f" Left out, without a rate: {', '.join(done.missing)}." if done.missing else ""
        return f"Revalued on {done.on}: {codes}.{missing}"

    @admin.display(description="Day", ordering="on")
    def day(self, row: Revaluation) -> str:
        return row.on.isoformat()

    @admin.display(description="Position")
    def held(self, row: Revaluation) -> SafeString:
        return money(Money(row.position, row.currency))

    @admin.display(description="Carried at")
    def carried(self, row: Revaluation) -> SafeString:
        return money(Money(row.carrying, row.base))

    @admin.display(description="Worth")
    def worth(self, row: Revaluation) -> SafeString:
        return money(Money(row.value, row.base))

    @admin.display(description="Unrealised")
    def unrealised(self, row: Revaluation) -> SafeString:
        return money(Money(row.difference, row.base))

    @admin.display(description="Realised")
    def realised_result(self, row: Revaluation) -> SafeString:
        return money(Money(row.realised, row.base))

    @admin.display(description="Valuation")
    def valuation(self, row: Revaluation) -> str:
        """The figures as they follow from each other."""
        source = RateSource(row.rate_source).label if row.rate_source else ""
        figures = {name: getattr(self, name)(row) for name in ("held", "carried", "worth", "unrealised")}
        outcome = "gain" if row.difference > 0 else "loss" if row.difference < 0 else "difference"
        context = {
            "row": row,
            "rate": f"{row.rate:.12g}" if row.rate else "",
            "source": source,
            "outcome": outcome,
            **figures,
        }
        return render_to_string("ledger/_valuation.html", context)

    @admin.display(description="Entry")
    def revaluation_entry(self, row: Revaluation) -> SafeString | str:
        return _link(row.entry)

    @admin.display(description="Its reversal")
    def reversal_entry(self, row: Revaluation) -> SafeString | str:
        return _link(row.reversal)

    @admin.display(description="Entry of the realised result")
    def realisation_entry(self, row: Revaluation) -> SafeString | str:
        return _link(row.realisation)

    @admin.display(description="Revalued")
    def created(self, row: Revaluation) -> SafeString | str:
        return local_time(row.created_at)

    @admin.display(description="By")
    def by(self, row: Revaluation) -> str:
        return name_of(row.created_by)


def _link(entry: JournalEntry | None) -> SafeString | str:
    if entry is None:
        return "—"
    address = reverse("admin:ledger_journalentry_change", args=[entry.pk])
    return format_html('<a href="{}">{}</a>', address, entry.description)
