"""Random payments while workers are killed: nothing lost, nothing paid twice, the books and the audit log intact."""

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

from nexafi.ops.supervisor import python

ROOT = Path(__file__).parents[3]

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.xdist_group("stack"),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL and Redis"),
]


def neighbour(redis_url: str) -> str:
    """Another database of the same Redis: a broker that no other test's worker takes messages from."""
    parts = urlsplit(redis_url)
    number = int(parts.path.strip("/") or 0)
    return urlunsplit(parts._replace(path=f"/{(number + 1) % 16}"))


def test_the_bank_survives_killed_workers(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "NEXAFI_VAR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "nexafi.settings.dev",
        "REDIS_URL": neighbour(settings.REDIS_URL),
    }
    done = subprocess.run(
        python(str(ROOT / "manage.py"), "benchmark", "bank", "--json"),
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    figures = {figure["name"]: figure for figure in json.loads(done.stdout.splitlines()[-1])["figures"]}
    missed = {name: figure["value"] for name, figure in figures.items() if figure["holds"] is False}
    assert missed == {}
    assert figures["acknowledged"]["value"] > 0
