"""Judge a transaction before it posts."""

from typing import Any
from uuid import UUID

from django.db import transaction

from compliance.cases.services.opening import open_for_assessment
from compliance.monitoring import activity, rules, scoring
from compliance.monitoring.activity import Flow
from compliance.monitoring.models import Activity, Assessment
from compliance.monitoring.reference import country_marks, in_base
from compliance.monitoring.rulebook import live_rules
from compliance.screening.services.engine import current_versions
from compliance.services.parties import screen_parties
from compliance.types import Decision, Outcome, Party, Reason, TransactionFacts
from nexafi.core.money import Money
from nexafi.db import bulk

Parameters = dict[str, dict[str, Any]]  # by rule code


def assess(facts: TransactionFacts, *, counted: bool = False) -> Decision:
    """Screen both parties, apply the AML rules and decide; in the caller's transaction, without a scan of history.

    The transaction is counted in its customers' aggregates (unless an earlier assessment `counted` it) and the
    assessment is stored whatever the outcome; both vanish when the caller rolls back. Unless approved, an alert is
    opened: under review it holds the transaction, and its decision is announced as `compliance.case_resolved`.

    Statements when approved and both parties are screened customers: 5. The list versions, the stored verdicts, the
    upsert and the read of the aggregates, the insert; and one more for the rules when the process has not read them
    for 5 seconds. A party who is not screened yet is screened here.
    """
    assert transaction.get_connection().in_atomic_block, "assess() belongs inside the transaction it judges"
    versions = current_versions()
    screened = screen_parties(facts, versions)  # before the aggregates are locked: it may take a while
    base, live = in_base(facts.amount), live_rules()
    parameters = {code: rule.parameters for code, rule in live.items()}
    if not counted:
        _count(facts, base, parameters)
    measured = rules.evaluate(_evidence(facts, base, parameters), parameters)
    reasons = [*screened, *_unrated(facts, base), *(reason for reason in measured if reason.score)]
    reasons.sort(key=lambda reason: -reason.score)
    quiet = [reason for reason in measured if not reason.score]
    rule_versions = {code: rule.version for code, rule in live.items()}
    assessment = _store(facts, base, reasons, quiet=quiet, rule_versions=rule_versions, list_versions=versions.lists)
    return _decision(assessment, reasons)


def acting_flow(facts: TransactionFacts) -> Flow | None:
    """The side of the customer who moves the money: who deposits, else who sends."""
    if facts.kind == "deposit":
        return _flow(facts.beneficiary, Activity.Direction.IN)
    return _flow(facts.originator, Activity.Direction.OUT)


def receiving_flow(facts: TransactionFacts) -> Flow | None:
    """The side of the customer whom somebody else's money reaches."""
    return None if facts.kind in {"deposit", "withdrawal"} else _flow(facts.beneficiary, Activity.Direction.IN)


def _flow(party: Party, direction: str) -> Flow | None:
    return Flow(party.customer_id, direction) if party.customer_id else None


def _flows(facts: TransactionFacts) -> list[Flow]:
    return [flow for flow in (acting_flow(facts), receiving_flow(facts)) if flow is not None]


def _count(facts: TransactionFacts, base: Money | None, parameters: Parameters) -> None:
    band = base is not None and "structuring" in parameters and rules.in_band(base, parameters["structuring"])
    activity.add(_flows(facts), at=facts.occurred_at, base_minor=base.minor if base else 0, in_band=band)


def _evidence(facts: TransactionFacts, base: Money | None, parameters: Parameters) -> rules.Evidence:
    acting, receiving = acting_flow(facts), receiving_flow(facts)
    hours = {p["hours"] for p in parameters.values() if "hours" in p}
    windows = activity.windows(_flows(facts), at=facts.occurred_at, hours=hours)
    return rules.Evidence(
        facts=facts,
        base=base,
        marks=country_marks(),
        acting=windows.get(acting, {}) if acting else {},
        receiving=windows.get(receiving, {}) if receiving else {},
    )


def _unrated(facts: TransactionFacts, base: Money | None) -> list[Reason]:
    if base is not None:
        return []
    explanation = f"{facts.amount.currency} has no reference rate, so its amount cannot be judged."
    return [Reason("currency_not_rated", scoring.REVIEW_AT, explanation, actual=facts.amount.currency)]


def _store(
    facts: TransactionFacts,
    base: Money | None,
    reasons: list[Reason],
    quiet: list[Reason],
    **versions: Any,
) -> Assessment:
    score = scoring.combine(reasons)
    assessment = Assessment(
        transaction_id=facts.transaction_id,
        transaction_kind=facts.kind,
        facts=snapshot(facts),
        originator_id=facts.originator.customer_id,
        beneficiary_id=facts.beneficiary.customer_id,
        amount_minor=facts.amount.minor,
        currency=facts.amount.currency,
        base_minor=base.minor if base else None,
        outcome=scoring.outcome_of(score),
        score=score,
        level=scoring.level_of(score),
        reasons=[reason_as_json(reason) for reason in reasons],
        quiet=[reason_as_json(reason) for reason in quiet],
        **versions,
    )
    bulk.insert([assessment])
    return assessment


def _decision(assessment: Assessment, reasons: list[Reason]) -> Decision:
    outcome, alert_id = Outcome(assessment.outcome), None
    if outcome is not Outcome.APPROVE:
        held = outcome is Outcome.REVIEW and assessment.transaction_kind != "check"
        alert_id = open_for_assessment(assessment, holds_transaction=held).pk
    return Decision(
        outcome=outcome,
        score=assessment.score,
        level=scoring.level_of(assessment.score),
        reasons=tuple(reasons),
        assessment_id=assessment.pk,
        alert_id=alert_id,
    )


def snapshot(facts: TransactionFacts) -> dict[str, Any]:
    """The facts as kept with the assessment. Birth dates stay out: they are encrypted where they belong."""
    return {
        "kind": facts.kind,
        "amount": facts.amount.amount,
        "currency": facts.amount.currency,
        "originator": _party(facts.originator),
        "beneficiary": _party(facts.beneficiary),
        "occurred_at": facts.occurred_at.isoformat(),
        "channel": facts.channel,
        "description": facts.description,
    }


def _party(party: Party) -> dict[str, Any]:
    def text(value: UUID | None) -> str | None:
        return str(value) if value else None

    return {
        "name": party.name,
        "kind": party.kind,
        "customer_id": text(party.customer_id),
        "country": party.country,
        "since": party.since.isoformat() if party.since else None,
    }


def reason_as_json(reason: Reason) -> dict[str, Any]:
    """A reason as stored and shown."""
    return {
        "code": reason.code,
        "score": reason.score,
        "explanation": reason.explanation,
        "actual": reason.actual,
        "threshold": reason.threshold,
        "details": reason.details or {},
    }
