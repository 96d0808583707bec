"""Runs the whole test suite on SQLite, then on PostgreSQL with Redis.

The servers are those named by TEST_DATABASE_URL and TEST_REDIS_URL, else the ones on localhost's standard ports, else
throw-away servers started from installed binaries. With none of these the last line says what was not run, and tests in
a browser are skipped where there is no Chromium; REQUIRE_SERVICES=1 makes both failures. Arguments are passed on to
pytest.
"""

import contextlib
import glob
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import psycopg
import redis

WORKERS = os.environ.get("TEST_WORKERS", "2")


def pytest(arguments: list[str], environment: dict[str, str]) -> int:
    clean = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")}
    command = [sys.executable, "-m", "pytest", "-rs", "-n", WORKERS, "--dist", "loadgroup", *arguments]
    return subprocess.call(command, env={**clean, **environment})


def answers_postgresql(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.Error:
        return False
    return True


def answers_redis(url: str) -> bool:
    try:
        return bool(redis.Redis.from_url(url, socket_connect_timeout=3).ping())
    except redis.RedisError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def as_unprivileged(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: use its own account then."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


@contextlib.contextmanager
def postgresql() -> Iterator[str | None]:
    """A PostgreSQL to test on, as a URL without a database name of ours; None when there is none."""
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        yield named if answers_postgresql(named) else None
        return
    user = os.environ.get("USER") or "postgres"
    for role in ("postgres", user, "root"):
        url = f"postgres://{role}@127.0.0.1:5432/postgres"
        if answers_postgresql(url):
            yield url
            return
    found = shutil.which("initdb") or next(iter(sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))[::-1]), None)
    if not found or (os.geteuid() == 0 and not shutil.which("runuser")):
        yield None
        return
    with throwaway_postgresql(os.path.dirname(found)) as url:
        yield url


@contextlib.contextmanager
def throwaway_postgresql(binaries: str) -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="nexafi-pg-")
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    port = free_port()
    control = os.path.join(binaries, "pg_ctl")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    subprocess.check_call(
        as_unprivileged([os.path.join(binaries, "initdb"), "-D", f"{folder}/data", "-U", "postgres", "-A", "trust"]),
        stdout=subprocess.DEVNULL,
        cwd="/",
    )
    start = [control, "-D", f"{folder}/data", "-o", options, "-l", f"{folder}/log", "-w", "start"]
    subprocess.check_call(as_unprivileged(start), stdout=subprocess.DEVNULL, cwd="/")
    try:
        yield f"postgres://postgres@127.0.0.1:{port}/postgres"
    finally:
        stop = [control, "-D", f"{folder}/data", "-m", "immediate", "stop"]
        subprocess.call(as_unprivileged(stop), stdout=subprocess.DEVNULL, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def redis_server() -> Iterator[str | None]:
    """A Redis to test on; None when there is none."""
    named = os.environ.get("TEST_REDIS_URL")
    if named:
        yield named if answers_redis(named) else None
        return
    local = "redis://127.0.0.1:6379/15"
    if answers_redis(local):
        yield local
        return
    binary = shutil.which("redis-server")
    if not binary:
        yield None
        return
    port = free_port()
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        url = f"redis://127.0.0.1:{port}/0"
        for _ in range(50):
            if answers_redis(url):
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(0.1)
        yield url
    finally:
        server.terminate()
        server.wait()


def main(arguments: list[str]) -> int:
    print("== SQLite ==", flush=True)
    failed = pytest(arguments, {})
    with postgresql() as database, redis_server() as cache:
        if database and cache:
            print("== PostgreSQL and Redis ==", flush=True)
            servers = {"DATABASE_URL": database, "REDIS_URL": cache}
            return pytest(arguments, servers) or failed
    missing = " and ".join(name for name, url in (("PostgreSQL", database), ("Redis", cache)) if not url)
    print(f"NOT RUN: the suite on PostgreSQL with Redis; no {missing} was found or could be started.")
    return failed or int(os.environ.get("REQUIRE_SERVICES") == "1")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
