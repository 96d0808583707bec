"""Alerts over HTTP."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from compliance.cases.api.serializers import (
    AlertFilters,
    Assignment,
    DecisionReason,
    NewComment,
    alert_body,
    alert_detail,
    event_body,
)
from compliance.cases.models import Alert
from compliance.cases.selectors import case_figures
from compliance.cases.services import decisions
from nexafi.api.views import ApiView
from nexafi.core.errors import NotFound


class AlertsView(ApiView):
    """GET /aml/alerts."""

    access = {"GET": "compliance.view"}

    def get(self, request: Request) -> Response:
        return self.list(Alert.objects.all(), AlertFilters, alert_body)


class AlertView(ApiView):
    """GET /aml/alerts/{id}."""

    access = {"GET": "compliance.view"}

    def get(self, request: Request, alert_id: UUID) -> Response:
        alert = Alert.objects.select_related("assessment").filter(pk=alert_id).first()
        if alert is None:
            raise NotFound("There is no such alert.")
        return Response(alert_detail(alert))


class AssignView(ApiView):
    """POST /aml/alerts/{id}/assign."""

    access = {"POST": "compliance.work_alerts"}

    def post(self, request: Request, alert_id: UUID) -> Response:
        return Response(alert_body(decisions.assign_alert(alert_id, self.body(Assignment).get("assignee_id"))))


class CommentView(ApiView):
    """POST /aml/alerts/{id}/comment."""

    access = {"POST": "compliance.work_alerts"}

    def post(self, request: Request, alert_id: UUID) -> Response:
        event = decisions.comment_alert(alert_id, self.body(NewComment)["comment"])
        return Response(event_body(event), status=201)


class ReleaseView(ApiView):
    """POST /aml/alerts/{id}/release."""

    access = {"POST": "compliance.decide_alerts"}

    def post(self, request: Request, alert_id: UUID) -> Response:
        return Response(alert_body(decisions.release_alert(alert_id, self.body(DecisionReason)["reason"])))


class RejectView(ApiView):
    """POST /aml/alerts/{id}/reject."""

    access = {"POST": "compliance.decide_alerts"}

    def post(self, request: Request, alert_id: UUID) -> Response:
        return Response(alert_body(decisions.reject_alert(alert_id, self.body(DecisionReason)["reason"])))


class NextView(ApiView):
    """POST /aml/alerts/next: take the most urgent alert; 204 when there is none."""

    access = {"POST": "compliance.work_alerts"}

    def post(self, request: Request) -> Response:
        alert = decisions.take_next()
        return Response(alert_body(alert)) if alert else Response(status=204)


class DashboardView(ApiView):
    """GET /compliance/dashboard."""

    access = {"GET": "compliance.view"}

    def get(self, request: Request, **kwargs: Any) -> Response:
        return Response(case_figures())
