"""What Django answers when no view did: problems under /api, Django's plain pages elsewhere."""

from collections.abc import Callable
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views import defaults

from nexafi.api.problems import MEDIA_TYPE, problem
from nexafi.api.renderers import to_bytes

_CODES = {400: "bad_request", 403: "permission_denied", 404: "not_found", 413: "body_too_large", 500: "internal_error"}


def _answer(request: HttpRequest, status: int, page: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    if not request.path_info.startswith("/api"):
        return page()
    body = problem(status=status, code=_CODES[status], title=HTTPStatus(status).phrase, instance=request.path_info)
    return HttpResponse(to_bytes(body), status=status, content_type=MEDIA_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """handler400: an unknown host, a malformed body, too many form fields, a body over Django's own limit (413)."""
    too_big = isinstance(exception, RequestDataTooBig)
    return _answer(request, 413 if too_big else 400, lambda: defaults.bad_request(request, exception))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """handler403."""
    return _answer(request, 403, lambda: defaults.permission_denied(request, exception))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """handler404."""
    return _answer(request, 404, lambda: defaults.page_not_found(request, exception))


def server_error(request: HttpRequest) -> HttpResponseBase:
    """handler500: no word about the cause leaves the server; the log has it under the same request id."""
    return _answer(request, 500, lambda: defaults.server_error(request))
