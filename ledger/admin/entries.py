"""Entries in the console: as they were written, and what became of them."""

from collections.abc import Collection
from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import path

from ledger.admin.entry_forms import PostForm
from ledger.admin.notes import AttachmentForm, CommentForm, attachment_view, attachments, comments
from ledger.admin.people import name_of
from ledger.kinds import entry_kinds
from ledger.models import JournalEntry
from ledger.models.entries import JournalEntryQuerySet
from ledger.selectors import visible_lines
from ledger.services.entries import post_pending, request_reversal, void_pending
from ledger.services.notes import add_attachment, add_comment
from ledger.services.ownership import BY_HAND, require_by_hand
from ledger.types import EntryStatus
from nexafi.console.admin import ConsoleModelAdmin, one_of, service_action
from nexafi.console.formats import badge, local_time
from nexafi.core.files import MAX_FILE_BYTES

_TONES = {EntryStatus.POSTED: "good", EntryStatus.PENDING: "warning"}


@admin.register(JournalEntry)
class JournalEntryPage(ConsoleModelAdmin):
    """Every entry, as it was written and what became of it."""

    view_permission = "ledger.view"
    nav_group, nav_icon, nav_order = "Money", "receipt_long", 70
    nav_key = "j"
    list_display = ("written", "text", "kind_name", "effective_date", "state")
    list_display_links = ("written", "text")
    list_filter = (one_of("kind", entry_kinds), "pending")
    search_fields = ("external_id",)
    search_help_text = "External id, reference or key=value"
    ordering = ("-id",)
    fields = ("description", "state", "kind_name", "reference", "external_id", "effective_date", "written", "by",
              "expires_at", "lines_as_given", "ended", "reverses", "reversed_by", "metadata", "comments",
              "attachments", "audit_event_id",
              "id")  # fmt: skip
    readonly_fields = fields
    actions_detail = ("post", "void", "reverse", "comment", "attach")

    def get_queryset(self, request: HttpRequest) -> QuerySet[JournalEntry]:
        return super().get_queryset(request).with_status().select_related("resolution")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[JournalEntry], search_term: str
    ) -> tuple[QuerySet[JournalEntry], bool]:
        term = search_term.strip().replace("\0", "")
        key, equals, value = term.partition("=")
        if not term:
            return queryset, False
        if equals and key:
            return cast(JournalEntryQuerySet, queryset).labelled({key: value}), False
        named = queryset.filter(external_id=term)
        return (named if named.exists() else queryset.filter(reference=term)), False

    def offered(self, obj: Any) -> Collection[str]:
        """No end by hand where a payment or transfer would stay behind."""
        ways = {EntryStatus.PENDING: ("post", "void"), EntryStatus.POSTED: ("reverse",)}
        by_hand = ways.get(EntryStatus(obj.status), ()) if obj.kind in BY_HAND else ()
        return (*by_hand, "comment", "attach")

    @service_action(
        label="Post",
        permission="ledger.post_entries",
        title="Post this pending entry",
        description="The held money moves with today's date.",
        icon="check",
        form=PostForm,
    )
    def post(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        require_by_hand(UUID(object_id))
        post_pending(entry_id=UUID(object_id), amount=data["amount"], reason=data["reason"])
        return "The entry is posted."

    @service_action(
        label="Void",
        permission="ledger.post_entries",
        title="Void this pending entry",
        description="The held money is released.",
        icon="block",
    )
    def void(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        require_by_hand(UUID(object_id))
        void_pending(entry_id=UUID(object_id), reason=data["reason"])
        return "The entry is voided."

    @service_action(
        label="Ask for reversal",
        permission="ledger.request_reversal",
        title="Ask for the reversal of this entry",
        description="A second person approves it; the mirrored entry is written then.",
        icon="undo",
    )
    def reverse(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        maker: Any = request.user
        require_by_hand(UUID(object_id))
        request_reversal(entry_id=UUID(object_id), maker=maker, reason=data["reason"])
        return "The reversal waits for approval."

    @service_action(
        label="Comment",
        permission="ledger.post_entries",
        title="Comment on this entry",
        description="A comment stays as it is written.",
        icon="comment",
        form=CommentForm,
    )
    def comment(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        add_comment(entry_id=UUID(object_id), text=data["text"])
        return "The comment is kept."

    @service_action(
        label="Attach",
        permission="ledger.post_entries",
        title="Attach a document to this entry",
        description="It is kept encrypted and stays as it is.",
        icon="attach_file",
        form=AttachmentForm,
    )
    def attach(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        file = data["file"]
        add_attachment(entry_id=UUID(object_id), content=file.read(MAX_FILE_BYTES + 1), file_name=file.name)
        return "The document is kept."

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(attachment_view)
        address = "<uuid:entry_id>/attachments/<uuid:attachment_id>/"
        return [path(address, view, name="ledger_journalentry_attachment"), *super().get_urls()]

    @admin.display(description="Comments")
    def comments(self, entry: JournalEntry) -> str:
        return comments(entry)

    @admin.display(description="Documents")
    def attachments(self, entry: JournalEntry) -> str:
        return attachments(entry)

    @admin.display(description="Written", ordering="id")
    def written(self, entry: JournalEntry) -> str:
        return local_time(entry.recorded_at)

    @admin.display(description="Description")
    def text(self, entry: JournalEntry) -> str:
        return str(entry)

    @admin.display(description="Kind")
    def kind_name(self, entry: JournalEntry) -> str:
        return entry.kind.replace("_", " ").capitalize()

    @admin.display(description="Status")
    def state(self, entry: JournalEntry) -> str:
        return badge(entry.status, _TONES.get(EntryStatus(entry.status), "neutral"))

    @admin.display(description="By")
    def by(self, entry: JournalEntry) -> str:
        return _who(entry.actor_kind, entry.actor_id)

    @admin.display(description="Lines")
    def lines_as_given(self, entry: JournalEntry) -> str:
        lines = visible_lines(entry)
        texts = [entry.line_descriptions.get(str(line.line), "") for line in lines[:200]]
        context = {"lines": list(zip(lines, texts, strict=False)), "more": max(0, len(lines) - 200), "told": any(texts)}
        return render_to_string("ledger/_lines.html", context)

    @admin.display(description="Ended")
    def ended(self, entry: JournalEntry) -> str:
        end = getattr(entry, "resolution", None)
        return f"{end.outcome} by {_who(end.actor_kind, end.actor_id)}: {end.reason}" if end else "—"

    @admin.display(description="Reversed by")
    def reversed_by(self, entry: JournalEntry) -> str:
        return str(entry.reversals.values_list("id", flat=True).first() or "—")


def _who(kind: str, actor_id: str) -> str:
    """A person by name; others as the audit log calls them."""
    return name_of(actor_id) if kind == "user" else f"{kind} {actor_id}".strip()
