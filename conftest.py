"""Fixtures of the whole suite."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db.backends.base.operations import BaseDatabaseOperations

from nexafi.db import triggers
from nexafi.observability import parts

_ROOT = Path(__file__).resolve().parent
_PLACES = [Path(os.environ.get("NEXAFI_DATA", "")), _ROOT.parent / "shared/data", _ROOT.parent.parent / "shared/data"]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of public files that nobody here wrote."""
    found = next((place for place in _PLACES if (place / "sanctions").is_dir()), None)
    return found or pytest.skip("the public data folder is not here")


@pytest.fixture(scope="session", autouse=True)
def _flush_past_triggers() -> Iterator[None]:
    """A transactional test ends by emptying every table, which append-only triggers refuse: they are dropped for the
    flush, and the post_migrate signal that Django sends after it puts them back."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def unguarded(operations: Any, sql_list: list[str]) -> None:
        triggers.remove(operations.connection)
        flush(operations, sql_list)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", unguarded)
        yield


@pytest.fixture(autouse=True)
def _own_audit_anchor(settings: Any) -> None:
    """Every test has an audit log of its own, so its anchor file is its own too."""
    settings.AUDIT_HEADS_PATH = settings.VAR_DIR / "anchors" / f"{uuid4()}.log"


@pytest.fixture(autouse=True)
def _own_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier test read of the system's parts is not kept for this one."""
    monkeypatch.setattr(parts, "_latest", (float("-inf"), []))


@pytest.fixture
def lists(request: pytest.FixtureRequest) -> None:
    """The built-in sanctions lists, loaded as on a fresh start; without a list every transaction goes to review."""
    from compliance.screening.services.starter import load_starter_lists

    marker = request.node.get_closest_marker("django_db")
    request.getfixturevalue("transactional_db" if marker and marker.kwargs.get("transaction") else "db")
    load_starter_lists()
