"""Download a list from its authority: bounded in time and size, and left alone for a while after repeated failures."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from compliance.screening.exceptions import ListUnavailable
from compliance.screening.lists.base import MAX_BYTES
from nexafi.core.outside import OutsideParty, OutsidePartyDown

_COMPANIONS: Final = ("alt", "add", "sdn_comments")

_source = OutsideParty("The list's source", connect_seconds=10, read_seconds=60, reset_seconds=300)


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
        _source.download(url, target, max_bytes=MAX_BYTES, missing_ok=optional)
    except OutsidePartyDown as error:
        raise ListUnavailable(f"{urlsplit(url).netloc}: {error.detail}") from error
    return target
