"""What other rooms ask of compliance."""

from typing import Literal
from uuid import UUID

from compliance.kyc.models import KycVerification
from nexafi.core import clock
from nexafi.db.compiled import Compiled

KycStatus = Literal["approved", "pending", "rejected", "none"]

_identity_checks = Compiled(  # newest first
    lambda customer_id: (
        KycVerification.objects.filter(customer_id=customer_id, verification_type=KycVerification.Type.IDENTITY)
        .order_by("-created_at")
        .values_list("status", "expires_at")[:20]
    )
)


def kyc_status(customer_id: UUID) -> KycStatus:
    """Where a customer's identity verification stands. An approval counts until it expires, even while a newer
    verification is open or was rejected."""
    rows = _identity_checks(customer_id)
    if any(status == KycVerification.Status.APPROVED and expires_at > clock.now() for status, expires_at in rows):
        return "approved"
    if any(status in KycVerification.OPEN for status, _ in rows):
        return "pending"
    return "rejected" if rows and rows[0][0] == KycVerification.Status.REJECTED else "none"
