"""The body of an event: how it is written, authenticated, and read back into search columns."""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from json.encoder import encode_basestring as _quoted
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from nexafi.core import clock
from nexafi.core import json as strict_json
from nexafi.core.context import current_actor
from nexafi.core.ids import uuid7_text

VERSION = 1


class CanonicalJson(str):
    """JSON text that is in canonical form already, made by one who knows its values (digests by id, say)."""

    __slots__ = ()


class EventDraft(NamedTuple):
    """An event to be recorded: what was done ("payments.payment_released") to which target, and why."""

    action: str
    target_type: str
    target_id: UUID | str
    data: Mapping[str, Any] | CanonicalJson = MappingProxyType({})
    reason: str = ""


class WrittenEvent(NamedTuple):
    """An event as stored: its id, its canonical bytes, their authentication code, and when it was recorded."""

    id: str
    body: bytes
    mac: bytes
    created_at: datetime


class Columns(NamedTuple):
    """The search columns of a sealed event, all read from its body."""

    id: str  # the UUID in its canonical form
    action: str
    actor_kind: str
    actor_id: str
    target_type: str
    target_id: str
    created_at: datetime


def write(draft: EventDraft) -> WrittenEvent:
    """The canonical bytes of an event done now by the current actor. Raises TypeError for floats in `data` and
    ValueError for what the search columns cannot hold."""
    actor, event_id, at, target_id = current_actor(), uuid7_text(), clock.now(), str(draft.target_id)
    if not (0 < len(draft.action) <= 80 and 0 < len(draft.target_type) <= 60 and 0 < len(target_id) <= 64):
        raise ValueError("An action has 1 to 80 characters, a target_type 60 and a target_id 64.")
    if len(actor.kind) > 20 or len(actor.id) > 64:
        raise ValueError("The actor does not fit the log.")
    # Put together here, keys in order: the encoder would cost three times as much for the few strings of most events.
    body = (
        f'{{"action":{_quoted(draft.action)},'
        f'"actor":{{"id":{_quoted(actor.id)},"ip":{_quoted(actor.client_ip)},"kind":{_quoted(actor.kind)}}},'
        f'"at":"{at.isoformat()}","data":{_data(draft.data)},"id":"{event_id}","reason":{_quoted(draft.reason)},'
        f'"request_id":{_quoted(actor.request_id)},'
        f'"target":{{"id":{_quoted(target_id)},"type":{_quoted(draft.target_type)}}},"v":{VERSION}}}'
    ).encode()
    if b"\\u0000" in body:
        raise ValueError("An event holds no NUL.")
    return WrittenEvent(event_id, body, authentication_code(body), at)


def _data(data: Mapping[str, Any] | CanonicalJson) -> str:
    return data if isinstance(data, CanonicalJson) else strict_json.canonical(dict(data)).decode()


def authentication_code(body: bytes) -> bytes:
    """Keyed BLAKE2b (RFC 7693) under a key that the database does not hold: between its transaction and its seal (about
    a second) an event is guarded by this code, afterwards by the tree."""
    return blake2b(body, key=_mac_key(settings.FIELD_KEYS.index_key), digest_size=32).digest()


@lru_cache(maxsize=4)
def _mac_key(index_key: bytes) -> bytes:
    return hmac.digest(index_key, b"audit.unsealed", "sha256")


def genuine_columns(event_id: UUID, body: bytes, mac: bytes) -> Columns | None:
    """The search columns of an unsealed event; None unless the application wrote these bytes under this id."""
    if not hmac.compare_digest(authentication_code(body), mac):
        return None
    columns = columns_of(body)
    return columns if columns.id == str(event_id) else None


def columns_of(body: bytes) -> Columns:
    """The search columns of an event. Raises ValueError, KeyError or TypeError when the bytes are not an event."""
    text = body.decode()
    event, end = _DECODER.raw_decode(text)
    if end != len(text):
        raise ValueError("Something follows the event.")
    actor, target = event["actor"], event["target"]
    return Columns(
        event["id"],
        event["action"],
        actor["kind"],
        actor["id"],
        target["type"],
        target["id"],
        datetime.fromisoformat(event["at"]),
    )


_DECODER = json.JSONDecoder()  # json.loads looks for spaces around the value as well, a third of its time
