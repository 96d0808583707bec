"""The files that belong to entries, against their rows."""

from collections.abc import Callable, Iterator

from ledger.integrity.report import Fault, Report
from ledger.models import EntryAttachment
from ledger.services.notes import STORE
from nexafi.core.files import StoredFileAltered


def check_attachments(report: Report, progress: Callable[[str, int], None]) -> Iterator[Fault]:
    """Every attachment's file must be there and have the digest that its row says; reads all of them."""
    for attachment in EntryAttachment.objects.order_by("id").iterator(500):
        report.checked["ledger_entryattachment"] += 1
        try:
            STORE.load(attachment.id, sha256=attachment.sha256)
        except StoredFileAltered:
            yield Fault.at("attachment_altered", attachment)
        progress("attachments", 1)
