"""The chart of accounts in the console."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from ledger.models import Account
from ledger.selectors.tree import account_tree
from nexafi.core.errors import DomainError


def chart_context(request: HttpRequest) -> dict[str, Any]:
    """The tree of one currency, the base currency unless the reader chose another, as of now or the end of a day."""
    currencies = sorted(Account.objects.filter(parent=None).order_by().values_list("currency", flat=True).distinct())
    wanted = request.GET.get("currency", settings.BASE_CURRENCY)
    currency = wanted if wanted in currencies else next(iter(currencies), settings.BASE_CURRENCY)
    context = {"currencies": currencies or [currency], "currency": currency}
    try:
        as_of = date.fromisoformat(request.GET["as_of"]) if request.GET.get("as_of") else None
        return {**context, "as_of": as_of and as_of.isoformat(), "nodes": account_tree(currency, as_of)}
    except ValueError:
        return {**context, "problem": "Write the day as YYYY-MM-DD."}
    except DomainError as error:
        return {**context, "problem": error.detail}
