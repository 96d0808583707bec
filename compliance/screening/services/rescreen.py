"""Bring every customer's verdict up to the lists and the matcher in force."""

from collections.abc import Callable

from django.db.models import Exists, OuterRef, QuerySet

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
    customers = Customer.objects.all() if force else _waiting()
    ids = list(customers.order_by("pk").values_list("pk", flat=True))
    screened = 0
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        due = chunk if force else _waiting().filter(pk__in=chunk).values_list("pk", flat=True)  # others work on it too
        screened += len(screen_customers(list(due), trigger=ScreeningRun.Trigger.LIST_UPDATE))
        if progress:
            progress(start + len(chunk), len(ids))
    return screened


def _waiting() -> QuerySet[Customer]:
    current = ScreeningVerdict.objects.filter(customer=OuterRef("pk"), versions_key=current_versions().key)
    return Customer.objects.filter(~Exists(current))
