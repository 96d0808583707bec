"""/analytics: what a customer spends and receives, by month."""

from datetime import date, timedelta
from typing import Any

from rest_framework.response import Response

from accounts.authentication import SignedInRequest
from accounts.models import User
from analytics.selectors import income_by_month, spending_by_month
from analytics.types import MonthlyTotal, Period
from nexafi.api.serializers import CurrencyField, DateField, Filters
from nexafi.api.views import ApiView
from nexafi.core import clock
from nexafi.core.errors import InvalidInput

LONGEST_PERIOD = timedelta(days=5 * 366)


class PeriodFilters(Filters):
    """Days, both included; the last twelve months when not given."""

    currency = CurrencyField()

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": DateField(required=False), "to": DateField(required=False)}


class MonthlyView(ApiView):
    """Monthly totals per currency."""

    access = {"GET": "analytics.view_own"}

    def totals(self, user: User, period: Period, currency: str | None) -> list[MonthlyTotal]:
        raise NotImplementedError

    def get(self, request: SignedInRequest) -> Response:
        asked = self.query(PeriodFilters).validated_data
        period = _period(asked.get("from"), asked.get("to"))
        totals = self.totals(request.user, period, asked.get("currency"))
        return Response({"from": period.first, "to": period.last, "results": [_body(total) for total in totals]})


class SpendingView(MonthlyView):
    """GET /analytics/spending: what the caller's customers paid others, net of refunds."""

    def totals(self, user: User, period: Period, currency: str | None) -> list[MonthlyTotal]:
        return spending_by_month(user, period, currency)


class IncomeView(MonthlyView):
    """GET /analytics/income: what others paid the caller's customers, net of refunds."""

    def totals(self, user: User, period: Period, currency: str | None) -> list[MonthlyTotal]:
        return income_by_month(user, period, currency)


def _period(first: date | None, last: date | None) -> Period:
    last = last or clock.today()
    first = first or (last - timedelta(days=365)).replace(day=1)
    if not timedelta(0) <= last - first <= LONGEST_PERIOD:
        raise InvalidInput("The period runs forward and is at most five years.", pointer="/from")
    return Period(first, last)


def _body(total: MonthlyTotal) -> dict[str, Any]:
    return {
        "month": total.month.strftime("%Y-%m"),
        "currency": total.total.currency,
        "amount": total.total.amount,
        "payments": total.payments,
    }
