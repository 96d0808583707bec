"""The files that belong to entries, against their rows."""

from collections.abc import Callable, Iterator

from ledger.integrity.report import Fault
from ledger.models import EntryAttachment
from ledger.services.notes import STORE
from nexafi.core.files import StoredFileAltered


def check_attachments(progress: Callable[[str, int], None]) -> Iterator[Fault]:
    """Every attachment's file must be there and have the digest that its row says; reads all of them. The rows
    themselves are for `check_notes`."""
    for attachment in EntryAttachment.objects.order_by("id").iterator(500):
        try:
            STORE.load(attachment.id, sha256=attachment.sha256)
        except StoredFileAltered:
            yield Fault.at("attachment_altered", attachment)
        progress("attachments", 1)
