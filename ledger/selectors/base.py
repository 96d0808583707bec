"""Whether results are still worked out in the currency that they were worked out in so far."""

from django.conf import settings

from ledger.exceptions import BaseCurrencyChanged
from ledger.models import BaseCurrency


def base_fault() -> str:
    """What is wrong with settings.BASE_CURRENCY; empty when nothing is, or nothing was worked out in it yet."""
    kept = BaseCurrency.objects.first()
    if kept is None or kept.currency == settings.BASE_CURRENCY:
        return ""
    return f"The books are kept in {kept.currency}, BASE_CURRENCY is {settings.BASE_CURRENCY}: set it back."


def require_base() -> None:
    """Raises BaseCurrencyChanged."""
    if fault := base_fault():
        raise BaseCurrencyChanged(fault)
