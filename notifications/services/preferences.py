"""Change what a user wants to be told."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from audit.services.record import record
from notifications.constants import REQUIRED_CATEGORIES, Category, Channel
from notifications.exceptions import CategoryRequired
from notifications.models import Preference


def set_preferences(*, user_id: UUID, choices: Iterable[tuple[Category, Channel, bool]]) -> None:
    """Store (category, channel, enabled) choices; those not named stay. Raises CategoryRequired."""
    rows = [
        Preference(user_id=user_id, category=category, channel=channel, enabled=enabled)
        for category, channel, enabled in choices
    ]
    if any(row.category in REQUIRED_CATEGORIES and not row.enabled for row in rows):
        raise CategoryRequired
    with transaction.atomic():
        Preference.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["user", "category", "channel"],
            update_fields=["enabled"],
        )
        record(
            "notifications.preferences_changed",
            target_type="user",
            target_id=user_id,
            data={"choices": [{"category": r.category, "channel": r.channel, "enabled": r.enabled} for r in rows]},
        )
