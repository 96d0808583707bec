"""Calls to parties outside: always with a time limit, behind a circuit breaker, failing in one way.

    BANK = OutsideParty("bank")
    response = BANK.request("POST", url, json=body)

After `fail_max` failures in a row (no answer in time, no connection, a 5xx) the circuit opens: for `reset_seconds`
calls fail at once instead of piling up behind a dead party; then one call tries again. An answer of 4xx is an answer.
Never call inside a database transaction.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pybreaker
import requests

from nexafi.core.errors import ServiceUnavailable

CHUNK = 1 << 16
MAX_SECONDS = 900  # of one download
T = TypeVar("T")


class OutsidePartyDown(ServiceUnavailable):
    """The party did not answer in time, refused, answered 5xx, or failed so often that it is not asked now."""

    code, title = "outside_party_down", "An outside party does not answer"
    retry_after = 30


class ResponseTooLarge(OutsidePartyDown):
    """The party sent more than was agreed; the rest was not read."""


class OutsideParty:
    """One party outside, with the state of its circuit (kept per process)."""

    def __init__(
        self,
        name: str,
        *,
        connect_seconds: float = 3,
        read_seconds: float = 10,
        fail_max: int = 5,
        reset_seconds: float = 30,
    ) -> None:
        self.name = name
        self.timeout = (connect_seconds, read_seconds)
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=fail_max, reset_timeout=reset_seconds, exclude=[ResponseTooLarge], name=name
        )

    @property
    def is_open(self) -> bool:
        """Whether calls fail at once now."""
        return bool(self._breaker.current_state == pybreaker.STATE_OPEN)

    def call(self, function: Callable[[], T]) -> T:
        """Run a call by another client than HTTP through the breaker; it brings its own time limit.

        Raises OutsidePartyDown for an open circuit and for any OSError of `function`.
        """
        try:
            return self._breaker.call(function)
        except pybreaker.CircuitBreakerError as error:
            raise OutsidePartyDown(f"{self.name} failed repeatedly; it will be tried again later.") from error
        except OSError as error:  # requests' exceptions are OSErrors
            raise OutsidePartyDown(f"{self.name} does not answer as it should ({type(error).__name__}).") from error

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """One HTTP request. Returns any answer below 500; raises OutsidePartyDown otherwise."""

        def send() -> requests.Response:
            response = requests.request(method, url, timeout=self.timeout, **options)
            if response.status_code >= 500:
                response.close()
                raise requests.HTTPError(f"status {response.status_code}")
            return response

        return self.call(send)

    def download(self, url: str, target: Path, *, max_bytes: int, missing_ok: bool = False) -> bool:
        """Write the body behind `url` into the file `target`, piece by piece; with `missing_ok` a 404 is False.

        Raises OutsidePartyDown for anything else than a 200 or beyond MAX_SECONDS, ResponseTooLarge beyond
        `max_bytes`.
        """
        deadline = time.monotonic() + MAX_SECONDS

        def read() -> bool:
            with requests.get(url, timeout=self.timeout, stream=True) as response, target.open("wb") as file:
                if response.status_code == 404 and missing_ok:
                    return False
                if response.status_code != 200:
                    raise requests.HTTPError(f"status {response.status_code}")
                for chunk in response.iter_content(CHUNK):
                    file.write(chunk)
                    if file.tell() > max_bytes:
                        raise ResponseTooLarge(f"{self.name} sent more than {max_bytes} bytes.")
                    if time.monotonic() > deadline:
                        raise TimeoutError
            return True

        try:
            is_there = self.call(read)
        except OutsidePartyDown:
            target.unlink(missing_ok=True)
            raise
        if not is_there:
            target.unlink()
        return is_there
