"""Where web processes share their counters. Imported before prometheus_client, which looks once, on import."""

import os
import shutil
from pathlib import Path

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


def share_counters(var: Path) -> None:
    """Give all workers of one server (they have one parent) a directory of their own, and remove those of servers
    that are gone: counters start at zero with the server, as Prometheus expects."""
    if os.environ.get(DIRECTORY):
        return
    mine = var / "metrics" / str(os.getppid())
    mine.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ[DIRECTORY] = str(mine)
    for other in mine.parent.iterdir():
        if other != mine and not _is_running(other.name):
            shutil.rmtree(other, ignore_errors=True)


def _is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
