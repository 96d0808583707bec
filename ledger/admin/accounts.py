"""Accounts in the console, with what they hold and how they moved."""

from collections.abc import Collection
from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html
from unfold.decorators import action
from unfold.enums import ActionVariant

from ledger.admin.account_forms import DescribeForm, FreezeForm, LimitsForm
from ledger.admin.chart import chart_context, import_context
from ledger.admin.statements import StatementsOnPage
from ledger.api.charts import csv_response
from ledger.constants import AccountStatus
from ledger.models import Account
from ledger.selectors import balances_of_account
from ledger.selectors.chart import chart_currencies
from ledger.services.accounts import AccountChanges, change_account, close_account
from nexafi.console.admin import one_of, service_action
from nexafi.console.formats import badge, local_time, money
from nexafi.core.errors import DomainError
from nexafi.core.money import Money, currencies


@admin.register(Account)
class AccountPage(StatementsOnPage):
    """Every ledger account with what it holds."""

    view_permission = "ledger.view"
    nav_group, nav_title, nav_icon, nav_order = "Money", "Ledger accounts", "account_balance", 60
    list_display = ("code", "name", "type", "posted", "available", "state")
    list_filter = ("type", one_of("currency", chart_currencies), "status")
    search_fields = ("code",)
    search_help_text = "Beginning of the code"
    ordering = ("code",)
    fields = ("code", "name", "description", "type", "subtype", "currency", "parent", "owner", "tag_list", "posted",
              "available", "held", "least", "most", "state", "created", "movements", "id")  # fmt: skip
    readonly_fields = fields
    actions_list = ("chart", "trial_balance", "balance_sheet")
    actions_detail = ("describe", "limits", "freeze", "unfreeze", "close")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        return super().get_queryset(request).select_related("parent", "owner").prefetch_related("balances")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Account], search_term: str
    ) -> tuple[QuerySet[Account], bool]:
        term = search_term.strip()
        return (queryset.filter(code__startswith=term) if term else queryset), False

    @action(description="Chart of accounts", url_path="chart", permissions=["ledger.view"])
    def chart(self, request: HttpRequest) -> HttpResponse:
        """The tree of accounts with balances rolled up."""
        user: Any = request.user
        context = {"may_import": user.may("ledger.manage_accounts"), **chart_context(request)}
        return self._page(request, "ledger/chart.html", "Chart of accounts", context)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        own = [
            path("chart/export/", view(self.export_view), name="ledger_account_export"),
            path("chart/import/", view(self.import_view), name="ledger_account_import"),
        ]
        return [*own, *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """The chart of one currency as CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        currency = request.GET.get("currency", "")
        if currency not in {known.code for known in currencies()}:
            raise Http404
        try:
            return csv_response(currency)
        except DomainError as error:
            return HttpResponse(error.detail, status=error.status, content_type="text/plain; charset=utf-8")

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Open and change accounts by a file."""
        user: Any = request.user
        if not user.may("ledger.manage_accounts"):
            raise PermissionDenied
        return self._page(request, "ledger/import_chart.html", "Import a chart", import_context(request))

    def _page(self, request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
        site = self.admin_site.each_context(request) | {"title": title, "opts": self.opts}
        return TemplateResponse(request, template, site | context)

    @action(description="Trial balance", url_path="trial-balance", permissions=["ledger.view_reports"])
    def trial_balance(self, request: HttpRequest) -> HttpResponse:
        """Every account's balance, per currency."""
        return redirect("admin:ledger_report", "trial-balance")

    @action(description="Balance sheet", url_path="balance-sheet", permissions=["ledger.view_reports"])
    def balance_sheet(self, request: HttpRequest) -> HttpResponse:
        """Assets against liabilities and equity, per currency."""
        return redirect("admin:ledger_report", "balance-sheet")

    def offered(self, obj: Any) -> Collection[str]:
        """A closed account is only described; a frozen one is unfrozen; one that everybody posts to takes no limits."""
        if obj.status != AccountStatus.OPEN:
            return ("describe",)
        frozen, limited = not (obj.accepts_debits and obj.accepts_credits), obj.slots == 1
        return ("describe", *(["limits"] if limited else []), "freeze", *(["unfreeze"] if frozen else []), "close")

    @service_action(
        label="Describe",
        permission="ledger.manage_accounts",
        title="Change what this account is called",
        icon="edit",
        form=DescribeForm,
        submit="Save",
    )
    def describe(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        change_account(account_id=UUID(object_id), **cast(AccountChanges, data))
        return "The account is changed."

    @service_action(
        label="Limits",
        permission="ledger.manage_accounts",
        title="Change the limits of this account",
        description="The database refuses every posting that would break one.",
        icon="straighten",
        form=LimitsForm,
        submit="Save",
    )
    def limits(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        change_account(account_id=UUID(object_id), **cast(AccountChanges, data))
        return "The limits are changed."

    @service_action(
        label="Freeze",
        permission="ledger.manage_accounts",
        title="Freeze this account",
        description="Nothing is posted to a frozen side. What is held can still be released.",
        icon="ac_unit",
        form=FreezeForm,
    )
    def freeze(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        sides: AccountChanges = {f"accepts_{side}": False for side in data["sides"]}  # type: ignore[assignment]
        change_account(account_id=UUID(object_id), reason=data["reason"], **sides)
        return f"The account takes no {' and no '.join(data['sides'])}."

    @service_action(
        label="Unfreeze",
        permission="ledger.manage_accounts",
        title="Unfreeze this account",
        description="It takes debits and credits again.",
        icon="sunny",
    )
    def unfreeze(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        change_account(account_id=UUID(object_id), reason=data["reason"], accepts_debits=True, accepts_credits=True)
        return "The account takes debits and credits again."

    @service_action(
        label="Close",
        permission="ledger.manage_accounts",
        title="Close this account for good",
        description="Only an account that holds nothing and has no open account below it is closed.",
        icon="block",
        variant=ActionVariant.DANGER,
    )
    def close(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        close_account(account_id=UUID(object_id), reason=data["reason"])
        return "The account is closed."

    @admin.display(description="Balance")
    def posted(self, account: Account) -> str:
        return money(balances_of_account(account).posted)

    @admin.display(description="Available")
    def available(self, account: Account) -> str:
        return money(balances_of_account(account).available)

    @admin.display(description="Pending debits, credits")
    def held(self, account: Account) -> str:
        position = balances_of_account(account)
        return format_html("{} and {}", money(position.pending_debits), money(position.pending_credits))

    @admin.display(description="Least available balance")
    def least(self, account: Account) -> str:
        return "no limit" if account.floor is None else money(Money(account.floor, account.currency))

    @admin.display(description="Most it may hold")
    def most(self, account: Account) -> str:
        return "no limit" if account.ceiling is None else money(Money(account.ceiling, account.currency))

    @admin.display(description="Tags")
    def tag_list(self, account: Account) -> str:
        return ", ".join(account.tags)

    @admin.display(description="Status", ordering="status")
    def state(self, account: Account) -> str:
        if account.status != AccountStatus.OPEN:
            return badge(account.status)
        if account.accepts_debits and account.accepts_credits:
            return badge("open", "good")
        sides = {(False, True): "debits frozen", (True, False): "credits frozen", (False, False): "frozen"}
        return badge(sides[account.accepts_debits, account.accepts_credits], "warning")

    @admin.display(description="Opened", ordering="created_at")
    def created(self, account: Account) -> str:
        return local_time(account.created_at)

    @admin.display(description="Movements of this month")
    def movements(self, account: Account) -> str:
        return self.statement_on_page(account)
