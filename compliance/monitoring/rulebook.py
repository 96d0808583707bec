"""Which parameters are in force."""

import time
from datetime import timedelta
from typing import Any, Final

from django.db import connection, transaction

from audit.services.record import record
from compliance.exceptions import RuleChanged
from compliance.monitoring import rules
from compliance.monitoring.activity import LONGEST_WINDOW
from compliance.monitoring.models import Rule
from nexafi.approvals.models import Approval, Person
from nexafi.approvals.services import request_approval
from nexafi.core.errors import InvalidInput

PUBLISH_RULE: Final = "compliance.publish_rule"  # the kind of approval
_SCORE: Final = (0, 100)
_BOUNDS: Final = {  # rules divide by thresholds; amounts in major units stay far from a bigint's end in minor ones
    "threshold": (1, 10**12),
    "band_from": (0, 10**12),
    "min_count": (1, 10**6),
    "hours": (1, LONGEST_WINDOW // timedelta(hours=1)),  # no older activity is kept
    "days": (1, 36_500),
}
_TTL: Final = 5.0  # seconds after which every process has seen a change
_cached: tuple[float, dict[str, Rule]] | None = None


def live_rules() -> dict[str, Rule]:
    """The live version of each rule by code, at most 5 seconds old."""
    global _cached
    if _cached is None or time.monotonic() - _cached[0] > _TTL:
        _cached = (time.monotonic(), {rule.code: rule for rule in Rule.objects.filter(is_live=True)})
    return _cached[1]


def forget_rules() -> None:
    """Read the rules afresh on the next assessment in this process."""
    global _cached
    _cached = None


def request_rule(*, code: str, parameters: dict[str, Any], maker: Person, reason: str) -> Approval:
    """Ask a second person to put new parameters in force; `publish_rule` runs when they approve.

    Raises InvalidInput for an unknown rule, another set of parameter names or a value out of bounds; Forbidden.
    """
    _validate(code, parameters)
    current = Rule.objects.get(code=code, is_live=True)
    return request_approval(
        kind=PUBLISH_RULE,
        payload={"code": code, "parameters": parameters, "replaces_version": current.version, "reason": reason},
        maker=maker,
        reason=reason,
        target_type="rule",
        target_id=current.pk,
    )


def publish_rule(*, code: str, parameters: dict[str, Any], note: str, replaces: int | None = None) -> Rule:
    """Put a new version of a rule's parameters in force.

    Raises InvalidInput as `request_rule` does, RuleChanged when the version in force is not the one that it `replaces`.
    """
    _validate(code, parameters)
    with transaction.atomic():
        current = Rule.objects.select_for_update().filter(code=code, is_live=True).first()
        if replaces is not None and (current is None or current.version != replaces):
            raise RuleChanged
        if current is not None:
            Rule.objects.filter(pk=current.pk).update(is_live=False)
        version = current.version + 1 if current else 1
        rule = Rule.objects.create(code=code, version=version, parameters=parameters, note=note)
        data = {"code": code, "version": version, "parameters": parameters}
        record("compliance.rule_published", target_type="rule", target_id=rule.pk, data=data, reason=note)
        transaction.on_commit(forget_rules)
    return rule


def _validate(code: str, parameters: dict[str, Any]) -> None:
    if code not in rules.RULES or set(parameters) != set(rules.DEFAULTS[code]):
        raise InvalidInput(f"{code} is not a rule with these parameters.", pointer="/parameters")
    for name, value in parameters.items():
        least, most = bounds_of(name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            wanted = f"{name} is a whole number from {least:,} to {most:,}."
            raise InvalidInput(wanted, pointer=f"/parameters/{name}")
    if parameters.get("score_double", _SCORE[1]) < parameters.get("score", 0):
        raise InvalidInput("More money may not lower a score.", pointer="/parameters/score_double")
    if parameters.get("band_from", 0) >= parameters["threshold"]:
        raise InvalidInput("The band ends at the threshold.", pointer="/parameters/band_from")


def bounds_of(parameter: str) -> tuple[int, int]:
    """The least and the greatest value of a parameter: a score, if it is not named otherwise."""
    return _BOUNDS.get(parameter, _SCORE)


def install_defaults(**kwargs: object) -> None:
    """After migrate: version 1 of every rule that has none."""
    if Rule._meta.db_table not in connection.introspection.table_names():
        return  # migrated back to zero
    known = set(Rule.objects.values_list("code", flat=True))
    missing = [code for code in rules.DEFAULTS if code not in known]
    Rule.objects.bulk_create(
        [Rule(code=code, parameters=rules.DEFAULTS[code], note="As delivered") for code in missing],
        ignore_conflicts=True,
    )
    forget_rules()
