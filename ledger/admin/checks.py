"""Checks of the ledger in the console: start one, follow it, and read what it found with what to do."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from accounts.models import User
from ledger.integrity import explain
from ledger.models import LedgerCheck
from ledger.services.checks import request_check
from nexafi.console.admin import ConsoleModelAdmin, service_action
from nexafi.console.formats import badge, local_time, number
from nexafi.console.targets import page_of

SHOWN = 200  # faults on the page; the API and the command have them all
_PAGES = {  # whose page tells of a row of the table
    "ledger_journalentry": "ledger.journal_entry",
    "ledger_entryresolution": "ledger.journal_entry",
    "ledger_entrylabel": "ledger.journal_entry",
    "ledger_account": "ledger.account",
    "ledger_balance": "ledger.account",
    "ledger_period": "ledger.period",
}
Status = LedgerCheck.Status


@admin.register(LedgerCheck)
class LedgerCheckPage(ConsoleModelAdmin):
    """Every run of check_ledger, the newest first."""

    view_permission = "ledger.view"
    nav_group, nav_title, nav_icon, nav_order = "Money", "Ledger checks", "fact_check", 90
    empty_text = "The ledger was never checked. It is every night, or now."
    list_display = ("asked", "result", "faults_found", "looked_at", "took", "by")
    list_filter = ("status", "holds")
    ordering = ("-id",)
    fields = readonly_fields = ("requested_at",)
    change_form_template = "ledger/check.html"
    actions_list = ("check_now",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerCheck]:
        checks = super().get_queryset(request)
        is_list = getattr(request.resolver_match, "url_name", "") == "ledger_ledgercheck_changelist"
        return checks.defer("faults") if is_list else checks

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        check: LedgerCheck = context["original"]
        context |= {
            "result": self.result(check),
            "took": self.took(check),
            "by": _name(check.requested_by),
            "is_active": check.status in (Status.QUEUED, Status.RUNNING),
            "looked": sorted(check.checked.items()),
            "faults": [(fault, *explain(fault["check"]), _page_of(fault)) for fault in check.faults[:SHOWN]],
            "more": max(0, check.fault_count - SHOWN),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    @service_action(
        label="Check now",
        permission="ledger.run_checks",
        title="Check the whole ledger",
        description="A worker reads every entry, posting and balance and compares them with the audit log. "
        "Nobody is kept waiting by it; a large ledger takes a while.",
        icon="fact_check",
        variant=ActionVariant.PRIMARY,
        form=BaseDialogForm,
    )
    def check_now(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        check = request_check()
        return "A check is under way already." if check.status == Status.RUNNING else "A worker will check the ledger."

    @admin.display(description="Asked for", ordering="id")
    def asked(self, check: LedgerCheck) -> SafeString | str:
        return local_time(check.requested_at)

    @admin.display(description="Result", ordering="status")
    def result(self, check: LedgerCheck) -> SafeString:
        if check.status == Status.FINISHED:
            return badge("Holds", "good") if check.holds else badge("Faults", "bad")
        return badge(check.status, "warning" if check.status == Status.FAILED else "neutral")

    @admin.display(description="Faults")
    def faults_found(self, check: LedgerCheck) -> SafeString | str:
        return number(check.fault_count) if check.status == Status.FINISHED else ""

    @admin.display(description="Rows")
    def looked_at(self, check: LedgerCheck) -> SafeString:
        return number(check.rows)

    @admin.display(description="By")
    def by(self, check: LedgerCheck) -> str:
        return check.requested_by.partition(" ")[0]

    @admin.display(description="Took")
    def took(self, check: LedgerCheck) -> str:
        if check.started_at is None or check.finished_at is None:
            return "—"
        seconds = int((check.finished_at - check.started_at).total_seconds())
        return f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"


def _page_of(fault: dict[str, str]) -> str:
    """The page of the row, "" when it has none (a currency, say)."""
    is_id = len(fault["key"]) == len(str(UUID(int=0)))
    return page_of(_PAGES.get(fault["table"], ""), fault["key"]) if is_id else ""


def _name(actor: str) -> str:
    """Who asked: a person's address, else what the audit log calls them."""
    kind, _, actor_id = actor.partition(" ")
    user = User.objects.filter(pk=actor_id).first() if kind == "user" else None
    return str(user) if user else actor
