"""manage.py demo: the main job as one story over HTTP, against a server it starts itself."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from nexafi.ops.management.commands.run import wait_until_ready
from nexafi.ops.net import free_port
from nexafi.ops.story import Step, StepFailed, Story
from nexafi.ops.supervisor import python


class Command(BaseCommand):
    help = "Start a server of its own on SQLite, walk the main job over HTTP, and exit 0 only if every step held."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        self.quiet: bool = options["json"]
        self.steps: list[Step] = []
        failure = ""
        with server() as (folder, environment):
            credentials = json.loads((folder / "demo-credentials.json").read_text())
            try:
                Story(credentials, self._tell).run()
                for command in ("check_ledger", "verify_audit"):
                    self._tell(Step(f"manage.py {command} finds nothing wrong", prove(command, environment)))
            except StepFailed as error:
                failure = str(error)
        if self.quiet:
            steps = [{"step": step.title, **step.shown} for step in self.steps]
            self.stdout.write(json.dumps({"ok": not failure, "failure": failure, "steps": steps}))
        if failure:
            if not self.quiet:
                self.stderr.write(f"\nThis did not hold: {failure}")
            sys.exit(1)
        if not self.quiet:
            self.stdout.write(f"\nAll {len(self.steps)} steps held.")

    def _tell(self, step: Step) -> None:
        self.steps.append(step)
        if not self.quiet:
            self.stdout.write(f"\n{len(self.steps)}. {step.title}")
            for name, value in step.shown.items():
                text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                self.stdout.write(f"   {name}: {text}")
            self.stdout.flush()


@contextmanager
def server() -> Iterator[tuple[Path, dict[str, str]]]:
    """The whole product in a temporary folder; gives the folder and the environment it runs in."""
    with tempfile.TemporaryDirectory(prefix="nexafi-demo-") as name:
        environment = {**os.environ, "NEXAFI_VAR": name}
        port = free_port()
        manage = str(settings.BASE_DIR / "manage.py")
        with open(Path(name) / "run.log", "wb") as log:
            child = subprocess.Popen(  # noqa: S603
                python(manage, "run", "--port", str(port)), env=environment, stdout=log, stderr=log
            )
            try:
                wait_until_ready(f"http://127.0.0.1:{port}", 90)
                yield Path(name), environment
            except CommandError as error:
                raise CommandError(f"{error}\n{(Path(name) / 'run.log').read_text()[-3000:]}") from error
            finally:
                child.send_signal(signal.SIGTERM)
                child.wait()


def prove(command: str, environment: dict[str, str]) -> dict[str, Any]:
    """Run a proving command on the demo's database. Raises StepFailed when it finds something."""
    manage = str(settings.BASE_DIR / "manage.py")
    done = subprocess.run(  # noqa: S603
        python(manage, command, "--json"), env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise StepFailed(f"{command} exited {done.returncode}: {done.stdout[-800:]}{done.stderr[-800:]}")
    report = json.loads(done.stdout)
    return report if isinstance(report, dict) else {"report": report}
