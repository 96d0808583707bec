"""manage.py run: the whole product on one machine: web server, Celery worker, scheduler, audit sealer, demo data."""

import json
import socket
import time
from typing import Any

import requests
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from nexafi.ops import demo_users
from nexafi.ops.supervisor import Process, Supervisor, python


class Command(BaseCommand):
    help = "Migrate, load demo data, and run every process until Ctrl-C or SIGTERM."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--without-demo-data", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        self._require_free(host, port)
        base_url = f"http://{host}:{port}"
        started = time.monotonic()
        self._prepare(base_url, demo=not options["without_demo_data"])
        supervisor = Supervisor(processes(host, port, base_url), self._say)
        supervisor.run(lambda: self._announce(base_url, started))
        self._say("Stopped.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _require_free(self, host: str, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise CommandError(f"Port {port} is taken; choose another with PORT=.") from error

    def _prepare(self, base_url: str, *, demo: bool) -> None:
        self._say("Preparing the database ...")
        try:
            call_command("migrate", verbosity=0)
        except OperationalError as error:
            raise CommandError(f"The database cannot be used: {error}") from error
        if demo:
            call_command("seed_demo", base_url=base_url)
        else:
            call_command("load_chart", verbosity=0)
            call_command("load_starter_list", verbosity=0)

    def _announce(self, base_url: str, started: float) -> None:
        wait_until_ready(base_url)
        self._say(f"\nNexaFi is up after {time.monotonic() - started:.0f} s.\n")
        self._say(f"  Console   {base_url}/console/")
        self._say(f"  API docs  {base_url}/api/v1/docs")
        self._say(f"  Logs      {settings.VAR_DIR / 'logs'}")
        if demo_users.path().exists():
            self._say(f"  Sign-ins  {demo_users.path()}\n")
            for user in json.loads(demo_users.path().read_text())["users"]:
                self._say(f"    {user['role']:<20} {user['email']:<34} {user['password']}")
        self._say("\nCtrl-C stops everything.")


def processes(host: str, port: int, base_url: str) -> list[Process]:
    """The product's processes. Without Redis, cache and limits live in the one web process."""
    shared = bool(settings.REDIS_URL)
    web = ["granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--log-level", "warning"]
    web += ["--workers", "2" if shared else "1", "--blocking-threads", "4", "--respawn-failed-workers"]
    # Granian turns a stop signal into an orderly shutdown of its workers; the timeout ends it for certain.
    web += ["--workers-kill-timeout", "5", "--no-ws", "nexafi.wsgi:application"]
    worker = ["celery", "-A", "nexafi", "worker", "--without-gossip", "--without-mingle"]
    beat = ["celery", "-A", "nexafi", "beat", "--pidfile", ""]
    sealer = [str(settings.BASE_DIR / "manage.py"), "seal_audit", "--follow"]
    uses_postgresql = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")

    def process(name: str, command: list[str], **environment: str) -> Process:
        log = settings.VAR_DIR / "logs" / f"{name}.log"
        return Process(name, python(*command), log, {"BASE_URL": base_url, **environment})

    return [
        process("web", ["-m", *web], **({"DATABASE_POOL": "1"} if uses_postgresql else {})),
        process("worker", ["-m", *worker]),
        process("scheduler", ["-m", *beat]),
        process("sealer", sealer),
    ]


def wait_until_ready(base_url: str, seconds: float = 60) -> None:
    """Poll the readiness probe. Raises CommandError when the server does not come up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if requests.get(f"{base_url}/health/ready", timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise CommandError(f"The web server did not become ready within {seconds:.0f} s.")
