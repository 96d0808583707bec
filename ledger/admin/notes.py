"""Comments and attachments on an entry's page in the console."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget

from ledger.admin.people import names_of
from ledger.api.notes import attachment_response
from ledger.models import JournalEntry
from ledger.services.notes import MAX_ATTACHMENTS
from nexafi.console.admin import UploadForm
from nexafi.core.errors import DomainError

_SHOWN = 100  # comments of one page


class CommentForm(BaseDialogForm):
    """A remark."""

    text = forms.CharField(max_length=2000, label="Comment", widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}))


class AttachmentForm(UploadForm):
    """A document."""

    file = forms.FileField(
        label="Document",
        help_text="PDF, JPEG or PNG, at most 10 MB.",
        allow_empty_file=True,
        widget=UnfoldAdminFileFieldWidget,
    )


def comments(entry: JournalEntry) -> str:
    """The comments with their authors' names."""
    rows: list[Any] = list(entry.comments.order_by("id")[: _SHOWN + 1])
    names = names_of({row.created_by for row in rows})
    for row in rows:
        row.author = names.get(row.created_by, row.created_by)
    return render_to_string("ledger/_comments.html", {"comments": rows[:_SHOWN], "more": len(rows) > _SHOWN})


def attachments(entry: JournalEntry) -> str:
    return render_to_string("ledger/_attachments.html", {"files": entry.attachments.order_by("id")[:MAX_ATTACHMENTS]})


@require_GET
def attachment_view(request: HttpRequest, entry_id: UUID, attachment_id: UUID) -> HttpResponse:
    """A document to download."""
    user: Any = request.user
    if not user.may("ledger.view"):
        raise PermissionDenied
    try:
        return attachment_response(entry_id, attachment_id)
    except DomainError as error:
        return HttpResponse(error.detail, status=error.status, content_type="text/plain; charset=utf-8")
