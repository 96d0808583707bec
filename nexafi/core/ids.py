"""Time-ordered identifiers (UUIDv7, RFC 9562 section 5.7)."""

import os
import threading
import time
import uuid

_lock = threading.Lock()
_last_ns = 0
_pool: list[str] = []  # random numbers, 16 hex digits each: one system call for many
os.register_at_fork(after_in_child=_pool.clear)  # or parent and child would draw the same


def uuid7() -> uuid.UUID:
    """A UUIDv7: 48 bits of Unix milliseconds, 12 bits of sub-millisecond time, 62 random bits.

    Ids made one after another in one process sort in the order they were made.
    """
    return uuid.UUID(uuid7_text())


def uuid7_text() -> str:
    """As `uuid7`, in its text form: for rows written by the thousand, where a UUID would only be made to be printed."""
    global _last_ns
    with _lock:
        _last_ns = now = max(time.time_ns(), _last_ns + 256)  # never repeats or runs back within this process
        if not _pool:
            digits = os.urandom(8 * 256).hex()
            _pool.extend(digits[at : at + 16] for at in range(0, len(digits), 16))
        random = _pool.pop()
    milliseconds, remainder = divmod(now, 1_000_000)
    at = f"{milliseconds:012x}"
    fraction = (remainder << 12) // 1_000_000
    return f"{at[:8]}-{at[8:]}-7{fraction:03x}-{_VARIANT[random[0]]}{random[1:4]}-{random[4:]}"


_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}  # two of its bits are 10
