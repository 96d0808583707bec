"""Channels, categories and the catalogue of notification types."""

from datetime import timedelta
from typing import Final

from django.db import models


class Channel(models.TextChoices):
    IN_APP = "in_app"
    EMAIL = "email"


class Category(models.TextChoices):
    SECURITY = "security"  # always sent: nobody mutes a warning about their own account or the books
    PAYMENTS = "payments"
    ACCOUNT = "account"


REQUIRED_CATEGORIES: Final = frozenset({Category.SECURITY})


class Priority(models.TextChoices):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class MessageStatus(models.TextChoices):
    """What the recipient did with it."""

    UNREAD = "unread"
    READ = "read"
    ARCHIVED = "archived"


class Delivery(models.TextChoices):
    """What became of sending it; in-app messages are delivered by being written."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"  # given up after MAX_ATTEMPTS


MAX_ATTEMPTS: Final = 6
SEND_LEASE: Final = timedelta(minutes=2)  # after that a sender is taken for dead and another one tries
RETRY_PAUSE: Final = timedelta(seconds=30)  # doubled with each attempt

# Each type has a template of its name in templates/notifications.
CATALOGUE: Final[dict[str, Category]] = {
    "payment_completed": Category.PAYMENTS,
    "payment_received": Category.PAYMENTS,
    "payment_processing": Category.PAYMENTS,
    "payment_declined": Category.PAYMENTS,
    "payment_failed": Category.PAYMENTS,
    "payment_cancelled": Category.PAYMENTS,
    "payment_refunded": Category.PAYMENTS,
    "deposit_completed": Category.PAYMENTS,
    "deposit_failed": Category.PAYMENTS,
    "withdrawal_completed": Category.PAYMENTS,
    "withdrawal_failed": Category.PAYMENTS,
    "kyc_approved": Category.ACCOUNT,
    "kyc_rejected": Category.ACCOUNT,
    "kyc_expired": Category.ACCOUNT,
    "welcome": Category.ACCOUNT,
    "password_changed": Category.SECURITY,
    "new_sign_in": Category.SECURITY,
    "sessions_ended": Category.SECURITY,
    "account_locked": Category.SECURITY,
    "ledger_check_failed": Category.SECURITY,
}
