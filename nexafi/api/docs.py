"""The OpenAPI document and a page to read and try it, both served from here alone."""

from functools import cache
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from rest_framework.request import Request

from nexafi.api.permissions import PUBLIC
from nexafi.api.serializers import ChoiceField, Filters
from nexafi.api.views import ApiView

_RENDERERS = {"json": OpenApiJsonRenderer, "yaml": OpenApiYamlRenderer}
_PAGE_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"


class SchemaQuery(Filters):
    format = ChoiceField(choices=["json", "yaml"], default="json")


class SchemaView(ApiView):
    """GET /schema."""

    access = {"GET": PUBLIC}
    produces = ("application/json", "application/yaml", "application/vnd.oai.openapi")
    schema = None

    def get(self, request: Request) -> HttpResponse:
        """The document as JSON, or YAML with `?format=yaml`."""
        kind = self.query(SchemaQuery).validated_data["format"]
        return HttpResponse(_document(kind), content_type=f"application/{kind}")


@cache
def _document(kind: str) -> bytes:
    """Made once: it depends on the code alone."""
    rendered = _RENDERERS[kind]().render(SchemaGenerator().get_schema(public=True), renderer_context={})
    return rendered.encode() if isinstance(rendered, str) else rendered


class DocsView(ApiView):
    """GET /docs."""

    access = {"GET": PUBLIC}
    produces = ("text/html",)
    schema = None

    def get(self, request: Request) -> Any:
        """Swagger UI from our own static files."""
        response = render(request._request, "api/docs.html")
        response["Content-Security-Policy"] = _PAGE_POLICY
        return response
