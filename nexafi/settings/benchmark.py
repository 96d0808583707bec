"""The product as benchmarks run it: the trial settings with limits far away and one bare endpoint beside the API."""

from nexafi.settings.dev import *  # noqa: F403

ROOT_URLCONF = "nexafi.ops.benchmark_urls"
RATE_LIMIT_FACTOR = 1_000_000
