"""Bring every customer's verdict up to the lists and the matcher in force."""

from collections.abc import Callable
from uuid import UUID

from django.db.models import Exists, OuterRef

from accounts.models import Customer
from compliance.screening.models import ScreeningRun, ScreeningVerdict
from compliance.screening.services.customers import screen_customers
from compliance.screening.services.engine import current_versions

CHUNK = 200  # customers a transaction


def rescreen_all(*, force: bool = False, progress: Callable[[int, int], None] | None = None) -> int:
    """Screen the customers whose verdict is missing or of other versions (all with `force`); returns how many.

    The missing verdicts are the queue: an interrupted run leaves the rest for the next one, and a list imported
    meanwhile makes them out of date again. `progress` hears (done, total).
    """
    waiting = _waiting(force=force)
    for start in range(0, len(waiting), CHUNK):
        screen_customers(waiting[start : start + CHUNK], trigger=ScreeningRun.Trigger.LIST_UPDATE)
        if progress:
            progress(min(start + CHUNK, len(waiting)), len(waiting))
    return len(waiting)


def _waiting(*, force: bool) -> list[UUID]:
    current = ScreeningVerdict.objects.filter(customer=OuterRef("pk"), versions_key=current_versions().key)
    customers = Customer.objects.all() if force else Customer.objects.filter(~Exists(current))
    return list(customers.order_by("pk").values_list("pk", flat=True))
