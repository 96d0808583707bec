"""Accounts in the console, with what they hold and how they moved."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.html import format_html
from unfold.decorators import action

from ledger.constants import AccountStatus
from ledger.models import Account
from ledger.selectors import balance_sheet, balances_of_account, statement, trial_balance
from nexafi.console.admin import ConsoleModelAdmin
from nexafi.console.formats import badge, local_time, money
from nexafi.core import clock
from nexafi.core.money import Money


@admin.register(Account)
class AccountPage(ConsoleModelAdmin):
    """Every ledger account with what it holds."""

    view_permission = "ledger.view"
    nav_group, nav_title, nav_icon, nav_order = "Money", "Ledger accounts", "account_balance", 60
    list_display = ("code", "name", "type", "posted", "available", "state")
    list_filter = ("type", "currency", "status")
    search_fields = ("code",)
    search_help_text = "Beginning of the code"
    ordering = ("code",)
    fields = ("code", "name", "description", "type", "subtype", "currency", "parent", "posted", "available", "held",
              "least", "state", "created", "movements", "id")  # fmt: skip
    readonly_fields = fields
    actions_list = ("trial_balance", "balance_sheet")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        return super().get_queryset(request).select_related("parent").prefetch_related("balances")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Account], search_term: str
    ) -> tuple[QuerySet[Account], bool]:
        term = search_term.strip()
        return (queryset.filter(code__startswith=term) if term else queryset), False

    @action(description="Trial balance", url_path="trial-balance", permissions=["ledger.view_reports"])
    def trial_balance(self, request: HttpRequest) -> HttpResponse:
        """Every account's balance, per currency."""
        return self._report(request, "ledger/trial_balance.html", "Trial balance", trial_balance())

    @action(description="Balance sheet", url_path="balance-sheet", permissions=["ledger.view_reports"])
    def balance_sheet(self, request: HttpRequest) -> HttpResponse:
        """Assets against liabilities and equity, per currency."""
        return self._report(request, "ledger/balance_sheet.html", "Balance sheet", balance_sheet())

    def _report(self, request: HttpRequest, template: str, title: str, report: Any) -> HttpResponse:
        context = self.admin_site.each_context(request) | {"title": title, "report": report, "opts": self.opts}
        return TemplateResponse(request, template, context)

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

    @admin.display(description="Status", ordering="status")
    def state(self, account: Account) -> str:
        return badge(account.status, "good" if account.status == AccountStatus.OPEN else "neutral")

    @admin.display(description="Opened", ordering="created_at")
    def created(self, account: Account) -> str:
        return local_time(account.created_at)

    @admin.display(description="Movements of this month")
    def movements(self, account: Account) -> str:
        today = clock.today()
        page = statement(account, since=today.replace(day=1), until=today)
        return render_to_string("ledger/_movements.html", {"page": page})
