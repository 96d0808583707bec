"""/analytics: what a customer spends and receives, by month."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from analytics.selectors import income_by_month, spending_by_month
from analytics.types import MonthlyTotal, Period
from nexafi.api.serializers import CurrencyField, DateField, Filters
from nexafi.api.views import ApiView
from nexafi.core import clock
from nexafi.core.errors import InvalidInput

LONGEST_PERIOD = timedelta(days=5 * 366)
Totals = Callable[[User, Period, str | None], list[MonthlyTotal]]


class PeriodFilters(Filters):
    """Days, both included; the last twelve months when not given."""

    currency = CurrencyField()

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": DateField(required=False), "to": DateField(required=False)}


class MonthlyView(ApiView):
    """A list of monthly totals per currency."""

    access = {"GET": "analytics.view_own"}
    totals: ClassVar[Totals]

    def get(self, request: Request) -> Response:
        asked = self.query(PeriodFilters).validated_data
        period = _period(asked.get("from"), asked.get("to"))
        totals = type(self).totals(request.user, period, asked.get("currency"))
        return Response({"from": period.first, "to": period.last, "results": [_body(total) for total in totals]})


class SpendingView(MonthlyView):
    """GET /analytics/spending."""

    totals = staticmethod(spending_by_month)


class IncomeView(MonthlyView):
    """GET /analytics/income."""

    totals = staticmethod(income_by_month)


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
