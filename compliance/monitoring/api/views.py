"""Checks and rules over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from rest_framework.fields import DictField
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Customer
from compliance.monitoring import rules
from compliance.monitoring.models import Rule
from compliance.monitoring.rulebook import request_rule
from compliance.monitoring.services import check_transaction
from compliance.types import Decision
from nexafi.api.serializers import (
    AmountField,
    CharField,
    ChoiceField,
    CountryField,
    CurrencyField,
    DateTimeField,
    IntegerField,
    ListFilters,
    StrictSerializer,
    UUIDField,
)
from nexafi.api.views import ApiView
from nexafi.core import clock
from nexafi.core.errors import InvalidInput

_CLOCK_SKEW = timedelta(minutes=5)


class TransactionData(StrictSerializer):
    amount = AmountField()
    currency = CurrencyField()
    country = CountryField(required=False, help_text="Where the counterparty is.")
    counterparty = CharField(max_length=200, required=False)
    channel = CharField(max_length=40, required=False)
    occurred_at = DateTimeField(required=False)


class TransactionCheck(StrictSerializer):
    transaction_id = CharField(max_length=100)
    user_id = UUIDField(required=False)
    check_type = CharField(max_length=40, required=False)
    transaction_data = TransactionData()


class CheckView(ApiView):
    """POST /aml/check."""

    access = {"POST": "compliance.check_transaction"}

    def post(self, request: Request) -> Response:
        asked = self.body(TransactionCheck)
        data = dict(asked["transaction_data"])
        data.pop("currency")  # inside the amount
        occurred_at = data.pop("occurred_at", None) or clock.now()
        if occurred_at > clock.now() + _CLOCK_SKEW:
            raise InvalidInput("The transaction lies in the future.", pointer="/transaction_data/occurred_at")
        decision = check_transaction(
            reference=asked["transaction_id"],
            customer=_customer(asked.get("user_id")),
            check_type=asked.get("check_type", ""),
            occurred_at=occurred_at,
            **data,
        )
        return Response(decision_body(decision))


def _customer(user_id: UUID | None) -> Customer | None:
    if user_id is None:
        return None
    customer = Customer.objects.filter(person_id=user_id).first()
    if customer is None:
        raise InvalidInput("There is no customer of this user.", pointer="/user_id")
    return customer


def decision_body(decision: Decision) -> dict[str, Any]:
    return {
        "id": str(decision.assessment_id),
        "risk_score": decision.score,
        "risk_level": decision.level,
        "decision": decision.outcome,
        "flags": [
            {
                "code": reason.code,
                "score": reason.score,
                "explanation": reason.explanation,
                "actual": reason.actual,
                "threshold": reason.threshold,
            }
            for reason in decision.reasons
        ],
        "alert_id": str(decision.alert_id) if decision.alert_id else None,
    }


class RuleFilters(ListFilters):
    orderings = ("code", "-code")


class NewRule(StrictSerializer):
    """New parameters of a rule, and why."""

    code = ChoiceField(choices=list(rules.RULES))
    parameters = DictField(child=IntegerField(), help_text="All parameters of the rule, as GET names them.")
    reason = CharField(max_length=1000, multiline=True)


class RulesView(ApiView):
    access = {"GET": "compliance.view", "POST": "compliance.manage_rules"}

    def get(self, request: Request) -> Response:
        """What is in force."""
        return self.list(Rule.objects.filter(is_live=True), RuleFilters, rule_body)

    def post(self, request: Request) -> Response:
        """Ask for new parameters of a rule; they go live when a second person approves."""
        maker: Any = request.user  # signed in: the permission was checked
        approval = request_rule(maker=maker, **self.body(NewRule))
        return Response({"approval_id": approval.id, "status": approval.status}, status=202)


def rule_body(rule: Rule) -> dict[str, Any]:
    return {
        "id": str(rule.pk),
        "code": rule.code,
        "version": rule.version,
        "description": " ".join((rules.RULES[rule.code].__doc__ or "").split()),
        "parameters": rule.parameters,
        "created_at": rule.created_at.isoformat(),
    }
