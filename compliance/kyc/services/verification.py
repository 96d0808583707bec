"""Start, support and complete a verification."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import Customer, Membership, User
from audit.services.record import record
from compliance.cases.models import Alert
from compliance.cases.services.decisions import acting_user
from compliance.cases.services.opening import open_alert
from compliance.exceptions import KycConflict, OwnCase
from compliance.kyc.constants import DOCUMENTS_WITHIN, VALIDITY
from compliance.kyc.models import NUMBER_INDEX, KycVerification
from nexafi.core import clock
from nexafi.core.errors import NotFound
from nexafi.outbox.services.publish import publish

Status = KycVerification.Status
Resolution = Literal["approve", "reject"]


def start_verification(
    *,
    customer: Customer,
    requested_by: User,
    verification_type: str,
    document_type: str,
    document_number: str,
    document_country: str = "",
) -> KycVerification:
    """Ask to be verified; documents are awaited for 30 days. An open verification of the same type is superseded.

    A document number that another customer gave before is no refusal, which would tell the caller about others: it
    opens an alert.
    """
    with transaction.atomic():
        Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)  # one open verification of a type at a time
        _supersede(customer, verification_type)
        verification = KycVerification.objects.create(
            customer=customer,
            requested_by=requested_by,
            verification_type=verification_type,
            document_type=document_type,
            document_number=document_number,
            document_number_index=settings.FIELD_KEYS.blind_index(document_number, purpose=NUMBER_INDEX),
            document_country=document_country,
            expires_at=clock.now() + DOCUMENTS_WITHIN,
        )
        _record("requested", verification)
        _flag_shared_number(verification)
    return verification


def _supersede(customer: Customer, verification_type: str) -> None:
    older = KycVerification.objects.filter(
        customer=customer, verification_type=verification_type, status__in=KycVerification.OPEN
    )
    older.update(status=Status.EXPIRED, notes="Superseded by a newer request.", decided_at=clock.now())


def _flag_shared_number(verification: KycVerification) -> None:
    same = KycVerification.objects.filter(document_number_index=verification.document_number_index)
    others = sorted(
        {str(pk) for pk in same.exclude(customer=verification.customer).values_list("customer_id", flat=True)[:20]}
    )
    if others:
        open_alert(
            dedupe_key=f"kyc:shared_number:{verification.customer_id}",
            severity=Alert.Severity.HIGH,
            source=Alert.Source.KYC,
            title="Document number used by another customer",
            subject=verification.customer,
            subject_name=verification.customer.name,
            codes=["shared_document_number"],
            details={"verification_id": str(verification.pk), "other_customer_ids": others},
        )


def complete_verification(*, verification_id: UUID, decision: Resolution, notes: str) -> KycVerification:
    """Approve or reject a verification; the author is the current actor. Of two at once, one wins.

    Raises NotFound; OwnCase for a member of the customer; KycConflict when it is decided or, to approve, when no
    document was received.
    """
    user = acting_user("compliance.complete_kyc")
    status = Status.APPROVED if decision == "approve" else Status.REJECTED
    allowed = [Status.DOCUMENTS_RECEIVED] if decision == "approve" else list(KycVerification.OPEN)
    now = clock.now()
    with transaction.atomic():
        found = KycVerification.objects.select_related("customer").filter(pk=verification_id).first()
        if found is None:
            raise NotFound("There is no such verification.")
        if Membership.objects.filter(user=user, customer_id=found.customer_id).exists():
            raise OwnCase("You belong to this customer.")
        changes = {"status": status, "decided_at": now, "decided_by": user, "notes": notes}
        if decision == "approve":
            changes["expires_at"] = now + VALIDITY[found.verification_type]
        _transition(found, allowed, changes)
        _record(status, found, reason=notes)
        publish(f"compliance.kyc_{status}", _payload(found))
    return found


def _transition(verification: KycVerification, allowed: Sequence[str], changes: Mapping[str, object]) -> None:
    """The conditional transition: only from an allowed state, and only by the first who asks."""
    if not KycVerification.objects.filter(pk=verification.pk, status__in=allowed).update(**changes):
        verification.refresh_from_db(fields=["status"])
        state = verification.get_status_display().lower()
        raise KycConflict(f"The verification cannot do that now: {state}.")
    for name, value in changes.items():
        setattr(verification, name, value)


def reveal_number(verification_id: UUID) -> str:
    """The whole document number for compliance staff; the look is in the audit log. Raises NotFound, Forbidden."""
    acting_user("compliance.view_documents")
    with transaction.atomic():
        found = KycVerification.objects.filter(pk=verification_id).first()
        if found is None:
            raise NotFound("There is no such verification.")
        _record("number_viewed", found)
    return str(found.document_number)


def expire_due(now: datetime) -> int:
    """Expire requests whose documents never came and approvals past their validity; returns how many."""
    due = KycVerification.objects.filter(status__in=[Status.REQUESTED, Status.APPROVED], expires_at__lte=now)
    count = 0
    for pk in list(due.order_by("expires_at").values_list("pk", flat=True)[:1000]):
        with transaction.atomic():
            changed = due.filter(pk=pk).update(status=Status.EXPIRED)
            if changed:
                expired = KycVerification.objects.get(pk=pk)
                _record("expired", expired)
                publish("compliance.kyc_expired", _payload(expired))
            count += changed
    return count


def _record(act: str, verification: KycVerification, reason: str = "") -> None:
    data = {"customer_id": str(verification.customer_id), "verification_type": verification.verification_type}
    record(f"compliance.kyc_{act}", target_type="kyc_verification", target_id=verification.pk, data=data, reason=reason)


def _payload(verification: KycVerification) -> dict[str, str]:
    return {
        "verification_id": str(verification.pk),
        "customer_id": str(verification.customer_id),
        "verification_type": verification.verification_type,
    }
