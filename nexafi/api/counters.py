"""The cache that rate limits count in."""

from typing import Any, Final

from django.core.cache.backends.redis import RedisCache

# Counts one and, on the first, lets the counter live for ARGV[1] seconds.
_COUNT: Final = (
    "local n = redis.call('INCR', KEYS[1]) if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end return n"
)


class RateCounters(RedisCache):
    """Redis with django-ratelimit's two steps (three commands) in one round trip.

    django-ratelimit asks `add` to start a window's counter and, when it was there already, `incr` to count on. Here
    `add` starts and counts at once, and `incr` tells what it counted. The cache object belongs to one thread.
    """

    _counted = 0

    def add(self, key: Any, value: Any, timeout: Any = None, version: int | None = None) -> bool:
        """Count one; True when this opened the window, which lasts `timeout` seconds."""
        key = self.make_and_validate_key(key, version=version)
        self._counted = self._cache.get_client(key, write=True).eval(_COUNT, 1, key, timeout)
        return self._counted == 1

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """The count that `add` came to."""
        return self._counted
