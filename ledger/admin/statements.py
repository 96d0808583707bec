"""Statements of an account, to download from its page."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path

from ledger.models import Account
from ledger.selectors import statement
from ledger.statement_files import STATEMENT_LINES, statement_file
from nexafi.console.admin import ConsoleModelAdmin
from nexafi.core import clock
from nexafi.core.errors import DomainError, InvalidInput


class _Period(forms.Form):
    since = forms.DateField()
    until = forms.DateField()


class StatementsOnPage(ConsoleModelAdmin):
    """Of an account's page: the movements of this month, and any period's statement as a file."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.statement_file)
        address = path("<uuid:account_id>/statement.<str:format>", view, name="ledger_account_statement")
        return [address, *super().get_urls()]

    def statement_file(self, request: HttpRequest, account_id: UUID, format: str) -> HttpResponseBase:
        """The file, or the account's page with what was wrong."""
        account: Any = self.get_object(request, str(account_id))
        if format not in STATEMENT_LINES:
            raise Http404
        try:
            since, until = _dates(request)
            who = str(getattr(request.user, "email", ""))
            return statement_file(account, since=since, until=until, format=format, prepared_by=who)
        except DomainError as error:
            messages.error(request, error.detail)
            return redirect("admin:ledger_account_change", account.pk)

    def statement_on_page(self, account: Account) -> str:
        """The movements of this month, and a form for the statement of another period; the page asks for it twice."""
        shown: str | None = vars(account).get("_statement_on_page")
        if shown is None:
            shown = vars(account)["_statement_on_page"] = self._rendered_statement(account)
        return shown

    def _rendered_statement(self, account: Account) -> str:
        today = clock.today()
        page = statement(account, since=today.replace(day=1), until=today)
        context = {"page": page, "year": today.replace(month=1, day=1), "today": today, "formats": STATEMENT_LINES}
        return render_to_string("ledger/_movements.html", context)


def _dates(request: HttpRequest) -> tuple[Any, Any]:
    """Raises InvalidInput."""
    form = _Period(request.GET)
    if not form.is_valid():
        raise InvalidInput("A statement needs the dates of its first and last day.")
    since, until = form.cleaned_data["since"], form.cleaned_data["until"]
    if since > until:
        raise InvalidInput("The first day is after the last.")
    return since, until
