"""The AML rules: pure functions of the transaction, the rolling aggregates and the rule's parameters.

Parameters: `threshold` and other amounts are in major units of the base currency, `hours` is the window, and `score`
at the threshold rises in a straight line to `score_double` at twice the threshold and stays there (`graded`). More
money can therefore never lower a score. A rule that can measure but does not fire answers with a score of 0, so that
people see how far away it was. The defaults keep `large_amount` at or above `structuring`, so that an amount
which leaves the band just below the limit does not score less for being larger.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from compliance.monitoring.activity import Window
from compliance.monitoring.reference import CountryMark
from compliance.types import Reason, TransactionFacts
from nexafi.core.money import Money

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Evidence:
    """What the rules look at. Windows are by hours: `acting` of the customer who moves the money, `receiving` of the
    customer whom a payment reaches. `base` is None when the currency has no reference rate."""

    facts: TransactionFacts
    base: Money | None
    marks: Mapping[str, CountryMark]
    acting: Mapping[int, Window] = field(default_factory=dict)
    receiving: Mapping[int, Window] = field(default_factory=dict)

    def money(self, minor: int) -> str:
        """An amount of the base currency as people read it: "9,500.00 USD"."""
        assert self.base is not None
        money = Money(minor, self.base.currency)
        return f"{money.decimal:,} {money.currency}"

    def minor(self, major: int) -> int:
        """A parameter's amount in minor units."""
        assert self.base is not None
        return Money.parse(str(major), self.base.currency).minor


Rule = Callable[[Evidence, Parameters], Reason | None]


