"""The scheduler process: Celery beat that fires only while it holds the lease, so a second one started by mistake or
for failover stands by."""

import logging
import os
import socket
import time
from typing import Any

from celery.beat import PersistentScheduler
from django.db import DatabaseError, close_old_connections

from nexafi.observability.heartbeats import EVERY, SCHEDULER, give_up_lease, hold_lease

log = logging.getLogger(__name__)


class LeasedScheduler(PersistentScheduler):
    """Sends due tasks while the database says that this process is the scheduler."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.holder = f"{socket.gethostname()}-{os.getpid()}"
        self._renewed_at = 0.0
        self._is_leader = False
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        if time.monotonic() - self._renewed_at >= EVERY:
            self._renew()
        if not self._is_leader:
            return 1.0
        return min(super().tick(*args, **kwargs), EVERY)

    def _renew(self) -> None:
        self._renewed_at = time.monotonic()
        try:
            close_old_connections()
            leads = hold_lease(SCHEDULER, self.holder)
        except DatabaseError as error:
            log.warning("The scheduler cannot reach the database: %s", type(error).__name__)
            leads = False
        if leads != self._is_leader:
            log.info("This scheduler %s.", "leads" if leads else "stands by")
        self._is_leader = leads

    def close(self) -> None:
        super().close()
        try:
            give_up_lease(SCHEDULER, self.holder)
        except DatabaseError:
            log.warning("The scheduler's lease could not be given up; it runs out by itself.")
