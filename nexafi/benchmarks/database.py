"""A throw-away database for one benchmark run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections


@contextmanager
def throwaway_database() -> Iterator[str]:
    """Create an empty, migrated database beside the configured one, point the default connection at it and give its
    URL (for child processes); drop it at the end. On SQLite it is a file."""
    original = settings.DATABASES["default"]["NAME"]
    name = f"{original}.bench" if connection.vendor == "sqlite" else f"nexafi_bench_{os.getpid()}"
    creation = connection.creation
    connection.settings_dict.setdefault("TEST", {})["NAME"] = name
    previous = os.environ.get("DATABASE_URL")
    creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        url = _url_of(name)
        os.environ["DATABASE_URL"] = url
        yield url
    finally:
        if previous is None:
            os.environ.pop("DATABASE_URL", None)
        else:
            os.environ["DATABASE_URL"] = previous
        connections.close_all()
        creation.destroy_test_db(original, verbosity=0)


@contextmanager
def copied_database() -> Iterator[str]:
    """Copy the benchmark's database on PostgreSQL as it is now, give the copy's name; drop it at the end."""
    original = connection.settings_dict["NAME"]
    copy = f"{original}_copy"
    connections.close_all()  # nobody may be connected to what is copied
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{original}"')
    try:
        yield copy
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{copy}"')


def empty_database() -> None:
    """Begin again within a benchmark on PostgreSQL: nothing but the migrated tables."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    call_command("migrate", verbosity=0)


def _url_of(name: str) -> str:
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    parts = urlsplit(os.environ.get("DATABASE_URL", ""))
    return urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))


def fill_chart() -> None:
    """The default chart of accounts, for benchmarks that post."""
    call_command("load_chart", verbosity=0)
