"""Spending and income by month, from completed payments between a user's wallets and other people's.

Refunds are taken off the payment they belong to; what moves between a user's own wallets is neither. The cost is that
of the period's payments of these wallets, read by index: never of the table.
"""

from datetime import UTC, datetime, time, timedelta

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import TruncMonth

from accounts.models import Membership, User
from analytics.types import MonthlyTotal, Period
from nexafi.core.money import Money
from payments.constants import RECEIVED
from payments.models import Payment, Wallet


def spending_by_month(user: User, period: Period, currency: str | None = None) -> list[MonthlyTotal]:
    """What the user's customers paid others, net of refunds, oldest month first."""
    own = _own_wallets(user, currency)
    return _totals(Payment.objects.filter(source__in=own).exclude(destination__in=own), period)


def income_by_month(user: User, period: Period, currency: str | None = None) -> list[MonthlyTotal]:
    """What others paid the user's customers, net of refunds, oldest month first."""
    own = _own_wallets(user, currency)
    return _totals(Payment.objects.filter(destination__in=own).exclude(source__in=own), period)


def _own_wallets(user: User, currency: str | None) -> list[Wallet]:
    wallets = Wallet.objects.filter(customer__in=Membership.objects.filter(user=user).values("customer"))
    return list(wallets.filter(currency=currency) if currency else wallets)


def _totals(payments: QuerySet[Payment], period: Period) -> list[MonthlyTotal]:
    start = datetime.combine(period.first, time.min, UTC)
    end = datetime.combine(period.last, time.min, UTC) + timedelta(days=1)
    rows = (
        payments.filter(status__in=RECEIVED, created_at__gte=start, created_at__lt=end)
        .values(month=TruncMonth("created_at", tzinfo=UTC), code=F("currency"))
        .annotate(net=Sum(F("amount_minor") - F("refunded_minor")), count=Count("id"))
        .order_by("month", "code")
    )
    return [MonthlyTotal(row["month"].date(), Money(int(row["net"]), row["code"]), row["count"]) for row in rows]
