"""The cache that rate limits count in."""

from typing import Any, Final

from django.core.cache.backends.redis import RedisCache
from redis.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError

# Counts one and, on the first, lets the counter live for ARGV[1] seconds.
_COUNT: Final = (
    "local n = redis.call('INCR', KEYS[1]) if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end return n"
)


class RateCounters(RedisCache):
    """Redis with django-ratelimit's two steps (three commands) in one round trip.

    django-ratelimit asks `add` to start a window's counter and, when it was there already, `incr` to count on. Here
    `add` starts and counts at once, and `incr` tells what it counted. The cache object belongs to one thread, and so
    does its connection: taking one from the pool each time costs three times what the command does.
    """

    _connection: AbstractConnection | None = None
    _counted = 0

    def add(self, key: Any, value: Any, timeout: Any = None, version: int | None = None) -> bool:
        """Count one; True when this opened the window, which lasts `timeout` seconds. Raises RedisError."""
        key = self.make_and_validate_key(key, version=version)
        try:
            self._counted = self._count(key, timeout)
        except RedisConnectionError:  # the server closes idle connections and restarts: once more on a new one
            self._counted = self._count(key, timeout)
        return self._counted == 1

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """The count that `add` came to."""
        return self._counted

    def _count(self, key: str, seconds: int) -> int:
        if self._connection is None:
            self._connection = self._cache.get_client(key, write=True).connection_pool.get_connection()
        try:
            self._connection.send_command("EVAL", _COUNT, 1, key, seconds)
            return int(self._connection.read_response())
        except Exception:
            self._connection.disconnect()  # a late answer must not be taken for the next one
            raise
