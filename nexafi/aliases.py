"""Other names for the same calls: each path answers exactly as the view behind it."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from compliance.cases.api.views import AlertsView
from compliance.monitoring.api.views import CheckView
from compliance.screening.api.views import ScreenView
from ledger.api.rates import ExchangeRatesView
from ledger.api.views import CurrenciesView
from payments.api.wallets import WalletsView


class ActiveAlertsView(AlertsView):
    """GET /monitoring/alerts/active is GET /aml/alerts?status=active."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        query = request.GET.copy()
        query.setdefault("status", "active")
        request.GET = query  # type: ignore[assignment]
        return super().dispatch(request, *args, **kwargs)


urlpatterns = [
    path("multicurrency/currencies/supported", CurrenciesView.as_view()),
    path("multicurrency/exchange-rates", ExchangeRatesView.as_view()),
    path("multicurrency/wallets", WalletsView.as_view()),
    path("monitoring/transaction/analyze", CheckView.as_view()),
    path("monitoring/alerts/active", ActiveAlertsView.as_view()),
    path("compliance/screening/watchlist", ScreenView.as_view()),
]
