"""Revaluations of foreign-currency positions over HTTP."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from ledger.models import Revaluation
from ledger.services.revaluation import Revalued, revalue
from nexafi.api import serializers as s
from nexafi.api.idempotency import idempotent
from nexafi.api.views import ApiView
from nexafi.core.money import decimal_text


class NewRevaluation(s.StrictSerializer):
    on = s.DateField()
    reason = s.CharField(max_length=500)


class RevaluationFilters(s.ListFilters):
    orderings = ("-on", "on")
    on = s.DateField()
    currency = s.CurrencyField()


class RevaluationsView(ApiView):
    access = {"GET": "ledger.view", "POST": "ledger.revalue"}

    def get(self, request: Request) -> Response:
        """List revaluations, the newest day first."""
        return self.list(Revaluation.objects.all(), RevaluationFilters, revaluation_body)

    @idempotent(required=False)
    def post(self, request: Request) -> Response:
        """Revalue every foreign currency at the end of a day that is over. Done once per day and currency: what is
        revalued already is given back as it is. `missing` names the currencies that have no rate of that day."""
        return Response(revalued_body(revalue(**self.body(NewRevaluation))), status=201)


def revalued_body(done: Revalued) -> dict[str, Any]:
    return {
        "on": done.on,
        "revalued": [revaluation_body(row) for row in done.revalued],
        "missing": [{"currency": code, "detail": detail} for code, detail in done.missing.items()],
    }


def revaluation_body(row: Revaluation) -> dict[str, Any]:
    """Amounts as decimal strings: `position` in the currency, the others in the base currency."""
    return {
        "id": row.id,
        "on": row.on,
        "currency": row.currency,
        "position": decimal_text(row.position, row.currency),
        "base_currency": row.base,
        "carrying_amount": decimal_text(row.carrying, row.base),
        "rate": None if row.rate is None else f"{row.rate:f}",
        "rate_source": row.rate_source,
        "rate_of": row.rate_of,
        "value_amount": decimal_text(row.value, row.base),
        "unrealised_amount": decimal_text(row.difference, row.base),
        "realised_amount": decimal_text(row.realised, row.base),
        "entry_id": row.entry_id,
        "reversal_id": row.reversal_id,
        "realisation_id": row.realisation_id,
        "reason": row.reason,
        "created_at": row.created_at,
        "created_by": row.created_by,
    }
