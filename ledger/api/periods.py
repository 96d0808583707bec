"""Accounting periods over HTTP: laid out, looked at with their checklist, closed, opened again by two people."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.checklist import checklist
from ledger.exceptions import UnknownPeriod
from ledger.models import Period
from ledger.services.periods import close_period, create_periods, request_reopening, span_named, spans_of_year
from ledger.types import Cycle, Span
from nexafi.api import serializers as s
from nexafi.api.idempotency import idempotent
from nexafi.api.views import ApiView


class NewPeriods(s.StrictSerializer):
    """Either a year and how it is cut, or one span of dates."""

    year = s.IntegerField(required=False, min_value=1900, max_value=9000)
    by = s.ChoiceField(required=False, choices=[cycle.value for cycle in Cycle])
    starts = s.DateField(required=False)
    ends = s.DateField(required=False)
    name = s.CharField(required=False, max_length=60)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (set(attrs) == {"year", "by"} or {"starts", "ends"} <= set(attrs) <= {"starts", "ends", "name"}):
            raise ValidationError("Give year and by, or starts and ends.", code="one_way")
        return attrs


class ClosePeriod(s.StrictSerializer):
    reason = s.CharField(max_length=500)
    accept_warnings = s.BooleanField(required=False, default=False)


class ReopenPeriod(s.StrictSerializer):
    reason = s.CharField(max_length=500)


class PeriodFilters(s.ListFilters):
    orderings = ("starts", "-starts")
    status = s.ChoiceField(choices=Period.Status.values)


class PeriodsView(ApiView):
    access = {"GET": "ledger.view", "POST": "ledger.close_periods"}

    def get(self, request: Request) -> Response:
        """List periods by their dates."""
        return self.list(Period.objects.all(), PeriodFilters, _period)

    @idempotent(required=False)
    def post(self, request: Request) -> Response:
        """Lay out one period, or the months, quarters or whole of a year; they follow the last one without a gap."""
        periods = create_periods(spans=_spans(self.body(NewPeriods)))
        return Response({"next": None, "previous": None, "results": [_period(each) for each in periods]}, status=201)


class PeriodView(ApiView):
    access = {"GET": "ledger.view"}

    def get(self, request: Request, period_id: UUID) -> Response:
        """One period; an open one with its checklist as it stands now."""
        period = Period.objects.filter(pk=period_id).first()
        if period is None:
            raise UnknownPeriod
        items = checklist(period) if period.status == Period.Status.OPEN else []
        return Response(
            _period(period)
            | {
                "closing_entries": period.closing_entries,
                "checklist": [
                    {"code": item.code, "title": item.title, "state": item.state, "detail": item.detail}
                    for item in items
                ],
            }
        )


class PeriodCloseView(ApiView):
    access = {"POST": "ledger.close_periods"}

    @idempotent(required=False)
    def post(self, request: Request, period_id: UUID) -> Response:
        """Close the earliest open period: its earnings go to retained earnings and nothing posts into it any more.
        409 `period_not_ready` lists what blocks; warnings must be accepted."""
        return Response(_period(close_period(period_id=period_id, **self.body(ClosePeriod))))


class PeriodReopenView(ApiView):
    access = {"POST": "ledger.close_periods"}

    def post(self, request: Request, period_id: UUID) -> Response:
        """Ask for the last closed period to be opened again; it is when a second person approves."""
        body = self.body(ReopenPeriod)
        maker: Any = request.user  # signed in: the permission was checked
        approval = request_reopening(period_id=period_id, maker=maker, reason=body["reason"])
        return Response({"approval_id": approval.id, "status": approval.status, "period_id": period_id}, status=202)


def _spans(body: dict[str, Any]) -> Sequence[Span]:
    if "year" in body:
        return spans_of_year(body["year"], Cycle(body["by"]))
    named = span_named(body["starts"], body["ends"])
    return [Span(named.starts, named.ends, body.get("name", named.name))]


def _period(period: Period) -> dict[str, Any]:
    return {
        "id": period.id,
        "name": period.name,
        "starts": period.starts,
        "ends": period.ends,
        "status": period.status,
        "closed_at": period.closed_at,
    }
