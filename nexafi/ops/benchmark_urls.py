"""The product's addresses and, as yardstick, an authenticated endpoint that does nothing."""

from typing import ClassVar

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from nexafi.api.permissions import SIGNED_IN
from nexafi.api.views import ApiView
from nexafi.urls import urlpatterns as product


class BareView(ApiView):
    """What every authenticated call costs before any business."""

    access: ClassVar[dict[str, str]] = {"GET": SIGNED_IN}

    def get(self, request: Request) -> Response:
        return Response({"ok": True})


urlpatterns = [path("api/v1/bare", BareView.as_view()), *product]
