"""The outermost middleware: who asks, from where, under which request id; and the headers of every API answer."""

import ipaddress
import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from nexafi.core.context import Actor, reset_actor, set_actor
from nexafi.core.ids import uuid7

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")

# An API answer is data: nothing may run, frame or keep it.
_API_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


class RequestContextMiddleware:
    """Sets the actor (anonymous until a view has authenticated the caller) for the time of the request."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = _request_id(request)
        request.META["REMOTE_ADDR"] = address = client_address(request)
        token = set_actor(Actor("anonymous", "", request_id, address))
        try:
            response = self.get_response(request)
        finally:
            reset_actor(token)
        response["X-Request-ID"] = request_id
        if request.path_info.startswith("/api/"):
            for name, value in _API_HEADERS.items():
                response.headers.setdefault(name, value)
        return response


def _request_id(request: HttpRequest) -> str:
    """The caller's own id when it is harmless in a log line and a header, else a new one."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if _REQUEST_ID.fullmatch(given) else str(uuid7())


def client_address(request: HttpRequest) -> str:
    """The address of the client as seen by the outermost of settings.TRUSTED_PROXY_HOPS proxies.

    Each proxy appends the address it was called from to X-Forwarded-For, so the entry that many places from the right
    is the first that the client could not forge. Fewer entries, or something that is no address: the connection's own.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    hops = settings.TRUSTED_PROXY_HOPS
    if not hops:
        return peer
    chain = [entry.strip() for entry in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if len(chain) < hops:
        return peer
    try:
        return str(ipaddress.ip_address(chain[-hops]))
    except ValueError:
        return peer
