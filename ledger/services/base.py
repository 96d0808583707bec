"""The base currency is chosen by a setting until something is worked out in it; from then on the books keep it."""

from django.conf import settings
from django.db import transaction

from audit.services.record import record
from ledger.models import BaseCurrency
from ledger.selectors.base import require_base
from nexafi.core import locks


def settle_base() -> None:
    """Called in the transaction of what depends on the base currency: an exchange, a revaluation, a closing.

    Raises BaseCurrencyChanged when the books are kept in another one.
    """
    with transaction.atomic():
        if not BaseCurrency.objects.exists():
            locks.hold("ledger.base_currency")
            if not BaseCurrency.objects.exists():  # still, now that nobody else settles it
                _settle()
        require_base()


def _settle() -> None:
    kept = BaseCurrency.objects.create(currency=settings.BASE_CURRENCY)
    data = {"currency": kept.currency}
    record("ledger.base_currency_settled", target_type="ledger.base_currency", target_id=kept.currency, data=data)