def graded(actual: int, threshold: int, parameters: Parameters) -> int:
    """0 below the threshold, `score` at it, rising to `score_double` at twice the threshold."""
    if actual < threshold:
        return 0
    low, high = parameters["score"], parameters["score_double"]
    excess = min(actual - threshold, threshold)
    return int(low + (high - low) * excess // threshold)


def large_amount(evidence: Evidence, parameters: Parameters) -> Reason | None:
    """One transaction at or above the reporting limit (31 CFR 1010.311 reports cash above 10,000 USD)."""
    if evidence.base is None:
        return None
    actual, threshold = evidence.base.minor, evidence.minor(parameters["threshold"])
    return Reason(
        code="large_amount",
        score=graded(actual, threshold, parameters),
        explanation=f"The amount of {evidence.money(actual)} reaches the limit of {evidence.money(threshold)}.",
        actual=evidence.money(actual),
        threshold=evidence.money(threshold),
        details={"actual": actual, "threshold": threshold},
    )


def velocity_count(evidence: Evidence, parameters: Parameters) -> Reason | None:
    """Unusually many transactions by the acting customer within the window."""
    hours, threshold = parameters["hours"], parameters["threshold"]
    actual = evidence.acting.get(hours, Window()).count
    return Reason(
        code="velocity_count",
        score=graded(actual, threshold, parameters),
        explanation=f"{actual} transactions within {hours} hours; {threshold} or more are unusual.",
        actual=f"{actual} transactions",
        threshold=f"{threshold} transactions",
        details={"actual": actual, "threshold": threshold, "hours": hours},
    )


def velocity_sum(evidence: Evidence, parameters: Parameters) -> Reason | None:
    """Unusually much money moved by the acting customer within the window."""
    if evidence.base is None:
        return None
    hours, threshold = parameters["hours"], evidence.minor(parameters["threshold"])
    actual = evidence.acting.get(hours, Window()).sum_minor
    return Reason(
        code="velocity_sum",
        score=graded(actual, threshold, parameters),
        explanation=f"{evidence.money(actual)} moved within {hours} hours; {evidence.money(threshold)} is the limit.",
        actual=evidence.money(actual),
        threshold=evidence.money(threshold),
        details={"actual": actual, "threshold": threshold, "hours": hours},
    )


def in_band(base: Money, parameters: Parameters) -> bool:
    """Whether an amount lies just below the reporting limit: from `band_from` up to, not including, `threshold`."""
    low, high = (Money.parse(str(parameters[name]), base.currency).minor for name in ("band_from", "threshold"))
    return low <= base.minor < high


def structuring(evidence: Evidence, parameters: Parameters) -> Reason | None:
    """Several amounts just below the reporting limit that together exceed it, sent or received by one customer
    (31 USC 5324). Fires on a transaction that is itself one of them."""
    if evidence.base is None:
        return None
    hours, threshold = parameters["hours"], evidence.minor(parameters["threshold"])
    windows = [side.get(hours, Window()) for side in (evidence.acting, evidence.receiving)]
    worst = max(windows, key=lambda w: (w.band_sum_minor, w.band_count))
    several = worst.band_count >= parameters["min_count"] and worst.band_sum_minor > threshold
    total, limit = evidence.money(worst.band_sum_minor), evidence.money(threshold)
    return Reason(
        code="structuring",
        score=parameters["score"] if several and in_band(evidence.base, parameters) else 0,
        explanation=f"{worst.band_count} amounts, each below {limit}, add up to {total} within {hours} hours.",
        actual=f"{total} in {worst.band_count} amounts",
        threshold=f"{limit} in {parameters['min_count']} amounts",
        details={"actual": worst.band_sum_minor, "threshold": threshold, "count": worst.band_count, "hours": hours},
    )


def high_risk_country(evidence: Evidence, parameters: Parameters) -> Reason | None:
    """A party in a country on FATF's lists; of several, the one with the higher score."""
    parties = (evidence.facts.originator, evidence.facts.beneficiary)
    marks = {evidence.marks[party.country] for party in parties if party.country in evidence.marks}
    reasons = [_country_reason(evidence, mark, parameters) for mark in marks]
    return max(reasons, key=lambda reason: (reason.score, reason.explanation), default=None)


def _country_reason(evidence: Evidence, mark: CountryMark, parameters: Parameters) -> Reason:
    score = parameters[mark.mark]
    if mark.mark == "increased_monitoring" and evidence.base is not None:
        small = evidence.base.minor < evidence.minor(parameters["threshold"])
        score = parameters["increased_monitoring_small"] if small else score
    words = mark.mark.replace("_", " ")
    return Reason(
        code="high_risk_country",
        score=score,
        explanation=f"{mark.name} is under FATF {words} as of {mark.as_of}.",
        actual=f"{mark.name} ({mark.country})",
        threshold=f"FATF {words}",
        details={"country": mark.country, "mark": mark.mark, "as_of": mark.as_of.isoformat()},
    )


def new_account_large(evidence: Evidence, parameters: Parameters) -> Reason | None:
    """A large amount moved by a customer who joined lately."""
    facts = evidence.facts
    since = (facts.beneficiary if facts.kind == "deposit" else facts.originator).since
    if evidence.base is None or since is None:
        return None
    actual, threshold = evidence.base.minor, evidence.minor(parameters["threshold"])
    age = max(facts.occurred_at - since, timedelta())
    if age > timedelta(days=parameters["days"]):
        return None
    return Reason(
        code="new_account_large",
        score=graded(actual, threshold, parameters),
        explanation=(
            f"{evidence.money(actual)} by a customer of {age.days} days; "
            f"{evidence.money(threshold)} is much within the first {parameters['days']} days."
        ),
        actual=evidence.money(actual),
        threshold=evidence.money(threshold),
        details={"actual": actual, "threshold": threshold, "age_days": age.days},
    )


RULES: Final[dict[str, Rule]] = {
    "large_amount": large_amount,
    "velocity_count": velocity_count,
    "velocity_sum": velocity_sum,
    "structuring": structuring,
    "high_risk_country": high_risk_country,
    "new_account_large": new_account_large,
}

# Version 1 of every rule. The reporting limit of 10,000 and the 3,000 from which lesser amounts must be recorded are
# those of 31 CFR 1010.311 and 1010.415; velocity limits are far above a private customer's day. Velocity by count is a
# weak sign: alone it never holds money (50 does, see scoring).
DEFAULTS: Final[dict[str, dict[str, int]]] = {
    "large_amount": {"threshold": 10_000, "score": 55, "score_double": 85},
    "velocity_count": {"threshold": 30, "hours": 24, "score": 20, "score_double": 45},
    "velocity_sum": {"threshold": 20_000, "hours": 24, "score": 30, "score_double": 60},
    "structuring": {"threshold": 10_000, "band_from": 3_000, "min_count": 3, "hours": 120, "score": 55},
    "high_risk_country": {
        "countermeasures": 100,
        "enhanced_due_diligence": 60,
        "increased_monitoring": 35,
        "increased_monitoring_small": 10,
        "threshold": 1_000,
    },
    "new_account_large": {"threshold": 5_000, "days": 30, "score": 30, "score_double": 60},
}


def evaluate(evidence: Evidence, parameters: Mapping[str, Parameters]) -> list[Reason]:
    """What every rule that has parameters could measure; those with a score above 0 fire."""
    found = [rule(evidence, parameters[code]) for code, rule in RULES.items() if code in parameters]
    return [reason for reason in found if reason is not None]
