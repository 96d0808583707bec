"""What the audit log takes as filters and gives as JSON. Hashes and bodies are base64, as in the checkpoint."""

import base64
import json
from typing import Any

from audit import keys
from audit.models import AuditEvent, TreeHead
from audit.selectors import InclusionProof
from nexafi.api.serializers import CharField, DateTimeField, Filters, IntegerField, ListFilters, UUIDField


class EventFilters(ListFilters):
    """Events by what, who, on what and when."""

    orderings = ("-created_at", "created_at")

    action = CharField(max_length=80)
    actor_id = CharField(max_length=64)
    target_type = CharField(max_length=60)
    target_id = CharField(max_length=64)
    created_after = DateTimeField(source="created_at__gte")
    created_before = DateTimeField(source="created_at__lt")


class InclusionQuery(Filters):
    """Which event is to be proved."""

    event_id = UUIDField(required=True)


class ConsistencyQuery(Filters):
    """Two tree sizes; the second is the latest signed one when absent."""

    first = IntegerField(required=True, min_value=1)
    second = IntegerField(min_value=1)


def event_out(event: AuditEvent) -> dict[str, Any]:
    """An event as it was recorded, and its place in the tree."""
    body = json.loads(bytes(event.body))
    return {
        "id": body["id"],
        "leaf_index": event.seq,
        "created_at": body["at"],
        **{name: body[name] for name in ("action", "actor", "target", "reason", "data", "request_id")},
    }


def head_out(head: TreeHead) -> dict[str, Any]:
    """A signed tree head, with the keys to check it against."""
    return {
        "tree_size": head.size,
        "root_hash": encode(head.root),
        "signed_at": head.signed_at.isoformat(),
        "checkpoint": head.checkpoint,
        "verifier_keys": [str(key) for key in keys.trusted()],
    }


def inclusion_out(proof: InclusionProof) -> dict[str, Any]:
    """All that an offline verifier needs: the exact bytes, their place, the path and the signed root."""
    return {
        "event_id": str(proof.event.id),
        "leaf_index": proof.event.seq,
        "body": encode(proof.event.body),
        "audit_path": [encode(node) for node in proof.path],
        **head_out(proof.head),
    }


def encode(value: Any) -> str:
    return base64.b64encode(bytes(value)).decode()
