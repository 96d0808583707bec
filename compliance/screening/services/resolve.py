"""A person decides a hit."""

from uuid import UUID

from django.db import transaction

from accounts.models import Customer, Membership
from audit.services.record import record
from compliance.exceptions import OwnCase, ReasonRequired
from compliance.screening.exceptions import DecisionWaiting, HitNotFound, HitOutdated, HitResolved
from compliance.screening.matching.config import CONFIG
from compliance.screening.models import FalsePositive, ScreeningHit, ScreeningVerdict
from compliance.screening.services.customers import customer_query, subject_hash
from compliance.screening.types import Result
from nexafi.approvals.models import Approval, Person
from nexafi.approvals.services import request_approval
from nexafi.core import clock
from nexafi.core.context import current_actor
from nexafi.outbox.services.publish import publish

Status = ScreeningHit.Status
DECISIONS = (Status.TRUE_MATCH, Status.FALSE_POSITIVE)
ALLOW_PAIR = "compliance.allow_pair"  # the kind of approval


@transaction.atomic
def decide_hit(hit_id: UUID, *, decision: str, reason: str, maker: Person) -> Approval | None:
    """Take one person's decision on an open hit.

    It holds at once, but for a false positive of a customer, which would silence the pair from now on: the hit stays
    open until a second person approves the request that is returned.
    Raises HitNotFound, HitResolved, ReasonRequired, OwnCase, DecisionWaiting.
    """
    hit = _lock_open(hit_id)
    if hit.customer and decision == Status.FALSE_POSITIVE:
        return _request_silence(hit, hit.customer, maker, reason)
    _resolve(hit, Status(decision), reason)
    return None


@transaction.atomic
def resolve_hit(hit_id: UUID, *, decision: str, reason: str) -> ScreeningHit:
    """Decide an open hit as "true_match" or "false_positive" and renew the customer's verdict.

    A false positive silences this pair until the entry or the customer changes.
    Raises HitNotFound, HitResolved, ReasonRequired, OwnCase.
    """
    return _resolve(_lock_open(hit_id), Status(decision), reason)


@transaction.atomic
def silence_pair(hit_id: UUID, *, subject: str, reason: str) -> ScreeningHit:
    """Carry out an approved false positive, of the customer as `subject` (a subject_hash) says that they were.

    Raises HitOutdated when they changed since, and what `resolve_hit` raises.
    """
    hit = _lock_open(hit_id)
    assert hit.customer, "only a customer's pair is silenced"
    if subject_hash(customer_query(hit.customer)) != subject:
        raise HitOutdated
    return _resolve(hit, Status.FALSE_POSITIVE, reason)


def _request_silence(hit: ScreeningHit, customer: Customer, maker: Person, reason: str) -> Approval:
    if Approval.objects.waiting_about(ALLOW_PAIR, hit.pk):
        raise DecisionWaiting
    subject = subject_hash(customer_query(customer))
    return request_approval(
        kind=ALLOW_PAIR,
        payload={"hit_id": str(hit.pk), "decision": Status.FALSE_POSITIVE.value, "subject": subject, "reason": reason},
        maker=maker,
        reason=reason,
        target_type="screening_hit",
        target_id=hit.pk,
    )


def _lock_open(hit_id: UUID) -> ScreeningHit:
    """The hit, locked until the transaction ends. Raises HitNotFound, HitResolved, OwnCase."""
    hit = ScreeningHit.objects.select_for_update().filter(pk=hit_id).first()
    if hit is None:
        raise HitNotFound
    if hit.status != Status.OPEN:
        raise HitResolved
    if hit.customer:
        _refuse_own(hit.customer)
    return hit


def _resolve(hit: ScreeningHit, decision: Status, reason: str) -> ScreeningHit:
    if not reason.strip():
        raise ReasonRequired(pointer="/reason")
    _decide(hit, decision, reason.strip())
    if hit.customer:
        _apply(hit, hit.customer)
    return hit


def _refuse_own(customer: Customer) -> None:
    actor = current_actor()
    if actor.kind == "user" and Membership.objects.filter(customer=customer, user_id=actor.id).exists():
        raise OwnCase


def _decide(hit: ScreeningHit, decision: Status, reason: str) -> None:
    actor = current_actor()
    hit.status, hit.reason = decision, reason
    hit.resolved_at, hit.resolved_by = clock.now(), f"{actor.kind}:{actor.id}".rstrip(":")
    hit.save(update_fields=["status", "reason", "resolved_at", "resolved_by"])
    facts = {"decision": decision.value, "customer_id": str(hit.customer_id or ""), "entry_hash": hit.entry_hash}
    record(
        "compliance.screening_hit_resolved", target_type="screening_hit", target_id=hit.pk, data=facts, reason=reason
    )
    publish("compliance.screening_hit_resolved", {"hit_id": str(hit.pk), **facts})


def _apply(hit: ScreeningHit, customer: Customer) -> None:
    if hit.status == Status.FALSE_POSITIVE:
        FalsePositive.objects.get_or_create(
            customer=customer,
            entry_id=hit.entry_id,
            entry_hash=hit.entry_hash,
            subject_hash=subject_hash(customer_query(customer)),
            defaults={"hit": hit},
        )
    _renew_verdict(customer)


def _renew_verdict(customer: Customer) -> None:
    """From the hits that stand, without a new search: a true match decides, else the open ones."""
    hits = ScreeningHit.objects.filter(customer=customer, status__in=[Status.OPEN, Status.TRUE_MATCH])
    standing = list(hits.filter(entry__removed_in=None).values_list("status", "score", "explanation"))
    confirmed = any(status == Status.TRUE_MATCH for status, _, _ in standing)
    sure = any(score >= CONFIG.match_threshold and why["corroborated"] for _, score, why in standing)
    result = Result.CLEAR if not standing else Result.MATCH if confirmed or sure else Result.POTENTIAL_MATCH
    ScreeningVerdict.objects.filter(customer=customer).exclude(result=Result.NOT_SCREENED).update(
        result=result, score=max((score for _, score, _ in standing), default=0.0)
    )
