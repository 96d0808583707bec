"""Screen the parties of a transaction: customers by their stored verdict, others by their name."""

from typing import Final
from uuid import UUID

from compliance.monitoring.scoring import BLOCK_AT, REVIEW_AT
from compliance.screening.exceptions import NotComparable
from compliance.screening.models import ScreeningRun
from compliance.screening.selectors import Verdict, verdicts_of
from compliance.screening.services.customers import screen_customers
from compliance.screening.services.engine import Versions
from compliance.screening.services.screening import screen_name
from compliance.screening.types import DateRange, EntityType, Query, Result
from compliance.types import Party, Reason, TransactionFacts

POTENTIAL_MATCH_SCORE: Final = 75


def screen_parties(facts: TransactionFacts, versions: Versions) -> list[Reason]:
    """What screening has against either party. Fails closed: without a list, or with a name that nothing can be
    compared with, the transaction goes to review."""
    if not versions.lists:
        explanation = "No sanctions list is loaded, so nobody can be screened."
        return [Reason("screening_unavailable", REVIEW_AT, explanation)]
    parties = {"originator": facts.originator, "beneficiary": facts.beneficiary}
    verdicts = _customer_verdicts([p.customer_id for p in parties.values() if p.customer_id], versions)
    found = [
        _reason(role, party, verdicts[party.customer_id] if party.customer_id else _name_verdict(party))
        for role, party in parties.items()
        if party.customer_id or party.name
    ]
    return [reason for reason in found if reason is not None]


def _customer_verdicts(customer_ids: list[UUID], versions: Versions) -> dict[UUID, Verdict]:
    """Stored verdicts; customers without a current one are screened now."""
    verdicts = verdicts_of(customer_ids, versions)
    waiting = [pk for pk, verdict in verdicts.items() if verdict.result is Result.NOT_SCREENED]
    if not waiting:
        return verdicts
    late = any(verdicts[pk].out_of_date for pk in waiting)
    trigger = ScreeningRun.Trigger.LIST_UPDATE if late else ScreeningRun.Trigger.ONBOARDING
    screen_customers(waiting, trigger=trigger)
    return verdicts | verdicts_of(waiting, versions)


def _name_verdict(party: Party) -> Verdict:
    known = {each.value for each in EntityType}
    query = Query(
        name=party.name,
        entity_type=EntityType(party.kind) if party.kind in known else EntityType.UNKNOWN,
        date_of_birth=DateRange.day(party.date_of_birth) if party.date_of_birth else None,
        country=party.country,
    )
    try:
        answer = screen_name(query)
    except NotComparable:
        return Verdict(Result.NOT_SCREENED)
    return Verdict(answer.result, answer.score, answer.id)


def _reason(role: str, party: Party, verdict: Verdict) -> Reason | None:
    """The finding about one party in words; the run leads to the hits."""
    if verdict.result is Result.CLEAR:
        return None
    code, score, explanation = {
        Result.MATCH: ("sanctions_match", BLOCK_AT, f"The {role}, {party.name}, matches a sanctions list entry."),
        Result.POTENTIAL_MATCH: (
            "sanctions_potential_match",
            POTENTIAL_MATCH_SCORE,
            f"The {role}, {party.name}, resembles a sanctions list entry.",
        ),
        Result.NOT_SCREENED: ("not_comparable", REVIEW_AT, f"The name of the {role} cannot be compared with any list."),
    }[verdict.result]
    details = {"party": role, "run_id": str(verdict.run_id) if verdict.run_id else None}
    if verdict.result is Result.NOT_SCREENED:
        return Reason(code, score, explanation, details=details)
    actual = f"name similarity {round(100 * verdict.score)} %"
    return Reason(code, score, explanation, actual=actual, details=details)
