"""Rate limits: django-ratelimit's atomic counters behind DRF's throttle interface.

A view names its `throttle_scope`, or one for each method; settings.RATE_LIMITS maps a scope to its rules. Counters
live in the cache named by RATELIMIT_USE_CACHE, which all web processes share when it is Redis.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from nexafi.core.errors import ServiceUnavailable

logger = logging.getLogger(__name__)
FAIL_CLOSED = frozenset({"sign_in", "password_reset", "money"})


@dataclass(frozen=True)
class Usage:
    """How much of a limit is used: `count` of `limit` requests in the running window of `period` seconds."""

    scope: str
    count: int
    limit: int
    period: int
    time_left: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.count)

    @property
    def exceeded(self) -> bool:
        return self.count > self.limit


class RateLimit(BaseThrottle):
    """Counts the request against every rule of the view's scope; the strictest rule decides and is told in headers."""

    usage: Usage | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        scope = getattr(view, "throttle_scope", None) or "default"
        if isinstance(scope, Mapping):
            scope = scope.get(request.method, "default")
        try:
            usages = [_use(request, scope, by, rate) for by, rate in settings.RATE_LIMITS[scope].items()]
        except (RedisError, OSError) as error:
            return self._without_counters(scope, error)
        counted = [usage for usage in usages if usage is not None]
        self.usage = min(counted, key=lambda usage: (usage.remaining, -usage.count), default=None)
        request.rate_limit = self.usage  # type: ignore[attr-defined]
        return self.usage is None or not self.usage.exceeded

    def _without_counters(self, scope: str, error: Exception) -> bool:
        """The counters are unreachable: guessing and spending stop, the rest goes on."""
        logger.error("Rate limit counters are unreachable.", exc_info=error)
        if scope in FAIL_CLOSED:
            raise ServiceUnavailable("Rate limits cannot be checked now.")
        return True

    def wait(self) -> float | None:
        return None if self.usage is None else float(max(1, self.usage.time_left))


def _use(request: Request, scope: str, by: str, rate: str) -> Usage | None:
    """Count one request by "caller", "address" or "account" under `rate` ("100/m"); None when limits are off."""
    key = _KEYS[by](request)
    if key is None:
        return None
    count, period = parse_rate(rate)
    limit = (count * settings.RATE_LIMIT_FACTOR, period)
    usage = get_usage(request._request, group=f"{scope}.{by}", key=lambda *_: key, rate=limit, increment=True)
    return None if usage is None else Usage(scope, usage["count"], limit[0], period, usage["time_left"])


@cache
def parse_rate(rate: str) -> tuple[int, int]:
    """Requests and seconds of a rate such as "5/5m"."""
    count, _, window = rate.partition("/")
    return int(count), int(window[:-1] or 1) * {"s": 1, "m": 60, "h": 3600}[window[-1]]


def _address(request: Request) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _caller(request: Request) -> str:
    return str(request.user.pk) if request.user.is_authenticated else _address(request)


def _account(request: Request) -> str | None:
    """The account that a sign-in or reset names, whoever asks; None when the body names none."""
    email = request.data.get("email") if isinstance(request.data, dict) else None
    return email.strip().casefold()[:254] if isinstance(email, str) else None


def _account_and_address(request: Request) -> str | None:
    account = _account(request)
    return None if account is None else f"{account}|{_address(request)}"


_KEYS = {
    "caller": _caller,
    "address": _address,
    "account": _account,
    "account_and_address": _account_and_address,
}


def write_headers(response: HttpResponseBase, usage: Usage) -> None:
    """The IETF draft's RateLimit fields and the older X-RateLimit ones."""
    response["RateLimit-Policy"] = f'"{usage.scope}";q={usage.limit};w={usage.period}'
    response["RateLimit"] = f'"{usage.scope}";r={usage.remaining};t={usage.time_left}'
    response["X-RateLimit-Limit"] = str(usage.limit)
    response["X-RateLimit-Remaining"] = str(usage.remaining)
    response["X-RateLimit-Reset"] = str(usage.time_left)
