"""The OpenAPI document's settings and shared components; operations are described by nexafi.api.schema."""

from typing import Any


def _header(description: str, **schema: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", **schema}}


_TEXT = {"type": "string"}
_COMPONENTS: dict[str, Any] = {
    "securitySchemes": {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "apiKey": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Authorization: Api-Key <key>`",
        },
    },
    "headers": {
        "X-Request-ID": _header("The request's id: the client's own, or a new one."),
        "RateLimit": _header('What is left of the limit: `"scope";r=remaining;t=seconds`.'),
        "RateLimit-Policy": _header('The limit: `"scope";q=requests;w=seconds`.'),
    },
    "schemas": {
        "Problem": {
            "type": "object",
            "description": "RFC 9457 problem details. `code` is stable; `errors` lists each fault of the input.",
            "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
            "properties": {
                **dict.fromkeys(("type", "title", "detail", "instance", "code", "request_id"), _TEXT),
                "status": {"type": "integer"},
                "errors": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["pointer", "code", "detail"],
                        "properties": dict.fromkeys(("pointer", "code", "detail"), _TEXT),
                    },
                },
            },
        }
    },
    "responses": {
        "Problem": {
            "description": "The request was refused or failed.",
            "headers": {"Retry-After": _header("Seconds to wait, with 409, 429 and 503.")},
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    },
}

SPECTACULAR_SETTINGS = {
    "TITLE": "NexaFi API",
    "DESCRIPTION": "Wallets, payments and compliance on a double-entry ledger.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["nexafi.api.schema.describe_conventions"],
    "APPEND_COMPONENTS": _COMPONENTS,
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
}
