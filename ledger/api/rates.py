"""Exchange rates over HTTP: as of a day for whoever is signed in, as they were recorded for those who see the books."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.constants import RateSource
from ledger.models import ExchangeRate
from ledger.selectors.rates import Rate, rates_on
from ledger.services.rates import record_rate
from nexafi.api import serializers as s
from nexafi.api.idempotency import idempotent
from nexafi.api.views import ApiView
from nexafi.core import clock


class NewRate(s.StrictSerializer):
    base = s.CurrencyField()
    quote = s.CurrencyField()
    rate = s.RateField()
    valid_on = s.DateField()
    reason = s.CharField(max_length=500)


class RateQuery(s.Filters):
    base = s.CurrencyField(help_text="What one unit of is priced; the institution's base currency unless given.")
    quote = s.CurrencyField(help_text="In what; every currency with a rate unless given.")
    on = s.DateField(help_text="Today unless given.")
    source = s.ChoiceField(choices=RateSource.values)  # type: ignore[assignment]


class RateFilters(s.ListFilters):
    orderings = ("-valid_on", "valid_on")
    base = s.CurrencyField()
    quote = s.CurrencyField()
    source = s.ChoiceField(choices=RateSource.values)  # type: ignore[assignment]
    since = s.DateField(source="valid_on__gte")
    until = s.DateField(source="valid_on__lte")


class ExchangeRatesView(ApiView):
    access = {"GET": "signed_in", "POST": "ledger.record_rates"}

    def get(self, request: Request) -> Response:
        """Rates as of a day: direct, inverse or cross, each with its day, source and path. A weekend or holiday has the
        last rate before it, for four days. With `quote` given and no rate: 422 `rate_unavailable`."""
        query = self.query(RateQuery).validated_data
        base, on = query.get("base", settings.BASE_CURRENCY), query.get("on") or clock.today()
        table = rates_on(on, source=query.get("source"))
        rates = [table.rate(base, query["quote"])] if "quote" in query else table.quotes(base)
        return Response({"next": None, "previous": None, "results": [rate_body(rate) for rate in rates]})

    @idempotent(required=False)
    def post(self, request: Request) -> Response:
        """Record a rate by hand. It counts before others of its day."""
        return Response(recorded_body(record_rate(**self.body(NewRate))), status=201)


class RecordedRatesView(ApiView):
    access = {"GET": "ledger.view"}

    def get(self, request: Request) -> Response:
        """Rates as they were recorded, the newest day first. Of two rows of one source, pair and day the later
        recorded counts."""
        return self.list(ExchangeRate.objects.all(), RateFilters, recorded_body)


def rate_body(rate: Rate) -> dict[str, Any]:
    return {
        "base": rate.base,
        "quote": rate.quote,
        "rate": f"{rate.rate:f}",
        "valid_on": rate.valid_on,
        "source": rate.source,
        "path": list(rate.path),
    }


def recorded_body(row: ExchangeRate) -> dict[str, Any]:
    return {
        "id": row.id,
        "source": row.source,
        "base": row.base,
        "quote": row.quote,
        "rate": f"{row.rate:f}",
        "valid_on": row.valid_on,
        "reason": row.reason,
        "recorded_at": row.recorded_at,
        "recorded_by": row.recorded_by,
    }
