"""RFC 9457 problem documents for everything that goes wrong under /api."""

from typing import Any

from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from nexafi.core.context import current_actor
from nexafi.core.errors import DomainError, FieldError

MEDIA_TYPE = "application/problem+json"


def problem(
    *, status: int, code: str, title: str, detail: str = "", instance: str = "", errors: tuple[FieldError, ...] = ()
) -> dict[str, Any]:
    """The body of a problem document."""
    body: dict[str, Any] = {
        "type": f"urn:nexafi:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail or title,
        "instance": instance,
        "code": code,
        "request_id": current_actor().request_id,
    }
    if errors:
        body["errors"] = [{"pointer": e.pointer, "code": e.code, "detail": e.detail} for e in errors]
    return body


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook. DomainErrors carry their own code and status; DRF's and Django's are mapped; the rest is a 500."""
    request = context.get("request")
    instance = request.path if request is not None else ""
    if isinstance(exc, DomainError):
        body = problem(
            status=exc.status, code=exc.code, title=exc.title, detail=exc.detail, instance=instance, errors=exc.errors
        )
        response = Response(body, status=exc.status, content_type=MEDIA_TYPE)
        if exc.retry_after is not None:
            response["Retry-After"] = str(exc.retry_after)
        return response
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    if isinstance(exc, exceptions.APIException):
        body = problem(
            status=exc.status_code,
            code=str(exc.default_code),
            title=str(exc.default_detail),
            detail=str(exc.detail) if not isinstance(exc.detail, dict | list) else "",
            instance=instance,
        )
        return Response(body, status=exc.status_code, content_type=MEDIA_TYPE)
    return None
