"""Comments and attachments on an entry's page in the console."""

import re
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget

from accounts.models import User
from ledger.api.notes import attachment_response
from ledger.models import JournalEntry
from ledger.services.notes import MAX_ATTACHMENTS
from nexafi.core.errors import DomainError

_SHOWN = 100  # comments of one page
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class CommentForm(BaseDialogForm):
    """A remark."""

    text = forms.CharField(max_length=2000, label="Comment", widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}))


class AttachmentForm(BaseDialogForm):
    """A document."""

    file = forms.FileField(
        label="Document",
        help_text="PDF, JPEG or PNG, at most 10 MB.",
        allow_empty_file=True,
        widget=UnfoldAdminFileFieldWidget,
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, files=request.FILES or None, **kwargs)


def names_of(actor_ids: Collection[str]) -> dict[str, str]:
    """The names of those actors that are users, by id."""
    ids = [actor_id for actor_id in actor_ids if _UUID.fullmatch(actor_id)]
    return {str(user.pk): user.full_name for user in User.objects.filter(pk__in=ids)}


def name_of(actor_id: str) -> str:
    """A person's name, or the id of what else acted."""
    return names_of([actor_id]).get(actor_id, actor_id)


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
