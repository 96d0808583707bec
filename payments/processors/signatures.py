"""Event signatures after Standard Webhooks 1.0.0: HMAC-SHA256 over "id.timestamp.body"."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from nexafi.core import clock
from payments.exceptions import InvalidSignature

TOLERANCE_SECONDS = 300  # an older or younger event may be a replay


def sign(*, secret: bytes, event_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers that go with an event."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{_mac(secret, event_id, timestamp, body)}",
    }


def verify(*, secret: bytes, headers: Mapping[str, str], body: bytes) -> str:
    """The event's id, when one of its signatures is right and it is recent. Raises InvalidSignature."""
    event_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    expected = f"v1,{_mac(secret, event_id, timestamp, body)}".encode()
    offered = headers.get("webhook-signature", "").split()
    if not event_id or not any(hmac.compare_digest(expected, one.encode()) for one in offered):
        raise InvalidSignature
    if abs(clock.now().timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise InvalidSignature("The event's timestamp is too far from now.")
    return event_id


def _mac(secret: bytes, event_id: str, timestamp: str, body: bytes) -> str:
    signed = b".".join([event_id.encode(), timestamp.encode(), body])
    return base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
