"""Password hashing."""

from threading import BoundedSemaphore
from typing import Any, Final

from django.contrib.auth.hashers import Argon2PasswordHasher

# Each hash holds 19 MiB while it runs. Without a bound, a burst of sign-ins on a threaded server would hold that much
# per thread and starve the rest of the process; with it, the memory is at most 4 x 19 MiB per process and the burst
# queues, as it would for the CPU anyway.
CONCURRENT: Final = 4
_slots = BoundedSemaphore(CONCURRENT)


class Argon2(Argon2PasswordHasher):
    """Argon2id with m=19 MiB, t=2, p=1: the OWASP Password Storage Cheat Sheet's setting for least memory.

    Django's default (100 MiB, p=8) costs ten times the CPU per sign-in and makes sign-in itself the cheapest way to
    exhaust a small server; five guesses per half hour and account make up the difference online, and stored hashes
    made with other parameters are upgraded at the next sign-in.
    """

    memory_cost = 19 * 1024  # KiB
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> Any:
        with _slots:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _slots:
            return bool(super().verify(password, encoded))
