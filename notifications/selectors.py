"""Reads of notifications."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from notifications.constants import REQUIRED_CATEGORIES, Category, Channel
from notifications.models import Preference


@dataclass(frozen=True)
class Choice:
    """Whether a user gets a category over a channel, and whether that can be changed."""

    category: Category
    channel: Channel
    enabled: bool
    required: bool


def muted(user_ids: Iterable[UUID]) -> set[tuple[UUID, str, str]]:
    """(user, category, channel) that users have switched off; required categories never are."""
    rows = Preference.objects.filter(user__in=list(user_ids), enabled=False).exclude(category__in=REQUIRED_CATEGORIES)
    return set(rows.values_list("user_id", "category", "channel"))


def preferences_of(user_id: UUID) -> list[Choice]:
    """Every category on every channel, as it stands for the user."""
    off = muted([user_id])
    return [
        Choice(category, channel, (user_id, category, channel) not in off, category in REQUIRED_CATEGORIES)
        for category in Category
        for channel in Channel
    ]
