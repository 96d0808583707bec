"""Comments and attachments of an entry over HTTP."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.exceptions import UnknownEntry
from ledger.models import EntryAttachment, EntryComment, JournalEntry
from ledger.services.notes import add_attachment, add_comment, read_attachment
from nexafi.api import serializers as s
from nexafi.api.parsers import UploadParser, one_file
from nexafi.api.views import ApiView
from nexafi.core.files import MAX_FILE_BYTES

_ENVELOPE = 64 * 1024  # room for the multipart boundaries around a file
_FILE = {
    "multipart/form-data": {
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {"type": "string", "format": "binary", "description": "A PDF, JPEG or PNG of at most 10 MB."}
        },
    }
}


class NewEntryComment(s.StrictSerializer):
    text = s.CharField(max_length=2000, multiline=True)


class NoteFilters(s.ListFilters):
    orderings = ("id", "-id")


class CommentsView(ApiView):
    access = {"GET": "ledger.view", "POST": "ledger.post_entries"}

    def get(self, request: Request, entry_id: UUID) -> Response:
        """What people remarked on an entry, the oldest first."""
        _require(entry_id)
        return self.list(EntryComment.objects.filter(entry=entry_id), NoteFilters, comment_body)

    def post(self, request: Request, entry_id: UUID) -> Response:
        """Remark on an entry; it stays as it is written."""
        body = self.body(NewEntryComment)
        return Response(comment_body(add_comment(entry_id=entry_id, text=body["text"])), status=201)


class AttachmentsView(ApiView):
    access = {"GET": "ledger.view", "POST": "ledger.post_entries"}
    parser_classes = [UploadParser]
    max_body = MAX_FILE_BYTES + _ENVELOPE

    def get(self, request: Request, entry_id: UUID) -> Response:
        """The documents of an entry, the oldest first."""
        _require(entry_id)
        return self.list(EntryAttachment.objects.filter(entry=entry_id), NoteFilters, attachment_body)

    @extend_schema(request=_FILE)
    def post(self, request: Request, entry_id: UUID) -> Response:
        """Attach a document to an entry, at most 20; it stays as it is uploaded, encrypted."""
        file = one_file(request)
        content = file.read(MAX_FILE_BYTES + 1)
        attachment = add_attachment(entry_id=entry_id, content=content, file_name=file.name or "")
        return Response(attachment_body(attachment), status=201)


class AttachmentView(ApiView):
    access = {"GET": "ledger.view"}
    produces = ("application/pdf", "image/jpeg", "image/png")

    @extend_schema(responses={(200, media_type): OpenApiTypes.BINARY for media_type in produces})
    def get(self, request: Request, entry_id: UUID, attachment_id: UUID) -> HttpResponse:
        """A document to download. 409 `stored_file_altered` when the stored file is not what was attached."""
        return attachment_response(entry_id, attachment_id)


def attachment_response(entry_id: UUID, attachment_id: UUID) -> HttpResponse:
    """The document as a download that no browser opens in place. Raises UnknownAttachment, StoredFileAltered."""
    attachment, content = read_attachment(entry_id=entry_id, attachment_id=attachment_id)
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=attachment.filename)
        or "attachment",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store, private",
    }
    return HttpResponse(content, content_type=attachment.media_type, headers=headers)


def comment_body(row: EntryComment) -> dict[str, Any]:
    return {
        "id": row.id,
        "entry_id": row.entry_id,
        "text": row.text,
        "created_by": row.created_by,
        "created_at": row.created_at,
    }


def attachment_body(row: EntryAttachment) -> dict[str, Any]:
    return {
        "id": row.id,
        "entry_id": row.entry_id,
        "file_name": row.filename,
        "media_type": row.media_type,
        "size": row.size,
        "sha256": row.sha256,
        "created_by": row.created_by,
        "created_at": row.created_at,
    }


def _require(entry_id: UUID) -> None:
    if not JournalEntry.objects.filter(pk=entry_id).exists():
        raise UnknownEntry
