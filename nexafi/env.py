"""The one typed reader of the process environment. Settings fail at start naming every missing variable at once."""

import os
import secrets
from pathlib import Path

from environs import Env

env = Env(eager=False)


def kept_secret(path: Path) -> str:
    """A random secret made on first use and kept in a file that only its owner reads: for installations that
    configure none. Every process of the installation must see the same file."""
    if path.exists():
        return path.read_text()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(fresh, path)  # whoever comes first wins, whole
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text()
