"""What KYC calls take and answer."""

from typing import Any

from compliance.kyc.models import KycDocument, KycVerification
from nexafi.api.serializers import CharField, ChoiceField, CountryField, ListFilters, StrictSerializer, UUIDField


class NewVerification(StrictSerializer):
    """Whom to verify (by default the caller) and by which document."""

    user_id = UUIDField(required=False)
    customer_id = UUIDField(required=False, help_text="An organization that the caller may act for.")
    verification_type = ChoiceField(choices=KycVerification.Type.values)
    document_type = CharField(max_length=40)
    document_number = CharField(max_length=64, min_length=3)
    document_country = CountryField(required=False)


class VerificationDecision(StrictSerializer):
    decision = ChoiceField(choices=("approve", "reject"))
    notes = CharField(max_length=4000, multiline=True)


class DocumentForm(StrictSerializer):
    """The text fields beside the file of an upload."""

    document_type = CharField(max_length=40, required=False)


class KycFilters(ListFilters):
    status = ChoiceField(choices=KycVerification.Status.values)
    verification_type = ChoiceField(choices=KycVerification.Type.values)
    customer_id = UUIDField()


def verification_body(verification: KycVerification) -> dict[str, Any]:
    """A verification without what it proves: the document number is masked."""
    return {
        "id": str(verification.pk),
        "customer_id": str(verification.customer_id),
        "status": verification.status,
        "verification_type": verification.verification_type,
        "document_type": verification.document_type,
        "document_number": verification.masked_number,
        "document_country": verification.document_country or None,
        "created_at": verification.created_at.isoformat(),
        "expires_at": verification.expires_at.isoformat(),
        "decided_at": verification.decided_at.isoformat() if verification.decided_at else None,
    }


def document_body(document: KycDocument) -> dict[str, Any]:
    return {
        "id": str(document.pk),
        "file_name": document.file_name,
        "document_type": document.document_type or None,
        "media_type": document.media_type,
        "size": document.size,
        "sha256": document.sha256,
        "created_at": document.created_at.isoformat(),
    }
