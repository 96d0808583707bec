"""Money moves in these tests as it does on a fresh start: judged with the built-in sanctions lists loaded."""

import pytest


@pytest.fixture(autouse=True)
def _lists_loaded(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("lists")
