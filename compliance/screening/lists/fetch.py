"""Download a list from its authority: bounded in time and size, and left alone for a while after repeated failures."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import pybreaker
import requests

from compliance.screening.exceptions import ListUnavailable
from compliance.screening.lists.base import MAX_BYTES

TIMEOUT: Final = (10, 60)  # seconds to connect, seconds between bytes
_CHUNK: Final = 1 << 16
_COMPANIONS: Final = ("alt", "add", "sdn_comments")

_breaker = pybreaker.CircuitBreaker(fail_max=5, reset_timeout=300, name="sanctions lists")


def fetch_list(code: str, url: str, folder: Path) -> Path:
    """Download the list at `url` into `folder` and return its path; for OFAC with the companions of its SDN file.

    Raises ListUnavailable.
    """
    if code != "ofac":
        return _download(url, folder / "list.xml")
    sdn = _download(url, folder / "sdn.csv")
    for part in _COMPANIONS:
        _download(_sibling(url, part), folder / f"{part}.csv", optional=True)
    return sdn


def _sibling(url: str, part: str) -> str:
    """The address of a companion: SDN.CSV becomes ALT.CSV. Raises ListUnavailable for an address of another file."""
    parts = urlsplit(url)
    folder, _, name = parts.path.rpartition("/")
    if not name.lower().startswith("sdn"):
        raise ListUnavailable("The address of the OFAC list must end in its SDN file.")
    stem = part.upper() if name.startswith("SDN") else part
    return urlunsplit(parts._replace(path=f"{folder}/{stem}{name[3:]}"))


def _download(url: str, target: Path, *, optional: bool = False) -> Path:
    try:
        _breaker.call(_stream, url, target, optional)
    except pybreaker.CircuitBreakerError as error:
        raise ListUnavailable("The source failed repeatedly; it is tried again in five minutes.") from error
    except requests.RequestException as error:
        raise ListUnavailable(f"{urlsplit(url).netloc}: {type(error).__name__}") from error
    return target


def _stream(url: str, target: Path, optional: bool) -> None:
    with requests.get(url, stream=True, timeout=TIMEOUT) as response:
        if optional and response.status_code == requests.codes.not_found:
            return
        response.raise_for_status()
        size = 0
        with target.open("wb") as file:
            for chunk in response.iter_content(_CHUNK):
                size += len(chunk)
                if size > MAX_BYTES:
                    raise requests.exceptions.ContentDecodingError(f"more than {MAX_BYTES} bytes")
                file.write(chunk)
