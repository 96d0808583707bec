"""What the alert page shows, made ready for its template: plain values, no queries in templates."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.models import Customer, Membership, User
from compliance import selectors
from compliance.cases.models import Alert
from compliance.cases.services.decisions import customers_of
from compliance.cases.services.opening import TITLES
from compliance.monitoring.reference import CountryMark, country_marks
from compliance.screening.models import ScreeningHit
from compliance.screening.selectors import Verdict, verdicts_of
from nexafi.console.transactions import state_of
from nexafi.core import clock

SEVERITY_TONES = {"low": "neutral", "medium": "warning", "high": "bad", "critical": "bad"}
STATUS_TONES = {"open": "warning", "assigned": "neutral", "released": "good", "rejected": "bad", "closed": "neutral"}
KYC_TONES = {"approved": "good", "pending": "warning", "rejected": "bad", "none": "warning"}
VERDICT_TONES = {"clear": "good", "potential_match": "warning", "match": "bad", "not_screened": "warning"}


@dataclass(frozen=True)
class Clock:
    """How an alert stands against its agreed time: in words, with a tone and an icon."""

    text: str
    tone: str
    icon: str


@dataclass(frozen=True)
class Measure:
    """A rule with its actual value against its threshold; `filled` and `mark` are percent of the bar's length."""

    title: str
    explanation: str
    score: int
    actual: str
    threshold: str
    filled: int | None = None
    mark: int | None = None
    version: int | None = None


@dataclass(frozen=True)
class PartyCard:
    """One side of the transaction as an officer sees it."""

    role: str
    name: str
    kind: str
    country: str
    mark: CountryMark | None
    customer: Customer | None = None
    kyc: str = ""
    kyc_tone: str = ""
    verdict: Verdict | None = None
    verdict_tone: str = ""


def sla_clock(alert: Alert, now: datetime) -> Clock:
    """On time, due within a quarter of the agreed time, late, or decided."""
    if alert.decided_at is not None:
        late = alert.decided_at > alert.due_at
        return Clock("Decided late" if late else "Decided in time", "warning" if late else "neutral", "task_alt")
    left = alert.due_at - now
    if left < timedelta():
        return Clock(f"{span(-left)} late", "bad", "alarm")
    if left < (alert.due_at - alert.created_at) / 4:
        return Clock(f"{span(left)} left", "warning", "hourglass_bottom")
    return Clock(f"{span(left)} left", "neutral", "schedule")


def span(length: timedelta) -> str:
    """A time span in its largest units: "3 d 4 h", "5 h", "12 min"."""
    minutes = int(length.total_seconds() // 60)
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days} d {hours} h" if hours and days < 10 else f"{days} d"
    return f"{hours} h" if hours else f"{minutes} min"


def measures(reasons: list[dict[str, Any]], versions: dict[str, int]) -> list[Measure]:
    """Stored reasons for display, each with its bar where actual and threshold are numbers."""
    return [_measure(reason, versions.get(reason["code"])) for reason in reasons]


def _measure(reason: dict[str, Any], version: int | None) -> Measure:
    numbers = [reason["details"].get(name) for name in ("actual", "threshold")]
    filled = mark = None
    if all(isinstance(number, int) for number in numbers) and max(numbers):
        longest = max(*numbers, numbers[1] * 4 // 3)
        filled, mark = (100 * number // longest for number in numbers)
    return Measure(
        title=TITLES.get(reason["code"], reason["code"].replace("_", " ")),
        explanation=reason["explanation"],
        score=reason["score"],
        actual=reason["actual"],
        threshold=reason["threshold"],
        filled=filled,
        mark=mark,
        version=version,
    )


def party_cards(alert: Alert) -> list[PartyCard]:
    """Both sides of the transaction; for other alerts the subject alone."""
    customers = Customer.objects.in_bulk(customers_of(alert))
    verdicts = verdicts_of(customers)
    if alert.assessment is None:
        return [_card("Customer", {}, customers.get(alert.subject_id), verdicts)] if alert.subject_id else []
    facts = alert.assessment.facts
    sides = [(role, facts[role.lower()]) for role in ("Originator", "Beneficiary")]
    return [_card(role, side, _of(customers, side["customer_id"]), verdicts) for role, side in sides if side["name"]]


def _of(customers: dict[UUID, Customer], customer_id: str | None) -> Customer | None:
    return customers.get(UUID(customer_id)) if customer_id else None


def _card(role: str, side: dict[str, Any], customer: Customer | None, verdicts: dict[UUID, Verdict]) -> PartyCard:
    country = side.get("country") or (customer.country if customer else "")
    kyc = selectors.kyc_status(customer.pk) if customer else ""
    verdict = verdicts.get(customer.pk) if customer else None
    return PartyCard(
        role=role,
        name=side.get("name") or (customer.name if customer else ""),
        kind=side.get("kind") or (customer.kind if customer else ""),
        country=country,
        mark=country_marks().get(country),
        customer=customer,
        kyc=kyc,
        kyc_tone=KYC_TONES.get(kyc, "neutral"),
        verdict=verdict,
        verdict_tone=VERDICT_TONES[verdict.result] if verdict else "",
    )


def hits_of(alert: Alert) -> list[ScreeningHit]:
    """The list entries that parties of this alert resembled, and open hits of its customers."""
    reasons = alert.assessment.reasons if alert.assessment else []
    runs = {reason["details"]["run_id"] for reason in reasons if reason["details"].get("run_id")}
    runs |= {alert.details["run_id"]} if "run_id" in alert.details else set()
    hits = ScreeningHit.objects.filter(run_id__in=runs)
    if alert.is_active:
        hits = hits | ScreeningHit.objects.open().filter(customer_id__in=customers_of(alert))
    return list(hits.select_related("entry__source", "customer", "run").order_by("-score", "id")[:20])


def alert_context(alert: Alert, user: User) -> dict[str, Any]:
    """Everything on the page, in a fixed number of queries."""
    assessment, ids = alert.assessment, customers_of(alert)
    versions = assessment.rule_versions if assessment else {}
    hits = hits_of(alert)
    related = Alert.objects.filter(subject_id__in=ids).exclude(pk=alert.pk).order_by("-created_at")
    return {
        "alert": alert,
        "assessment": assessment,
        "sla": sla_clock(alert, clock.now()),
        "transaction": state_of(alert.transaction_kind, alert.transaction_id),
        "severity_tone": SEVERITY_TONES[alert.severity],
        "status_tone": STATUS_TONES[alert.status],
        "parties": party_cards(alert),
        "reasons": measures(assessment.reasons, versions) if assessment else [],
        "quiet": measures(assessment.quiet, versions) if assessment else [],
        "hits": hits,
        "open_hits": sum(hit.status == ScreeningHit.Status.OPEN for hit in hits),
        "timeline": alert.events.select_related("actor").order_by("id")[:500],
        "related": [(row, STATUS_TONES[row.status]) for row in related[:6]],
        "is_own": Membership.objects.filter(user=user, customer_id__in=ids).exists(),
        "may_decide": user.may("compliance.decide_alerts"),
        "may_work": user.may("compliance.work_alerts"),
    }
