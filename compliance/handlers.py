"""What approvals and events make compliance do."""

from typing import Any
from uuid import UUID

from accounts.models import Customer
from compliance.cases.models import Alert
from compliance.cases.services.decisions import close_for_transaction, close_screening_alert
from compliance.cases.services.opening import open_alert, screening_key
from compliance.monitoring.rulebook import PUBLISH_RULE, publish_rule
from compliance.screening.models import ScreeningHit
from nexafi.approvals.registry import approval_kind
from nexafi.outbox.registry import Event, subscribe


@approval_kind(
    PUBLISH_RULE,
    permission_request="compliance.manage_rules",
    permission_decide="compliance.manage_rules",
    permission_view="compliance.view",
)
def publish_approved_rule(payload: dict[str, Any]) -> None:
    """Put the parameters that a second person approved in force."""
    publish_rule(
        code=payload["code"],
        parameters=payload["parameters"],
        note=payload["reason"],
        replaces=payload["replaces_version"],
    )


@subscribe(
    "payments.payment_cancelled", "payments.payment_failed", "payments.deposit_failed", "payments.withdrawal_failed"
)
def close_alerts_of_what_no_longer_waits(event: Event) -> None:
    """A held movement that was cancelled, or failed or expired meanwhile, needs no decision any more."""
    moved_id = event.payload.get("payment_id") or event.payload["transfer_id"]
    close_for_transaction(UUID(moved_id), note="The transaction no longer waits: it was cancelled, failed or expired.")


@subscribe("compliance.screening_hit_opened")
def open_alert_about_hit(event: Event) -> None:
    """Somebody must look at a customer who resembles a list entry; further hits join the customer's open alert."""
    hit = ScreeningHit.objects.select_related("run").get(pk=event.payload["hit_id"])
    customer = Customer.objects.get(pk=event.payload["customer_id"])
    sure = hit.run.result == "match"
    open_alert(
        dedupe_key=screening_key(customer.pk),
        severity=Alert.Severity.CRITICAL if sure else Alert.Severity.HIGH,
        source=Alert.Source.SCREENING,
        title="Sanctions match" if sure else "Possible sanctions match",
        subject=customer,
        subject_name=customer.name,
        score=100 if sure else 75,
        codes=["sanctions_match" if sure else "sanctions_potential_match"],
        details={"hit_id": str(hit.pk), "run_id": str(hit.run_id)},
    )


@subscribe("compliance.screening_hit_resolved")
def close_alert_when_all_hits_are_resolved(event: Event) -> None:
    """Deciding the last hit of a customer is deciding the alert about them."""
    customer_id = event.payload["customer_id"]
    if customer_id and not ScreeningHit.objects.open().filter(customer_id=customer_id).exists():
        close_screening_alert(UUID(customer_id), note="Every screening hit of this customer is resolved.")
