"""Runs of check_ledger over HTTP: asked for, followed, read."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from ledger.exceptions import UnknownCheck
from ledger.integrity import explain
from ledger.models import LedgerCheck
from ledger.services.checks import request_check
from nexafi.api import serializers as s
from nexafi.api.views import ApiView


class CheckFilters(s.ListFilters):
    orderings = ("-id", "id")
    status = s.ChoiceField(choices=LedgerCheck.Status.values)


class ChecksView(ApiView):
    access = {"GET": "ledger.view", "POST": "ledger.run_checks"}

    def get(self, request: Request) -> Response:
        """List the checks of the whole ledger, the newest first."""
        return self.list(LedgerCheck.objects.defer("faults"), CheckFilters, _check)

    def post(self, request: Request) -> Response:
        """Ask for a check; a worker runs it. While one waits or runs, it is that one."""
        return Response(_check(request_check()), status=202)


class CheckView(ApiView):
    access = {"GET": "ledger.view"}

    def get(self, request: Request, check_id: UUID) -> Response:
        """One check with each fault: where it is, what it means, what to do."""
        check = LedgerCheck.objects.filter(pk=check_id).first()
        if check is None:
            raise UnknownCheck
        return Response(
            _check(check) | {"truncated": check.truncated, "faults": [_fault(each) for each in check.faults]}
        )


def _check(check: LedgerCheck) -> dict[str, Any]:
    return {
        "id": check.id,
        "status": check.status,
        "holds": check.holds,
        "requested_at": check.requested_at,
        "requested_by": check.requested_by,
        "started_at": check.started_at,
        "finished_at": check.finished_at,
        "step": check.step,
        "rows": check.rows,
        "checked": check.checked,
        "totals": check.totals,
        "fault_count": check.fault_count,
    }


def _fault(fault: dict[str, str]) -> dict[str, str]:
    meaning, advice = explain(fault["check"])
    return fault | {"meaning": meaning, "advice": advice}
