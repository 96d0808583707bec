"""Who listens to which event. Apps register in handlers.py, imported by their AppConfig.ready."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Event:
    """What a handler receives. The actor context of the original change is restored around the handler."""

    id: UUID
    name: str
    payload: dict[str, Any]
    created_at: datetime


Handler = Callable[[Event], None]
_handlers: dict[str, dict[str, Handler]] = defaultdict(dict)


def subscribe(*names: str) -> Callable[[Handler], Handler]:
    """Register a handler for the named events; it runs inside its own transaction, once per event."""

    def decorate(handler: Handler) -> Handler:
        for name in names:
            _handlers[name][f"{handler.__module__}.{handler.__qualname__}"] = handler
        return handler

    return decorate


def handlers_of(name: str) -> dict[str, Handler]:
    return dict(_handlers.get(name, {}))
