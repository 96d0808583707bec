"""Cache and rate counters: Redis where REDIS_URL names one, else the memory of the one web process."""

from typing import Any

from nexafi.env import env

REDIS_URL = env.str("REDIS_URL", "")
CACHES: dict[str, dict[str, Any]]
if REDIS_URL:
    _redis = {"LOCATION": REDIS_URL, "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 1.0}}
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", **_redis},
        "rate_limits": {"BACKEND": "nexafi.api.counters.RateCounters", **_redis},
    }
else:
    _memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    CACHES = {
        "default": _memory,
        "rate_limits": {**_memory, "LOCATION": "rate_limits", "OPTIONS": {"MAX_ENTRIES": 100_000}},
    }
