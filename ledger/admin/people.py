"""People by name on the ledger's pages."""

import re
from collections.abc import Collection

from accounts.models import User

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def names_of(actor_ids: Collection[str]) -> dict[str, str]:
    """The names of those actors that are users, by id."""
    ids = [actor_id for actor_id in actor_ids if _UUID.fullmatch(actor_id)]
    return {str(user.pk): user.full_name for user in User.objects.filter(pk__in=ids)}


def name_of(actor_id: str) -> str:
    """A person's name, or the id of what else acted."""
    return names_of([actor_id]).get(actor_id, actor_id)
