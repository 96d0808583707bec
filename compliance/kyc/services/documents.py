"""Receive and show documents."""

from uuid import UUID

from django.db import transaction

from accounts.models import User
from audit.services.record import record
from compliance.cases.services.decisions import acting_user
from compliance.exceptions import KycConflict
from compliance.kyc.constants import MAX_DOCUMENTS
from compliance.kyc.models import KycDocument, KycVerification
from nexafi.core import files
from nexafi.core.errors import NotFound
from nexafi.core.ids import uuid7

_STORE = files.FileStore("kyc", "compliance_kycdocument")


def add_document(
    *, verification_id: UUID, uploaded_by: User, content: bytes, file_name: str, document_type: str = ""
) -> KycDocument:
    """Keep an uploaded document; a request that awaited documents becomes ready for review.

    Raises DocumentTooLarge, DocumentRefused, and KycConflict when the verification is decided or holds 10 documents.
    """
    document = KycDocument(
        id=uuid7(),
        verification_id=verification_id,
        file_name=files.display_name(file_name),
        document_type=document_type,
        media_type=files.media_type_of(content),
        size=len(content),
        sha256=files.digest_of(content),
        uploaded_by=uploaded_by,
    )
    _STORE.save(document.pk, content)
    try:
        _attach(document)
    except BaseException:
        _STORE.discard(document.pk)
        raise
    return document


def _attach(document: KycDocument) -> None:
    with transaction.atomic():
        open_ones = KycVerification.objects.filter(pk=document.verification_id, status__in=KycVerification.OPEN)
        if not open_ones.update(status=KycVerification.Status.DOCUMENTS_RECEIVED):
            raise KycConflict("The verification is decided and takes no more documents.")
        if KycDocument.objects.filter(verification_id=document.verification_id).count() >= MAX_DOCUMENTS:
            raise KycConflict(f"A verification holds at most {MAX_DOCUMENTS} documents.")
        document.save(force_insert=True)
        data = {"document_id": str(document.pk), "sha256": document.sha256, "media_type": document.media_type}
        record(
            "compliance.kyc_document_received",
            target_type="kyc_verification",
            target_id=document.verification_id,
            data=data,
        )


def read_document(document_id: UUID) -> tuple[KycDocument, bytes]:
    """A document and its plain content, for compliance staff; every look is in the audit log. Raises NotFound,
    Forbidden, and StoredFileAltered when the file is gone or not what was uploaded."""
    acting_user("compliance.view_documents")
    with transaction.atomic():
        document = KycDocument.objects.filter(pk=document_id).first()
        if document is None:
            raise NotFound("There is no such document.")
        record(
            "compliance.kyc_document_viewed",
            target_type="kyc_verification",
            target_id=document.verification_id,
            data={"document_id": str(document.pk)},
        )
    return document, _STORE.load(document.pk, sha256=document.sha256)
