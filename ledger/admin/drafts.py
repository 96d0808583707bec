"""Drafts in the console: entries that are not in the books yet."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from unfold.enums import ActionVariant

from ledger.admin.people import name_of
from ledger.models import Account, DraftEntry, JournalEntry
from ledger.services.drafts import discard_draft, entry_draft, post_draft
from ledger.types import Side
from nexafi.console.admin import ConsoleModelAdmin, service_action
from nexafi.console.formats import local_time, money


@admin.register(DraftEntry)
class DraftPage(ConsoleModelAdmin):
    """Every draft; it is posted under its id, or discarded."""

    view_permission = "ledger.view"
    nav_group, nav_title, nav_icon, nav_order = "Money", "Draft entries", "edit_note", 71
    empty_text = "No entry is being prepared."
    list_display = ("saved", "description", "reference", "amount")
    list_display_links = ("saved", "description")
    ordering = ("-id",)
    fields = ("description", "reference", "external_id", "effective_date", "lines", "metadata", "saved", "by", "id")
    readonly_fields = fields
    actions_detail = ("post", "discard")

    def object_title(self, obj: Any) -> str:
        return obj.body["description"] or "Draft"

    def page_after_action(self, object_id: str) -> str:
        """The entry that the draft became, the draft where nothing happened, else the list."""
        if JournalEntry.objects.filter(pk=object_id).exists():
            return reverse("admin:ledger_journalentry_change", args=[object_id])
        if DraftEntry.objects.filter(pk=object_id).exists():
            return super().page_after_action(object_id)
        return reverse("admin:ledger_draftentry_changelist")

    @service_action(
        label="Post",
        permission="ledger.post_entries",
        title="Post this draft",
        description="It goes into the books as it is, under the same id, and never changes again.",
        icon="check",
        variant=ActionVariant.SUCCESS,
    )
    def post(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        post_draft(draft_id=UUID(object_id), reason=data["reason"])
        return "The entry is posted."

    @service_action(
        label="Discard",
        permission="ledger.post_entries",
        title="Discard this draft",
        description="It is deleted; the audit log keeps who did so and why.",
        icon="delete",
        variant=ActionVariant.DANGER,
    )
    def discard(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        discard_draft(draft_id=UUID(object_id), reason=data["reason"])
        return "The draft is discarded."

    @admin.display(description="Description")
    def description(self, draft: DraftEntry) -> str:
        return draft.body["description"]

    @admin.display(description="Reference")
    def reference(self, draft: DraftEntry) -> str:
        return draft.body["reference"]

    @admin.display(description="External id")
    def external_id(self, draft: DraftEntry) -> str:
        return draft.body["external_id"] or ""

    @admin.display(description="Effective date")
    def effective_date(self, draft: DraftEntry) -> str:
        return draft.body["effective_date"] or "the day it is posted"

    @admin.display(description="Debits")
    def amount(self, draft: DraftEntry) -> str:
        """Of its first line's currency."""
        lines = entry_draft(draft).lines
        amounts = [each.amount for each in lines if each.side is Side.DEBIT]
        first, *others = [each for each in amounts if each.currency == amounts[0].currency]
        return money(sum(others, first))

    @admin.display(description="Lines")
    def lines(self, draft: DraftEntry) -> str:
        lines = entry_draft(draft).lines
        accounts = Account.objects.in_bulk({line.account_id for line in lines[:200]})
        shown = [(accounts.get(line.account_id), line, line.side is Side.DEBIT) for line in lines[:200]]
        return render_to_string("ledger/_draft_lines.html", {"lines": shown, "more": max(0, len(lines) - 200)})

    @admin.display(description="Metadata")
    def metadata(self, draft: DraftEntry) -> str:
        return ", ".join(f"{key}={value}" for key, value in draft.body["metadata"].items())

    @admin.display(description="Saved", ordering="id")
    def saved(self, draft: DraftEntry) -> str:
        return local_time(draft.created_at)

    @admin.display(description="By")
    def by(self, draft: DraftEntry) -> str:
        return name_of(draft.created_by)
