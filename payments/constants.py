"""Choices and limits of payments, each with where it comes from."""

from datetime import timedelta
from typing import Final

from django.db import models

from accounts.models import Membership

# Who of a customer's members may move its money; the others only look.
PAYING_ROLES: Final = (Membership.Role.OWNER, Membership.Role.ADMIN, Membership.Role.ACCOUNTANT)
WALLET_OPENING_ROLES: Final = (Membership.Role.OWNER, Membership.Role.ADMIN)

# Without verified identity: Directive (EU) 2018/843 art. 12, in minor units of USD over a sliding window.
UNVERIFIED_LIMIT_MINOR: Final = 150_00
UNVERIFIED_WINDOW: Final = timedelta(days=30)

TODAY: Final = "payments.today"  # the measurement of the day's completed payments by currency

HOLD_LIFETIME: Final = timedelta(days=14)  # then a payment still under review gives the money back


class WalletStatus(models.TextChoices):
    ACTIVE = "active"
    FROZEN = "frozen"  # nothing may be ordered; what was already on its way still settles
    CLOSED = "closed"


class PaymentStatus(models.TextChoices):
    COMPLETED = "completed"
    PENDING_REVIEW = "pending_review"  # the money is held
    DECLINED = "declined"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"  # in full; a part is only `refunded_minor`


RECEIVED: Final = (PaymentStatus.COMPLETED, PaymentStatus.REFUNDED)  # what a payee gets to see


class TransferKind(models.TextChoices):
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"


class TransferStatus(models.TextChoices):
    PENDING_REVIEW = "pending_review"
    PENDING = "pending"  # with the processor
    COMPLETED = "completed"
    DECLINED = "declined"
    FAILED = "failed"
