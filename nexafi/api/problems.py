"""RFC 9457 problem documents for everything that goes wrong under /api."""

import logging
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings

from nexafi.core.context import current_actor
from nexafi.core.errors import DomainError, FieldError, ServiceUnavailable

MEDIA_TYPE = "application/problem+json"
logger = logging.getLogger(__name__)

# Codes of the API contract where the framework's own differ.
_CODES = {
    exceptions.ParseError: "invalid",
    exceptions.AuthenticationFailed: "not_authenticated",
    exceptions.Throttled: "rate_limited",
}


def problem(
    *, status: int, code: str, title: str, detail: str = "", instance: str = "", errors: Sequence[FieldError] = ()
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
    response = _response_to(exc, context["request"].path)
    if isinstance(exc, exceptions.MethodNotAllowed) and response is not None:
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def _response_to(exc: Exception, instance: str) -> Response | None:
    if isinstance(exc, OperationalError | InterfaceError):
        logger.error("The database did not answer.", exc_info=exc)
        exc = ServiceUnavailable()
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    if isinstance(exc, DomainError):
        return _response(domain_problem(exc, instance), retry_after=exc.retry_after)
    if isinstance(exc, exceptions.APIException):
        return _from_api_exception(exc, instance)
    return None


def domain_problem(exc: DomainError, instance: str) -> dict[str, Any]:
    """The problem document of an expected refusal."""
    return problem(
        status=exc.status, code=exc.code, title=exc.title, detail=exc.detail, instance=instance, errors=exc.errors
    )


def _from_api_exception(exc: exceptions.APIException, instance: str) -> Response:
    if isinstance(exc, exceptions.ValidationError):
        return _response(validation_problem(exc, instance))
    status, code = exc.status_code, _CODES.get(type(exc), exc.default_code)
    detail = "" if isinstance(exc.detail, dict | list) else str(exc.detail)
    body = problem(status=status, code=code, title=HTTPStatus(status).phrase, detail=detail, instance=instance)
    return _response(body, retry_after=getattr(exc, "wait", None))


def validation_problem(exc: exceptions.ValidationError, instance: str) -> dict[str, Any]:
    """One problem that lists every fault of the input by JSON pointer."""
    errors = list(field_errors(exc.detail))
    unknown = any(error.code == "unknown_field" for error in errors)
    return problem(
        status=400,
        code="unknown_field" if unknown else "invalid",
        title="Unknown field" if unknown else "Invalid input",
        detail=errors[0].detail if len(errors) == 1 else f"{len(errors)} values are invalid.",
        instance=instance,
        errors=errors,
    )


def field_errors(detail: Any, pointer: str = "") -> Iterator[FieldError]:
    """Flatten DRF's nested error detail: dictionaries by name, lists of dictionaries by index (RFC 6901)."""
    if isinstance(detail, exceptions.ErrorDetail):
        yield FieldError(pointer, detail.code or "invalid", str(detail))
    elif isinstance(detail, dict):
        for name, inner in detail.items():
            own = name == api_settings.NON_FIELD_ERRORS_KEY
            yield from field_errors(inner, pointer if own else f"{pointer}/{_escape(name)}")
    else:
        for index, inner in enumerate(detail):
            leaf = isinstance(inner, exceptions.ErrorDetail)
            yield from field_errors(inner, pointer if leaf else f"{pointer}/{index}")


def _escape(name: Any) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _response(body: dict[str, Any], *, retry_after: float | None = None) -> Response:
    response = Response(body, status=body["status"], content_type=MEDIA_TYPE)
    if retry_after is not None:
        response["Retry-After"] = str(max(1, int(retry_after)))
    if body["status"] == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response
