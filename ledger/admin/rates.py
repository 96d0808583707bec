"""Exchange rates in the console: what was recorded, recording one by hand, importing the ECB's."""

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from ledger.admin.people import name_of
from ledger.constants import MAX_RATE_JUMP
from ledger.models import ExchangeRate
from ledger.rates.ecb import read_sheets
from ledger.services.rates import import_rates, record_rate
from nexafi.console.admin import ConsoleModelAdmin, ReasonForm, UploadForm, service_action
from nexafi.console.formats import badge, local_time
from nexafi.console.widgets import DayInput
from nexafi.core import clock


class CurrencyCodeField(forms.RegexField):
    """A code as it is typed, in capitals or not; whether there is such a currency the service says."""

    def __init__(self, *, example: str, **kwargs: Any) -> None:
        widget = UnfoldAdminTextInputWidget(
            attrs={"maxlength": 3, "placeholder": example, "autocapitalize": "characters"}
        )
        messages = {"invalid": f"Three letters, such as {example}."}
        super().__init__(r"^[A-Z]{3}$", widget=widget, error_messages=messages, **kwargs)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).upper()


class RateForm(ReasonForm):
    """A rate, its day and why."""

    base = CurrencyCodeField(label="Base currency", example="EUR")
    quote = CurrencyCodeField(label="Quote currency", example="USD")
    rate = forms.DecimalField(
        max_digits=24,
        decimal_places=12,
        min_value=Decimal("1e-12"),
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
        help_text="What one unit of the base currency costs in the quote currency.",
    )
    valid_on = forms.DateField(label="Day", initial=clock.today, widget=DayInput())
    field_order = ("base", "quote", "rate", "valid_on", "reason")


class RatesFileForm(UploadForm):
    """A file of the ECB."""

    file = forms.FileField(
        label="File",
        help_text="eurofxref-hist.csv or .zip, or eurofxref-daily.xml, as the ECB publishes them.",
        allow_empty_file=True,
        widget=UnfoldAdminFileFieldWidget,
    )
    force = forms.BooleanField(
        label="Take rates that jumped",
        required=False,
        help_text=f"A rate more than {MAX_RATE_JUMP:.0%} away from the one before stops the import, unless somebody "
        "has checked it.",
        widget=UnfoldBooleanSwitchWidget,
    )


@admin.register(ExchangeRate)
class ExchangeRatePage(ConsoleModelAdmin):
    """Rates as they were recorded, the newest day first."""

    view_permission = "ledger.view"
    nav_group, nav_title, nav_icon, nav_order = "Money", "Exchange rates", "currency_exchange", 80
    empty_text = "No rates yet. Import a file of the ECB, or record one."
    list_display = ("day", "pair", "value", "origin", "recorded")
    list_display_links = ("day", "pair")
    list_filter = ("source", ("valid_on", RangeDateFilter))
    list_filter_submit = True
    search_fields = ("base",)
    search_help_text = "Currency code, or two: EUR USD"
    ordering = ("-valid_on", "-id")
    fields = ("pair", "value", "day", "origin", "reason", "recorded", "by", "id")
    readonly_fields = fields
    actions_list = ("record", "import_file")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ExchangeRate], search_term: str
    ) -> tuple[QuerySet[ExchangeRate], bool]:
        codes = search_term.upper().replace("/", " ").split()[:2]
        if len(codes) == 1:
            queryset = queryset.filter(Q(base=codes[0]) | Q(quote=codes[0]))
        elif codes:
            queryset = queryset.filter(base__in=codes, quote__in=codes)
        return queryset, False

    @service_action(
        label="Record a rate",
        permission="ledger.record_rates",
        title="Record an exchange rate",
        description="It counts before others of its day. Nothing recorded is changed: a correction is a newer rate.",
        icon="add",
        form=RateForm,
    )
    def record(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        given = {name: data[name] for name in ("base", "quote", "rate", "valid_on", "reason")}
        return f"Recorded: {record_rate(**given)}."

    @service_action(
        label="Import a file",
        permission="ledger.record_rates",
        title="Import the ECB's reference rates",
        description="Every day of the file is recorded, or nothing. What is held already makes no row.",
        icon="upload_file",
        form=RatesFileForm,
    )
    def import_file(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "The file"
            with path.open("wb") as file:
                file.writelines(data["file"].chunks())
            done = import_rates(read_sheets(path), force=data["force"])
        return str(done)

    @admin.display(description="Day", ordering="valid_on")
    def day(self, row: ExchangeRate) -> str:
        return row.valid_on.isoformat()

    @admin.display(description="Currencies")
    def pair(self, row: ExchangeRate) -> str:
        return f"{row.base}/{row.quote}"

    @admin.display(description="Rate")
    def value(self, row: ExchangeRate) -> SafeString:
        return format_html('<span class="nx-money">{}</span>', f"{row.rate:f}")

    @admin.display(description="Source", ordering="source")
    def origin(self, row: ExchangeRate) -> SafeString:
        return badge(row.get_source_display())

    @admin.display(description="Recorded")
    def recorded(self, row: ExchangeRate) -> SafeString | str:
        return local_time(row.recorded_at)

    @admin.display(description="Recorded by")
    def by(self, row: ExchangeRate) -> str:
        return name_of(row.recorded_by)
