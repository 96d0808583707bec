"""Celery is the doorbell, the database is the queue: a lost message costs seconds, never work.

Messages are acknowledged after the work, a killed worker's message returns after VISIBILITY_TIMEOUT seconds, results
are not kept, and only JSON is read. Without Redis the broker is a directory; SQLite gets one worker process.
"""

from typing import Any

from nexafi.settings.parts.cache import REDIS_URL
from nexafi.settings.parts.database import IS_SQLITE
from nexafi.settings.parts.paths import VAR_DIR

VISIBILITY_TIMEOUT = 600  # longer than any task may run (CELERY_TASK_TIME_LIMIT), so that no task runs twice at once

CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any]
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "unacked_restore_interval": 10,  # looks for a dead worker's messages every 10 s; the default waits 100 s
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 25,
        "max_retries": 1,  # of a sender; a worker reconnects for ever
        "global_keyprefix": "nexafi:",
    }
else:
    CELERY_BROKER_URL = "directory://localhost"  # nexafi.broker
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "broker"),
        "data_folder_out": str(VAR_DIR / "broker"),
        "control_folder": str(VAR_DIR / "broker-control"),
        "polling_interval": 0.2,
    }

CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = VISIBILITY_TIMEOUT - 60
CELERY_TASK_DEFAULT_QUEUE = "nexafi"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_POOL = "solo" if IS_SQLITE else "prefork"
CELERY_WORKER_CONCURRENCY = 1 if IS_SQLITE else 2
CELERY_WORKER_MAX_TASKS_PER_CHILD = 10_000
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # heartbeats are rows, so that they work with every broker
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BEAT_SCHEDULER = "nexafi.scheduler:LeasedScheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True

OUTBOX_DOORBELL = True
OUTBOX_KEEP_DAYS = 30
