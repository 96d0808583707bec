"""The audit log over HTTP: events, the signed head, and proofs that need no trust in this server."""

from rest_framework.request import Request
from rest_framework.response import Response

from audit.api.serializers import (
    ConsistencyQuery,
    EventFilters,
    InclusionQuery,
    encode,
    event_out,
    head_out,
    inclusion_out,
)
from audit.models import AuditEvent
from audit.selectors import checkpoint_at, consistency_proof, inclusion_proof, latest_head
from nexafi.api.views import ApiView


class EventsView(ApiView):
    """GET /audit/events."""

    access = {"GET": "audit.view"}

    def get(self, request: Request) -> Response:
        return self.list(AuditEvent.objects.all(), EventFilters, event_out)


class TreeHeadView(ApiView):
    """GET /audit/tree-head: the newest signed head."""

    access = {"GET": "audit.view"}

    def get(self, request: Request) -> Response:
        return Response(head_out(latest_head()))


class InclusionProofView(ApiView):
    """GET /audit/proofs/inclusion: that an event is in the newest signed tree."""

    access = {"GET": "audit.view"}

    def get(self, request: Request) -> Response:
        asked = self.query(InclusionQuery).validated_data
        return Response(inclusion_out(inclusion_proof(asked["event_id"])))


class ConsistencyProofView(ApiView):
    """GET /audit/proofs/consistency: that a later tree only appended to an earlier one."""

    access = {"GET": "audit.view"}

    def get(self, request: Request) -> Response:
        asked = self.query(ConsistencyQuery).validated_data
        first, second = asked["first"], asked.get("second") or latest_head().size
        return Response(
            {
                "first": first,
                "second": second,
                "consistency_path": [encode(node) for node in consistency_proof(first, second)],
                "first_checkpoint": checkpoint_at(first),
                "second_checkpoint": checkpoint_at(second),
            }
        )
