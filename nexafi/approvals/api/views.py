"""The queue of requests that wait for a second person, and the decisions."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from nexafi.api.views import ApiView
from nexafi.approvals.api.serializers import ApprovalFilters, ApprovalOut, Decision
from nexafi.approvals.models import Approval, ApprovalQuerySet
from nexafi.approvals.services import approve, reject
from nexafi.core.errors import NotFound


class ApprovalsView(ApiView):
    access: ClassVar = {"GET": "approvals.view"}

    def get(self, request: Request) -> Response:
        """Requests for acts that take two people, newest first."""
        return self.list(_queue(request), ApprovalFilters, ApprovalOut)


class ApprovalView(ApiView):
    access: ClassVar = {"GET": "approvals.view"}

    def get(self, request: Request, approval_id: UUID) -> Response:
        """One request, as asked and as decided."""
        approval = _queue(request).filter(pk=approval_id).first()
        if approval is None:
            raise NotFound
        return Response(ApprovalOut(approval).data)


class DecisionView(ApiView):
    """Base of the two decisions."""

    access: ClassVar = {"POST": "approvals.decide"}
    decide: ClassVar[Callable[..., Approval]]

    def post(self, request: Request, approval_id: UUID) -> Response:
        reason = self.body(Decision)["reason"]
        approval = type(self).decide(approval_id=approval_id, checker=request.user, reason=reason)
        return Response(ApprovalOut(approval).data)


class ApproveView(DecisionView):
    """Approve a request of somebody else: what was asked is done at once. One's own: 403 `self_approval`; decided or
    expired already: 409."""

    decide: ClassVar[Any] = staticmethod(approve)


class RejectView(DecisionView):
    """Turn down a request of somebody else."""

    decide: ClassVar[Any] = staticmethod(reject)


def _queue(request: Request) -> ApprovalQuerySet:
    user: Any = request.user
    return Approval.objects.visible_to(user)
