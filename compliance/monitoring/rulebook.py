"""Which parameters are in force."""

import time
from datetime import timedelta
from typing import Any, Final

from django.db import connection, transaction

from audit.services.record import record
from compliance.monitoring import rules
from compliance.monitoring.activity import LONGEST_WINDOW
from compliance.monitoring.models import Rule
from nexafi.core.errors import InvalidInput

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


def publish_rule(*, code: str, parameters: dict[str, Any], note: str) -> Rule:
    """Put a new version of a rule's parameters in force. Raises InvalidInput for another set of parameter names or a
    negative value."""
    _validate(code, parameters)
    with transaction.atomic():
        current = Rule.objects.select_for_update().filter(code=code, is_live=True).first()
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
    if any(not isinstance(value, int) or isinstance(value, bool) or value < 0 for value in parameters.values()):
        raise InvalidInput("Parameters are whole numbers from 0.", pointer="/parameters")
    if parameters.get("hours", 0) > LONGEST_WINDOW / timedelta(hours=1):
        raise InvalidInput(f"Activity is kept for {LONGEST_WINDOW.days} days only.", pointer="/parameters/hours")


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
