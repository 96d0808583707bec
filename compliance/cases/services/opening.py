"""Open alerts. Called inside the transaction of what they are about."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from audit.services.record import record
from compliance.cases.constants import SLA
from compliance.cases.models import Alert, AlertEvent
from compliance.monitoring.models import Assessment
from nexafi.core import clock

TITLES = {
    "large_amount": "Large amount",
    "velocity_count": "Many transactions",
    "velocity_sum": "Much money in a short time",
    "structuring": "Amounts just below the limit",
    "high_risk_country": "High-risk country",
    "new_account_large": "Large amount by a new customer",
    "sanctions_match": "Sanctions match",
    "sanctions_potential_match": "Possible sanctions match",
    "not_comparable": "Name cannot be screened",
    "screening_unavailable": "Not screened",
    "currency_not_rated": "Currency without a rate",
}


def screening_key(customer_id: UUID | str) -> str:
    """One open alert per customer for all of the customer's screening hits."""
    return f"screening:{customer_id}"


def severity_of(score: int) -> str:
    """critical at 100, high from 75, medium from 50, else low."""
    bands = ((100, Alert.Severity.CRITICAL), (75, Alert.Severity.HIGH), (50, Alert.Severity.MEDIUM))
    return next((severity for least, severity in bands if score >= least), Alert.Severity.LOW)


def open_for_assessment(assessment: Assessment, *, holds_transaction: bool) -> Alert:
    """The alert of an assessment that was not approved. A held payment has its own; a check joins the subject's open
    alert with the same reasons."""
    subject = assessment.beneficiary if assessment.transaction_kind == "deposit" else assessment.originator
    subject = subject or assessment.originator or assessment.beneficiary
    codes = [reason["code"] for reason in assessment.reasons]
    is_check = assessment.transaction_kind == "check"
    about = subject.pk if subject else assessment.transaction_id
    return open_alert(
        source=Alert.Source.CHECK if is_check else Alert.Source.TRANSACTION,
        severity=severity_of(assessment.score),
        title=", ".join(TITLES.get(code, code) for code in codes[:2]),
        dedupe_key=f"check:{'+'.join(sorted(codes))}:{about}" if is_check else f"assessment:{assessment.pk}",
        subject=subject,
        subject_name=assessment.facts["originator"]["name"],
        assessment=assessment,
        transaction_id=assessment.transaction_id,
        transaction_kind=assessment.transaction_kind,
        holds_transaction=holds_transaction,
        amount_minor=assessment.amount_minor,
        currency=assessment.currency,
        score=assessment.score,
        codes=codes,
    )


def open_alert(*, dedupe_key: str, severity: str, details: Mapping[str, Any] | None = None, **fields: Any) -> Alert:
    """Open an alert, or note on the open one with this key that its cause came up again."""
    now = clock.now()
    alert = Alert(
        dedupe_key=dedupe_key,
        severity=severity,
        due_at=now + SLA[severity],
        created_at=now,
        details=dict(details or {}),
        **fields,
    )
    opened = _insert_or_find(alert)
    if opened is not alert:
        data = {"assessment_id": str(alert.assessment_id or ""), "transaction_id": str(alert.transaction_id or "")}
        AlertEvent.objects.create(alert=opened, kind=AlertEvent.Kind.REPEATED, text=alert.title, data=data)
        return opened
    AlertEvent.objects.create(alert=alert, kind=AlertEvent.Kind.OPENED, text=alert.title)
    data = {"source": alert.source, "severity": severity, "codes": alert.codes}
    record("compliance.alert_opened", target_type="alert", target_id=alert.pk, data=data)
    return alert


def _insert_or_find(alert: Alert) -> Alert:
    """The alert itself, or the open one with its key; when that one is decided between the two looks, the alert."""
    if not _inserted(alert):
        found = Alert.objects.active().select_for_update().filter(dedupe_key=alert.dedupe_key).first()
        if found is not None:
            return found
        alert.save(force_insert=True)
    return alert


def _inserted(alert: Alert) -> bool:
    try:
        with transaction.atomic():
            alert.save(force_insert=True)
    except IntegrityError:
        return False
    return True
