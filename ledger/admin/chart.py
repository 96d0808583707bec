"""The chart of accounts in the console."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminFileFieldWidget

from ledger.models import Account
from ledger.selectors.tree import account_tree
from ledger.services.chart import import_chart
from nexafi.core.context import acting_as
from nexafi.core.errors import DomainError

MAX_FILE = 4 * 2**20  # bytes


def chart_context(request: HttpRequest) -> dict[str, Any]:
    """The tree of one currency, the base currency unless the reader chose another, as of now or the end of a day."""
    currencies = sorted(Account.objects.filter(parent=None).order_by().values_list("currency", flat=True).distinct())
    wanted = request.GET.get("currency", settings.BASE_CURRENCY)
    currency = wanted if wanted in currencies else next(iter(currencies), settings.BASE_CURRENCY)
    context = {"currencies": currencies or [currency], "currency": currency}
    try:
        as_of = date.fromisoformat(request.GET["as_of"]) if request.GET.get("as_of") else None
        return {**context, "as_of": as_of and as_of.isoformat(), "nodes": account_tree(currency, as_of)}
    except ValueError:
        return {**context, "problem": "Write the day as YYYY-MM-DD."}
    except DomainError as error:
        return {**context, "problem": error.detail}


class ImportForm(forms.Form):
    """A chart's file, and what to do with it."""

    file = forms.FileField(label="CSV file", widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,text/csv"}))
    currencies = forms.CharField(label="Currencies", max_length=200, required=False)
    dry_run = forms.BooleanField(required=False)

    def clean_file(self) -> str:
        content = self.cleaned_data["file"].read(MAX_FILE + 1)
        if len(content) > MAX_FILE:
            raise forms.ValidationError("A chart has at most 4 MB.")
        try:
            return str(content, "utf-8")
        except UnicodeDecodeError as error:
            raise forms.ValidationError("The file is not in UTF-8.") from error


def import_context(request: HttpRequest) -> dict[str, Any]:
    """An empty form; after an upload what was done, or every faulty row."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if not form.is_valid():
        return {"form": form}
    given = form.cleaned_data
    codes = given["currencies"].upper().replace(",", " ").split()
    try:
        with acting_as("user", str(request.user.pk)):
            done = import_chart(text=given["file"], currencies=codes, dry_run=given["dry_run"])
    except DomainError as error:
        return {"form": form, "problem": error.detail, "faults": error.errors}
    return {"form": form, "done": done, "dry_run": given["dry_run"]}
