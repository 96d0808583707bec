"""One JSON object a line on standard error for everything that is logged, by us, Django, Celery and libraries.

Every line carries the request id and the actor of the moment. JSON escapes line breaks and control characters, so a
hostile value can neither forge a line nor colour a terminal; `redact` goes over every value, tracebacks included.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from nexafi.core.context import current_actor
from nexafi.observability.redaction import redact

_QUIET = {"level": "WARNING"}
# Fields whose values this program makes, never a client: not looked through.
_OURS = frozenset({"level", "logger", "timestamp", "method", "route", "status", "duration_ms", "actor", "actor_id"})


def add_actor(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Who was acting, on which request."""
    actor = current_actor()
    for name, value in (("request_id", actor.request_id), ("actor", actor.kind), ("actor_id", actor.id)):
        if value:
            event.setdefault(name, value)
    return event


def redact_event(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    return {name: value if name in _OURS else redact(value, name) for name, value in event.items()}


class AccessLine(logging.Formatter):
    """The line of a request, as the chain below would write it, at a third of its cost: there is one for each."""

    def format(self, record: logging.LogRecord) -> str:
        actor = current_actor()
        line = {
            "event": record.msg,
            "level": record.levelname.lower(),
            "logger": record.name,
            **{name: getattr(record, name) for name in ("method", "route", "status", "duration_ms")},
            **{name: redact(getattr(record, name), name) for name in ("path", "client_ip", "user_agent")},
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        }
        who = {"request_id": redact(actor.request_id, "request_id"), "actor": actor.kind, "actor_id": actor.id}
        return json.dumps(line | {name: value for name, value in who.items() if value})


def configuration(level: str) -> dict[str, Any]:
    """Django's LOGGING."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    structlog.stdlib.ExtraAdder(),
                    structlog.processors.TimeStamper(fmt="iso", utc=True),
                    add_actor,
                ],
                "processors": [
                    _without_records,
                    structlog.processors.format_exc_info,
                    redact_event,
                    structlog.processors.JSONRenderer(default=str),
                ],
            },
            "access": {"()": AccessLine},
        },
        "handlers": {
            "standard_error": {"class": "logging.StreamHandler", "formatter": "json"},
            "access": {"class": "logging.StreamHandler", "formatter": "access"},
        },
        "root": {"handlers": ["standard_error"], "level": level},
        "loggers": {
            "nexafi.access": {"handlers": ["access"], "propagate": False},
            # The access line of each request says what these would say again.
            "django.request": {"level": "ERROR"},
            "django.server": _QUIET,
            "django.security.DisallowedHost": {"level": "ERROR"},
            "celery": _QUIET,
            "kombu": _QUIET,
            "axes": _QUIET,
            "urllib3": _QUIET,
        },
    }


def _without_records(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Drop objects that have no place in a line: the log record and Django's request."""
    for name in ("_record", "_from_structlog", "request"):
        event.pop(name, None)
    return event
