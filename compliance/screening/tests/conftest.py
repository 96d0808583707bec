"""Fixtures of the screening tests."""

import pytest

from compliance.screening.services.starter import load_starter_lists


@pytest.fixture
def starter(db):
    """The built-in lists, loaded."""
    return load_starter_lists()
