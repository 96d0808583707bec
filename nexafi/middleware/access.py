"""One log line and one count for every request."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from nexafi.core.context import current_actor
from nexafi.observability.metrics import count_request

log = logging.getLogger("nexafi.access")
UNMATCHED = "unmatched"
_ASKED_ALL_THE_TIME = ("health", "api/v1/health", "metrics")  # logged only when they fail or at level DEBUG


class AccessMiddleware:
    """Logs method, route, status and duration. Query strings, bodies and credentials are never logged."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        route = request.resolver_match.route if request.resolver_match else UNMATCHED
        method = str(request.method)
        count_request(method=method, route=route, status=response.status_code, seconds=seconds)
        quiet = route.startswith(_ASKED_ALL_THE_TIME) and response.status_code < 500
        log.log(
            logging.DEBUG if quiet else logging.INFO,
            "request",
            extra={
                "method": method,
                "route": route,
                "path": request.path,
                "status": response.status_code,
                "duration_ms": round(seconds * 1000, 1),
                "client_ip": current_actor().client_ip,
                "user_agent": request.META.get("HTTP_USER_AGENT", "")[:200],
            },
        )
        return response
