"""The base currency that the books keep, against the setting and the audit log."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from audit.models import AuditEvent
from ledger.integrity.events import parse, unsealed_events
from ledger.integrity.report import Fault
from ledger.models import BaseCurrency
from ledger.selectors.base import base_fault

_ACTION: Final = "ledger.base_currency_settled"


def check_base() -> Iterator[Fault]:
    """It must be the one that the audit log saw settled, and the setting."""
    table = BaseCurrency._meta.db_table
    kept = [row.currency for row in BaseCurrency.objects.all()]
    bodies = AuditEvent.objects.filter(action=_ACTION).values_list("body", flat=True)
    events = chain(map(parse, bodies), unsealed_events())
    recorded = [event.target_id for event in events if event.action == _ACTION]
    if kept != recorded:
        detail = f"The books keep {kept[0] if kept else 'none'}, the audit log {', '.join(recorded) or 'none'}."
        yield Fault("base_currency_altered", table, "1", detail)
    if fault := base_fault():
        yield Fault("base_currency_changed", table, "1", fault)
