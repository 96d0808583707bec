"""Ring for the relay after a commit, without the request paying for it.

`ring` only sets a flag. One daemon thread per process sends the Celery task, at most every `PAUSE` seconds; what is
rung in between is rung once more after it. A broker that is down costs nothing but a log line: the sweep delivers.
"""

import logging
import os
import threading
import time

from django.conf import settings

PAUSE = 0.1
PAUSE_AFTER_FAILURE = 5.0
log = logging.getLogger(__name__)
_rung = threading.Event()
_thread: threading.Thread | None = None
_pid = 0


def ring() -> None:
    """Ask for a relay run soon. Never blocks and never raises; does nothing where OUTBOX_DOORBELL is off."""
    if not settings.OUTBOX_DOORBELL or _rung.is_set():
        return
    _rung.set()
    _start_in_this_process()


def _start_in_this_process() -> None:
    """Threads do not survive a fork, so each process starts its own on first use."""
    global _thread, _pid
    if _thread is None or _pid != os.getpid() or not _thread.is_alive():
        _pid = os.getpid()
        _thread = threading.Thread(target=_answer, name="outbox-doorbell", daemon=True)
        _thread.start()


def _answer() -> None:
    while True:
        _rung.wait()
        _rung.clear()
        time.sleep(PAUSE if _send() else PAUSE_AFTER_FAILURE)


def _send() -> bool:
    from nexafi.outbox.tasks import relay_task

    try:
        relay_task.apply_async(expires=30, retry=False)
    except Exception as error:
        log.warning("The broker does not answer; the sweep will deliver: %s", type(error).__name__)
        return False
    return True
