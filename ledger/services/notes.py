"""What people add to an entry after it was written: comments and attachments. Neither is ever changed or removed."""

from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from audit.services.record import record
from ledger.digest import note_facts
from ledger.exceptions import AttachmentExists, TooManyAttachments, UnknownAttachment, UnknownEntry
from ledger.models import EntryAttachment, EntryComment, JournalEntry
from nexafi.core import files
from nexafi.core.context import current_actor
from nexafi.core.ids import uuid7

MAX_ATTACHMENTS: Final = 20  # of one entry
STORE: Final = files.FileStore("entries", "ledger_entryattachment")


def add_comment(*, entry_id: UUID, text: str) -> EntryComment:
    """Add a remark to an entry. Raises UnknownEntry."""
    with transaction.atomic():
        _require(entry_id)
        comment = EntryComment.objects.create(entry_id=entry_id, text=text, created_by=current_actor().id)
        data = {"comment_id": str(comment.id), **note_facts(comment)}
        record("ledger.entry_commented", target_type="ledger.journal_entry", target_id=entry_id, data=data)
    return comment


def add_attachment(*, entry_id: UUID, content: bytes, file_name: str) -> EntryAttachment:
    """Keep a PDF, JPEG or PNG of at most 10 MB with an entry, encrypted.

    Raises UnknownEntry, DocumentTooLarge, DocumentRefused, AttachmentExists (the same content again) and
    TooManyAttachments over 20.
    """
    attachment = EntryAttachment(
        id=uuid7(),
        entry_id=entry_id,
        sha256=files.digest_of(content),
        filename=files.display_name(file_name),
        media_type=files.media_type_of(content),
        size=len(content),
        created_by=current_actor().id,
    )
    STORE.save(attachment.id, content)
    try:
        _attach(attachment)
    except BaseException:
        STORE.discard(attachment.id)
        raise
    return attachment


def _attach(attachment: EntryAttachment) -> None:
    try:
        with transaction.atomic():
            _require(attachment.entry_id)
            if EntryAttachment.objects.filter(entry=attachment.entry_id).count() >= MAX_ATTACHMENTS:
                raise TooManyAttachments
            attachment.save(force_insert=True)
            record(
                "ledger.entry_attached",
                target_type="ledger.journal_entry",
                target_id=attachment.entry_id,
                data={"attachment_id": str(attachment.id), **note_facts(attachment)},
            )
    except IntegrityError as error:
        raise AttachmentExists from error


def _require(entry_id: UUID) -> None:
    if not JournalEntry.objects.filter(pk=entry_id).exists():
        raise UnknownEntry


def read_attachment(*, entry_id: UUID, attachment_id: UUID) -> tuple[EntryAttachment, bytes]:
    """An attachment and its content. Raises UnknownAttachment, and StoredFileAltered when the stored file is gone or
    is not what was attached."""
    attachment = EntryAttachment.objects.filter(pk=attachment_id, entry=entry_id).first()
    if attachment is None:
        raise UnknownAttachment
    return attachment, STORE.load(attachment.id, sha256=attachment.sha256)
