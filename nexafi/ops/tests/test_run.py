"""The product as a newcomer starts it: one command, the whole story over HTTP, a clean stop, and a second start."""

import json
import os
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest
from django.db import connection

from nexafi.ops.management.commands.run import wait_until_ready
from nexafi.ops.net import free_port
from nexafi.ops.processes import family
from nexafi.ops.story import Step, Story
from nexafi.ops.supervisor import python

ROOT = Path(__file__).parents[3]
STORY = 14  # steps

pytestmark = [
    pytest.mark.xdist_group("stack"),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="the trial set-up is SQLite without servers"),
]


class Product:
    """`manage.py run` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
        environment |= {"NEXAFI_VAR": str(folder), "DJANGO_SETTINGS_MODULE": "nexafi.settings.dev"}
        self.log = folder / "run.log"
        with self.log.open("ab") as output:
            self.child = subprocess.Popen(
                python(str(ROOT / "manage.py"), "run", "--port", str(self.port)),
                env=environment,
                stdout=output,
                stderr=output,
            )
        wait_until_ready(f"http://127.0.0.1:{self.port}", 120)
        while "Ctrl-C stops everything" not in self.log.read_text():
            time.sleep(0.1)

    @property
    def credentials(self) -> dict[str, object]:
        return json.loads((self.folder / "demo-credentials.json").read_text())

    def stop(self) -> float:
        """SIGTERM; seconds until it was gone."""
        began = time.monotonic()
        self.child.send_signal(signal.SIGTERM)
        assert self.child.wait(timeout=20) == 0
        return time.monotonic() - began


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_a_newcomer_runs_it_walks_the_story_stops_it_and_starts_again(tmp_path: Path) -> None:
    product = Product(tmp_path)
    try:
        file = tmp_path / "demo-credentials.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        roles = sorted(user["role"] for user in product.credentials["users"])
        assert roles == sorted(
            ["customer"] * 2 + ["compliance_officer"] * 2 + ["compliance_analyst", "accountant", "auditor", "admin"]
        )
        steps: list[Step] = []
        Story(product.credentials, steps.append).run()
        assert len(steps) == STORY
        processes = family(product.child.pid)
        assert len(processes) >= 5
    finally:
        seconds = product.stop()
    assert seconds < 10
    assert alive(processes) == []

    first = {user["email"]: user["password"] for user in product.credentials["users"]}
    again = Product(tmp_path)
    try:
        assert {user["email"]: user["password"] for user in again.credentials["users"]} == first
        assert again.credentials["base_url"] == f"http://127.0.0.1:{again.port}"
    finally:
        again.stop()
