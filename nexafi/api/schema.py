"""The OpenAPI document, read off the views themselves, so that it cannot say something else than they do.

nexafi.api.reading says what a method takes and gives; `extend_schema` overrides what cannot be read that way.
"""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.serializers import Serializer

from nexafi.api.permissions import PUBLIC
from nexafi.api.reading import FREE_FORM, Reading, read
from nexafi.api.views import ApiView

PREFIX = "/api/v1"
_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="1 to 255 printable characters. The same key and body give the first answer again for 24 hours.",
)
_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The `ETag` that was read; 412 when it has changed."
)


def page_schema(items: dict[str, Any]) -> dict[str, Any]:
    """The envelope of a list."""
    link = {"type": ["string", "null"], "format": "uri"}
    return {
        "type": "object",
        "required": ["next", "previous", "results"],
        "properties": {"next": link, "previous": link, "results": {"type": "array", "items": items}},
    }


class Schema(AutoSchema):
    """One operation of the document."""

    @property
    def reading(self) -> Reading:
        return read(type(self.view), self.method.lower())

    def is_excluded(self) -> bool:
        return not (self.path.startswith(f"{PREFIX}/") and isinstance(self.view, ApiView))

    def get_operation_id(self) -> str:
        words = self.path.removeprefix(PREFIX).replace("-", "_").replace("{", "").replace("}", "").split("/")
        return "_".join([self.method.lower(), *filter(None, words)])

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix(PREFIX).split("/")[1]]

    def get_auth(self) -> list[dict[str, Any]]:
        public = getattr(self.view, "access", {})[self.method] == PUBLIC
        return [] if public else [{"bearer": []}, {"apiKey": []}]

    def get_override_parameters(self) -> list[Any]:
        reading, handler = self.reading, getattr(self.view, self.method.lower())
        headers = [_KEY] if getattr(handler, "idempotent", False) else []
        return [*filter(None, [reading.query]), *headers, *([_MATCH] if reading.matches else [])]

    def get_request_serializer(self) -> Any:
        return self.reading.body

    def get_response_serializers(self) -> Any:
        outputs = self.reading.outputs or {200: None}
        answers = {status: self._response(status, output) for status, output in sorted(outputs.items())}
        files = [media_type for media_type in self.view.produces if media_type != "application/json"]  # type: ignore[attr-defined]
        return answers | {
            (200, file): OpenApiTypes.STR if file == "text/csv" else OpenApiTypes.BINARY for file in files
        }

    def _response(self, status: int, output: Any) -> Any:
        if status == 204:
            return None
        schema = self._output(output)
        return page_schema(schema) if self.reading.paged else schema

    def _output(self, output: Any) -> Any:
        """The schema of what a serializer class or a function gives."""
        if isinstance(output, type) and issubclass(output, Serializer):
            component = self.resolve_serializer(output, "response")
            return component.ref if component else FREE_FORM
        return output or FREE_FORM

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        """Every variable of our paths is an id, except where a name says what it is."""
        return [
            {
                "in": "path",
                "name": name,
                "required": True,
                "schema": {"type": "string", **({"format": "uuid"} if name.endswith("id") else {})},
            }
            for name in variables
        ]


class AmountFieldExtension(OpenApiSerializerFieldExtension):
    """Amounts: strings out, strings or numbers in."""

    target_class = "nexafi.api.serializers.AmountField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        text = {"type": "string", "pattern": r"^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,4})?$", "examples": ["12.34"]}
        return text if direction == "response" else {"oneOf": [text, {"type": "number"}]}


class RateFieldExtension(OpenApiSerializerFieldExtension):
    """Exchange rates: strings out, strings or numbers in."""

    target_class = "nexafi.api.serializers.RateField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        text = {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,12})?$", "examples": ["1.0845"]}
        return text if direction == "response" else {"oneOf": [text, {"type": "number"}]}


def describe_conventions(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Postprocessing hook: every answer carries the headers, and every refusal is a problem."""
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in result["components"]["headers"]}
    for operations in result["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                response["headers"] = {**response.get("headers", {}), **headers}
                response["description"] = response.get("description") or "Done."
            for status in ("4XX", "5XX"):
                operation["responses"][status] = {"$ref": "#/components/responses/Problem"}
    _drop_empty_defaults(result)
    return result


def _drop_empty_defaults(node: Any) -> None:
    """An empty text as default says no more than that the field is optional, and breaks the field's own pattern."""
    if isinstance(node, dict):
        if node.get("default") == "":
            del node["default"]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            _drop_empty_defaults(item)
