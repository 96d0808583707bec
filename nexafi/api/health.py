"""Probes, the state of the system's parts, and metrics. They need no sign-in and touch no rate counter, so that they
answer while everything else is down."""

import hmac
import ipaddress
from functools import lru_cache
from typing import Any, ClassVar

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.http import require_GET
from drf_spectacular.utils import extend_schema
from prometheus_client import CONTENT_TYPE_LATEST
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from nexafi.api.permissions import PUBLIC
from nexafi.api.views import ApiView
from nexafi.observability import parts
from nexafi.observability.metrics import exposition


class HealthOut(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["ok", "unavailable"])
    checks = serializers.DictField(child=serializers.CharField(), required=False)


class PartOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=[parts.OK, parts.DEGRADED, parts.DOWN])
    latency_ms = serializers.FloatField()


class ServicesOut(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=[parts.OK, parts.DEGRADED, parts.DOWN])
    services = PartOut(many=True)


class ProbeView(ApiView):
    """Base of what answers without the database."""

    access: ClassVar = {"GET": PUBLIC}
    authentication_classes: Any = ()
    throttle_classes = ()


class LiveView(ProbeView):
    """The process answers. Says nothing about what it depends on, so that a lost database restarts nobody."""

    @extend_schema(responses=HealthOut)
    def get(self, request: Request) -> Response:
        return Response({"status": "ok"})


class ReadyView(ProbeView):
    """Whether this process should get requests: database reachable, migrations applied, not draining. 503 if not."""

    @extend_schema(responses={200: HealthOut, 503: HealthOut})
    def get(self, request: Request) -> Response:
        checks = {"database": _database(), "migrations": "unknown", "draining": _draining()}
        if checks["database"] == "ok":
            checks["migrations"] = _migrations()
        ready = checks == {"database": "ok", "migrations": "ok", "draining": "no"}
        return Response({"status": "ok" if ready else "unavailable", "checks": checks}, status=200 if ready else 503)


class ServicesView(ProbeView):
    """Every part of the running system with its state, the time its check took, and figures about it."""

    @extend_schema(responses=ServicesOut)
    def get(self, request: Request) -> Response:
        readings = parts.recent()
        return Response({"status": parts.worst(readings), "services": readings})


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()
        return "down"
    return "ok"


def _draining() -> str:
    """An operator (or a stop hook) creates the file; the load balancer then sends no more requests."""
    return "yes" if settings.DRAIN_FILE.exists() else "no"


_migrated = False


def _migrations() -> str:
    """Remembered once true: code does not gain migrations while it runs."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "ok" if _migrated else "pending"


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for the networks of METRICS_NETWORKS or the bearer of METRICS_TOKEN."""
    if not (_has_token(request) or _is_from_inside(request)):
        return HttpResponseForbidden("Not from here.", content_type="text/plain")
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def _has_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())


def _is_from_inside(request: HttpRequest) -> bool:
    """By the client's address. A request that a proxy we do not know of forwarded comes from who knows where."""
    if not settings.TRUSTED_PROXY_HOPS and "X-Forwarded-For" in request.headers:
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in network for network in _networks(tuple(settings.METRICS_NETWORKS)))


@lru_cache
def _networks(names: tuple[str, ...]) -> list[Any]:
    return [ipaddress.ip_network(name) for name in names]
