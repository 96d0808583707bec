"""Django's session, sign-in, CSRF and message middleware, for pages only: the API carries its credentials itself,
and these would double what a small request costs."""

from typing import Any

from axes.middleware import AxesMiddleware as Axes
from csp.middleware import CSPMiddleware as Csp
from django.contrib.auth.middleware import AuthenticationMiddleware as Authentication
from django.contrib.messages.middleware import MessageMiddleware as Message
from django.contrib.sessions.middleware import SessionMiddleware as Session
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware as XFrameOptions
from django.middleware.csrf import CsrfViewMiddleware as Csrf
from django_otp.middleware import OTPMiddleware as Otp


def pages_only(middleware: Any) -> Any:
    """A subclass of `middleware` that steps aside for /api/."""

    class PagesOnly(middleware):
        def __call__(self, request: HttpRequest) -> HttpResponseBase:
            if request.path_info.startswith("/api/"):
                return self.get_response(request)
            return super().__call__(request)

    return PagesOnly


class CsrfViewMiddleware(pages_only(Csrf)):  # type: ignore[misc]
    """Its check runs as a view hook, which has to step aside as well."""

    def process_view(self, request: HttpRequest, *args: Any) -> Any:
        return None if request.path_info.startswith("/api/") else super().process_view(request, *args)


AuthenticationMiddleware = pages_only(Authentication)
AxesMiddleware = pages_only(Axes)
CSPMiddleware = pages_only(Csp)
MessageMiddleware = pages_only(Message)
OTPMiddleware = pages_only(Otp)
SessionMiddleware = pages_only(Session)
XFrameOptionsMiddleware = pages_only(XFrameOptions)
