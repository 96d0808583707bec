"""Runs of check_ledger: asked for, run by a worker or a command, kept with what they found."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from audit.services.record import record
from ledger.constants import LAST_CHECK
from ledger.integrity import Report, check_ledger
from ledger.models import LedgerCheck
from nexafi.core import clock
from nexafi.core.context import current_actor
from nexafi.core.money import decimal_text
from nexafi.observability import measurements
from nexafi.outbox.services.publish import publish

SIGN_EVERY: Final = 2.0  # seconds between two signs of life
SILENT_AFTER: Final = timedelta(minutes=5)  # then it counts as dead
Status = LedgerCheck.Status
Progress = Callable[[str, int], None]
log = logging.getLogger(__name__)


def request_check() -> LedgerCheck:
    """Ask for a check by a worker; the one that waits or runs already, if there is one."""
    with transaction.atomic():
        fail_dead_checks()
        active = LedgerCheck.objects.filter(status__in=[Status.QUEUED, Status.RUNNING]).order_by("-id").first()
        if active:
            return active
        check = LedgerCheck.objects.create(requested_by=_by())
        record("ledger.check_requested", target_type="ledger.ledger_check", target_id=check.id)
        publish("ledger.check_requested", {"check_id": str(check.id)})
    return check


def run_requested_checks() -> int:
    """Run the checks that wait, each by whoever claims it first; returns how many this call ran."""
    waiting = LedgerCheck.objects.filter(status=Status.QUEUED).order_by("id").values_list("id", flat=True)
    claimed = [_run(check_id, _nobody) for check_id in list(waiting) if _claim(check_id)]
    return len(claimed)


def check_now(progress: Progress | None = None) -> LedgerCheck:
    """Run a check here and now; `progress` is told the name and size of each step done."""
    now = clock.now()
    check = LedgerCheck.objects.create(status=Status.RUNNING, requested_by=_by(), started_at=now, seen_at=now)
    return _run(check.id, progress or _nobody)


def fail_dead_checks() -> int:
    """Give up those whose process died without a word; returns how many."""
    silent = Q(seen_at__lt=clock.now() - SILENT_AFTER)
    return LedgerCheck.objects.filter(silent, status=Status.RUNNING).update(status=Status.FAILED)


def _claim(check_id: UUID) -> bool:
    now = clock.now()
    queued = LedgerCheck.objects.filter(pk=check_id, status=Status.QUEUED)
    return bool(queued.update(status=Status.RUNNING, started_at=now, seen_at=now))


def _run(check_id: UUID, progress: Progress) -> LedgerCheck:
    try:
        with signs_of_life(check_id, progress) as tell:
            report = check_ledger(tell)
    except BaseException:
        LedgerCheck.objects.filter(pk=check_id).update(status=Status.FAILED)
        raise
    return _keep(check_id, report)


def _keep(check_id: UUID, report: Report) -> LedgerCheck:
    """What was found, in the row, the audit log and, when there are faults, an event for the staff."""
    check = LedgerCheck.objects.get(pk=check_id)
    check.status, check.finished_at, check.holds = Status.FINISHED, clock.now(), report.holds
    check.checked, check.rows, check.totals = dict(report.checked), report.checked.total(), _totals(report)
    check.faults = [asdict(fault) for fault in report.faults]
    check.fault_count, check.truncated = len(report.faults), report.truncated
    data = {"holds": report.holds, "faults": len(report.faults), "checked": dict(report.checked)}
    with transaction.atomic():
        check.save()
        measurements.keep(LAST_CHECK, {"id": str(check.id), "faults": len(report.faults)})
        record("ledger.checked", target_type="ledger.ledger_check", target_id=check.id, data=data)
        if not report.holds:
            publish("ledger.check_failed", {"check_id": str(check.id), "faults": len(report.faults)})
    if not report.holds:
        log.error("The ledger does not hold: check %s found %s faults.", check.id, len(report.faults))
    return check


def _totals(report: Report) -> dict[str, dict[str, str]]:
    """Turnover by currency as decimal strings; sums may exceed what one amount may be."""
    return {
        code: {"debits": decimal_text(debits, code), "credits": decimal_text(credits, code)}
        for code, (debits, credits) in sorted(report.totals.items())
    }


@contextmanager
def signs_of_life(check_id: UUID, also: Progress) -> Iterator[Progress]:
    """Tell the check's row how far it has come, from a thread: the check itself reads one snapshot and cannot write.
    `also` is told each step."""
    done: dict[str, int] = {}
    over = threading.Event()
    thread = threading.Thread(target=_tell, args=(check_id, done, over), name="check-signs", daemon=True)
    thread.start()

    def progress(step: str, rows: int) -> None:
        done[step] = done.get(step, 0) + rows
        also(step, rows)

    try:
        yield progress
    finally:
        over.set()
        thread.join()


def _tell(check_id: UUID, done: dict[str, int], over: threading.Event) -> None:
    while not over.wait(SIGN_EVERY):
        steps = dict(done)
        try:
            LedgerCheck.objects.filter(pk=check_id, status=Status.RUNNING).update(
                seen_at=clock.now(), step=next(reversed(steps), ""), rows=sum(steps.values())
            )
        except DatabaseError as error:
            log.warning("The check's row could not be told how far it is: %s", type(error).__name__)
    connection.close()


def _nobody(step: str, rows: int) -> None:
    """Nobody watches."""


def _by() -> str:
    actor = current_actor()
    return f"{actor.kind} {actor.id}".strip()
