"""The body of an event: how it is written, authenticated, and read back into search columns."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings

from nexafi.core import clock
from nexafi.core import json as strict_json
from nexafi.core.context import current_actor
from nexafi.core.ids import uuid7

VERSION = 1
_LIMITS = {"action": 80, "actor_kind": 20, "actor_id": 64, "target_type": 60, "target_id": 64}


@dataclass(frozen=True)
class EventDraft:
    """An event to be recorded: what was done ("payments.payment_released") to which target, and why."""

    action: str
    target_type: str
    target_id: UUID | str
    data: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""

    def __post_init__(self) -> None:
        for name in ("action", "target_type", "target_id"):
            if not 0 < len(str(getattr(self, name))) <= _LIMITS[name]:
                raise ValueError(f"{name} has 1 to {_LIMITS[name]} characters.")


@dataclass(frozen=True)
class WrittenEvent:
    """An event as stored: its id, its canonical bytes, and their authentication code."""

    id: UUID
    at: datetime
    body: bytes
    mac: bytes


def write(draft: EventDraft) -> WrittenEvent:
    """The canonical bytes of an event done now by the current actor. Raises TypeError for floats in `data`."""
    actor, event_id, at = current_actor(), uuid7(), clock.now()
    body = strict_json.canonical(
        {
            "v": VERSION,
            "id": str(event_id),
            "at": at.isoformat(),
            "action": draft.action,
            "actor": {"kind": actor.kind, "id": actor.id, "ip": actor.client_ip},
            "request_id": actor.request_id,
            "target": {"type": draft.target_type, "id": str(draft.target_id)},
            "reason": draft.reason,
            "data": dict(draft.data),
        }
    )
    return WrittenEvent(event_id, at, body, authentication_code(body))


def authentication_code(body: bytes) -> bytes:
    """HMAC-SHA-256 under a key that the database does not hold: between its transaction and its seal (about a second)
    an event is guarded by this code, afterwards by the tree."""
    return hmac.digest(_mac_key(settings.FIELD_KEYS.index_key), body, "sha256")


@lru_cache(maxsize=4)
def _mac_key(index_key: bytes) -> bytes:
    return hmac.digest(index_key, b"audit.unsealed", "sha256")


def is_genuine(event_id: UUID, body: bytes, mac: bytes) -> bool:
    """True when the application wrote these bytes, under this id."""
    if not hmac.compare_digest(authentication_code(body), mac):
        return False
    return bool(json.loads(body)["id"] == str(event_id))


def columns_of(body: bytes) -> dict[str, Any]:
    """The search columns of an event, read from its body. Raises ValueError, KeyError or TypeError when the bytes
    are not an event."""
    event = json.loads(body)
    actor, target = event["actor"], event["target"]
    return {
        "id": UUID(event["id"]),
        "action": _column(event["action"], "action"),
        "actor_kind": _column(actor["kind"], "actor_kind"),
        "actor_id": _column(actor["id"], "actor_id"),
        "target_type": _column(target["type"], "target_type"),
        "target_id": _column(target["id"], "target_id"),
        "created_at": datetime.fromisoformat(event["at"]),
    }


def _column(text: str, name: str) -> str:
    return text.replace("\x00", "")[: _LIMITS[name]]
