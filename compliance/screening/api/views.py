"""Screening over HTTP."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.screening.api.serializers import (
    BatchRequest,
    HitFilters,
    ResolveRequest,
    ScreenRequest,
    hit_body,
    list_body,
    query_of,
    result_body,
)
from compliance.screening.models import ScreeningHit
from compliance.screening.selectors import list_status
from compliance.screening.services.resolve import decide_hit
from compliance.screening.services.screening import screen_batch, screen_name
from nexafi.api.views import ApiView


class ScreenView(ApiView):
    """POST /sanctions/screen: one name against the lists in force."""

    access = {"POST": "compliance.screen"}

    def post(self, request: Request) -> Response:
        return Response(result_body(screen_name(query_of(self.body(ScreenRequest)))))


class ScreenBatchView(ApiView):
    """POST /sanctions/screen/batch: up to 1,000 names, answered in order."""

    access = {"POST": "compliance.screen"}

    def post(self, request: Request) -> Response:
        queries = [query_of(each) for each in self.body(BatchRequest)["entities"]]
        return Response({"results": [result_body(result) for result in screen_batch(queries)]})


class ListsView(ApiView):
    """GET /sanctions/lists: the lists in force, their age, and whether one is only the starter list."""

    access = {"GET": ("compliance.view", "compliance.screen")}

    def get(self, request: Request) -> Response:
        return Response({"next": None, "previous": None, "results": [list_body(each) for each in list_status()]})


class HitsView(ApiView):
    """GET /sanctions/hits."""

    access = {"GET": "compliance.view"}

    def get(self, request: Request) -> Response:
        return self.list(_hits(request), HitFilters, hit_body)


class ResolveHitView(ApiView):
    """POST /sanctions/hits/{id}/resolve: a person says whether the two are the same."""

    access = {"POST": "compliance.decide_alerts"}

    def post(self, request: Request, hit_id: UUID) -> Response:
        """A customer's false positive is for a second person to approve: 202, and the hit stays open until then."""
        maker: Any = request.user  # signed in: the permission was checked
        approval = decide_hit(hit_id, maker=maker, **self.body(ResolveRequest))
        if approval is not None:
            return Response({"approval_id": approval.id, "status": approval.status, "hit_id": hit_id}, status=202)
        return Response(hit_body(_hits(request).get(pk=hit_id)))


def _hits(request: Request) -> QuerySet[ScreeningHit]:
    rows = ScreeningHit.objects.visible_to(request.user).select_related("run", "entry")
    return rows.defer("entry_document", "entry__document")
