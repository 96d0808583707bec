"""Settings as an operator meets them: in processes of their own, with an environment of their own."""

import base64
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection, transaction

KEY = base64.b64encode(bytes(range(32))).decode()
COMPLETE = {
    "SECRET_KEY": "a" * 20 + "bcdefghijklmnopqrstuvwxyz0123456789-_.,;:!",
    "DATABASE_URL": "postgres://nexafi@db.internal:5432/nexafi",
    "REDIS_URL": "redis://redis.internal:6379/0",
    "ALLOWED_HOSTS": "bank.example",
    "BASE_URL": "https://bank.example",
    "FIELD_KEYS_B64": f"2026a:{KEY}",
    "BLIND_INDEX_KEY_B64": KEY,
    "TOKEN_KEYS_B64": f"2026a:{KEY}",
    "AUDIT_SIGNING_KEY_B64": KEY,
}


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    bare = {name: os.environ[name] for name in ("PATH", "NEXAFI_VAR", "VIRTUAL_ENV") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        env=bare | environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )


def test_production_lists_every_missing_name_at_once():
    done = python("-c", "import nexafi.settings.prod", SECRET_KEY="", BASE_URL="https://bank.example")
    assert done.returncode != 0
    missing = set(COMPLETE) - {"BASE_URL"}
    assert [name for name in sorted(missing) if name not in done.stderr] == []
    assert "'BASE_URL'" not in done.stderr.splitlines()[-1]


def test_a_complete_production_environment_passes_the_deployment_check():
    """What the OpenAPI generator says of views is a test of its own."""
    environment = {"DJANGO_SETTINGS_MODULE": "nexafi.settings.prod", **COMPLETE}
    done = python("manage.py", "check", "--deploy", "--fail-level", "CRITICAL", **environment)
    issues = [line for line in done.stderr.splitlines() if ": (" in line and "drf_spectacular" not in line]
    assert (done.returncode, issues) == (0, [])


def test_urls_of_the_servers_switch_database_cache_and_broker():
    show = (
        "from nexafi.settings import prod as s; d = s.DATABASES['default']\n"
        "print(d['ENGINE'], d['HOST'], s.CACHES['default']['LOCATION'], s.CELERY_BROKER_URL, s.CELERY_WORKER_POOL)\n"
        "print(d['OPTIONS'].get('pool'), d['CONN_MAX_AGE'], d['ATOMIC_REQUESTS'])\n"
        "print(d['OPTIONS']['options'])"
    )
    worker = python("-c", show, **COMPLETE).stdout.splitlines()
    assert worker[0] == (
        "django.db.backends.postgresql db.internal redis://redis.internal:6379/0 redis://redis.internal:6379/0 prefork"
    )
    assert worker[1] == "None 60 False"
    web = python("-c", show, DATABASE_POOL="1", DATABASE_POOL_SIZE="6", **COMPLETE).stdout.splitlines()
    assert web[1] == "{'min_size': 1, 'max_size': 6, 'timeout': 5} 0 False"
    assert "statement_timeout=30000 " in web[2]


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_sqlite_waits_writes_ahead_and_checks_foreign_keys():
    with connection.cursor() as cursor:
        values = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("busy_timeout", "journal_mode", "foreign_keys", "synchronous")
        }
    assert values == {"busy_timeout": 20_000, "journal_mode": "wal", "foreign_keys": 1, "synchronous": 1}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_a_transaction_on_sqlite_takes_the_write_lock_when_it_begins():
    with transaction.atomic():
        other = connection.copy()
        other.settings_dict["OPTIONS"] = {**other.settings_dict["OPTIONS"], "timeout": 0}
        with pytest.raises(Exception, match="locked"), other.cursor() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
        other.close()


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_postgresql_ends_what_would_hold_locks_for_ever():
    with connection.cursor() as cursor:
        values = []
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SHOW {name}")
            values.append(cursor.fetchone()[0])
    assert values == ["0", "3s", "5min"]


def test_every_scheduled_task_exists():
    from nexafi.celery import app

    app.loader.import_default_modules()
    assert [e["task"] for e in settings.CELERY_BEAT_SCHEDULE.values() if e["task"] not in app.tasks] == []


def test_no_request_is_one_transaction():
    assert settings.DATABASES["default"]["ATOMIC_REQUESTS"] is False
