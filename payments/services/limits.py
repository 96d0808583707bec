"""What may move without a verified identity.

Directive (EU) 2018/843 art. 12 lets up to 150 (here: USD or its equivalent) move in 30 days before the customer's
identity must be verified. Counted are payments sent, deposits and withdrawals, whatever is still on its way included.
"""

from collections import Counter
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Sum

from compliance.monitoring.reference import in_base
from compliance.selectors import kyc_status
from nexafi.core import clock, locks
from nexafi.core.money import Money
from payments.constants import UNVERIFIED_LIMIT_MINOR, UNVERIFIED_WINDOW, PaymentStatus, TransferStatus
from payments.exceptions import KycRequired
from payments.models import Payment, Transfer


def require_kyc_headroom(customer_id: UUID, amount: Money) -> None:
    """Raises KycRequired when an unverified customer's movements would exceed the limit with this amount.

    Movements of one unverified customer queue here, so that parallel ones see each other.
    """
    if kyc_status(customer_id) == "approved":
        return
    locks.hold(f"unverified:{customer_id}")
    moved = _moved_since(customer_id, clock.now() - UNVERIFIED_WINDOW)
    moved[amount.currency] += amount.minor
    in_usd = [in_base(Money(minor, currency)) for currency, minor in moved.items()]
    if any(part is None for part in in_usd) or sum(part.minor for part in in_usd if part) > UNVERIFIED_LIMIT_MINOR:
        limit = Money(UNVERIFIED_LIMIT_MINOR, settings.BASE_CURRENCY)
        raise KycRequired(f"Without a verified identity, {limit} may move in {UNVERIFIED_WINDOW.days} days.")


def _moved_since(customer_id: UUID, since: datetime) -> Counter[str]:
    """Minor units by currency of what the customer ordered and was not refused or taken back."""
    payments = Payment.objects.filter(source__customer=customer_id, created_at__gte=since).exclude(
        status__in=[PaymentStatus.DECLINED, PaymentStatus.FAILED, PaymentStatus.CANCELLED]
    )
    transfers = Transfer.objects.filter(wallet__customer=customer_id, created_at__gte=since).exclude(
        status__in=[TransferStatus.DECLINED, TransferStatus.FAILED]
    )
    moved: Counter[str] = Counter()
    for movements in (payments, transfers):
        for currency, total in movements.values_list("currency").annotate(Sum("amount_minor")).order_by():
            moved[currency] += total
    return moved
