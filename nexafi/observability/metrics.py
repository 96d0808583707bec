"""Prometheus figures: rate, errors and duration of requests by route, and the figures of every part.

Several web processes share one directory of memory-mapped files, in which the counters of all of them are added up by
whichever process is asked.
"""

import os
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from nexafi.observability.parts import DEGRADED, OK, recent
from nexafi.observability.shared_metrics import DIRECTORY

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LEVEL = {OK: 1.0, DEGRADED: 0.5}

REQUESTS = Counter("nexafi_http_requests", "Requests answered.", ["method", "route", "status"])
DURATION = Histogram(
    "nexafi_http_request_duration_seconds",
    "Time from the first middleware to the answer.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10),
)


def count_request(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count one request. `route` is the template of the address, so labels stay few."""
    method = method if method in _METHODS else "OTHER"
    REQUESTS.labels(method, route, str(status)).inc()
    DURATION.labels(method, route).observe(seconds)


class PartsCollector(Collector):
    """`nexafi_part_up` (1 ok, 0.5 degraded, 0 down), `nexafi_part_check_seconds`, and `nexafi_<part>_<figure>` for
    every number a part gives; milliseconds become seconds, Prometheus' base unit."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("nexafi_part_up", "1 ok, 0.5 degraded, 0 down.", labels=["part"])
        checked = GaugeMetricFamily("nexafi_part_check_seconds", "Time that the check took.", labels=["part"])
        for reading in recent():
            up.add_metric([reading["name"]], _LEVEL.get(reading["state"], 0.0))
            checked.add_metric([reading["name"]], reading["latency_ms"] / 1000)
            for name, value in reading.items():
                if name != "latency_ms" and isinstance(value, int | float):
                    yield _figure(reading["name"], name, value)
        yield from (up, checked)


def _figure(part: str, name: str, value: float) -> Metric:
    if name.endswith("_ms"):
        name, value = name.removesuffix("_ms") + "_seconds", value / 1000
    return GaugeMetricFamily(f"nexafi_{part}_{name}", f"{name} of {part}.", value=value)


def exposition() -> bytes:
    """The figures of all processes, in Prometheus' text format."""
    if os.environ.get(DIRECTORY):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        requests = generate_latest(registry)
    else:
        requests = generate_latest(REGISTRY)
    parts = CollectorRegistry()
    parts.register(PartsCollector())
    return requests + generate_latest(parts)
