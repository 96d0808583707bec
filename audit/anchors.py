"""Signed tree heads kept in a file outside the database, so that a rewritten or shortened log cannot hide."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from nexafi.core import clock

_TAIL = 4096  # bytes; a record is about 400


def append(note: str) -> None:
    """Add one signed head as a JSON line, in one durable write."""
    path = Path(settings.AUDIT_HEADS_PATH)
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"at": clock.now().isoformat(), "checkpoint": note}, ensure_ascii=False) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path) -> Iterator[str]:
    """Every head in a file, oldest first. A damaged line is given as it stands and fails its check."""
    if path.exists():
        with path.open(encoding="utf-8", errors="replace") as file:
            yield from map(_note, file)


def last() -> str | None:
    """The newest head in the file; None when there is none."""
    path = Path(settings.AUDIT_HEADS_PATH)
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        lines = file.read().decode(errors="replace").splitlines()
    return _note(lines[-1]) if lines else None


def _note(line: str) -> str:
    try:
        return str(json.loads(line)["checkpoint"])
    except (ValueError, KeyError, TypeError):
        return line
