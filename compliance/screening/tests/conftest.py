"""Fixtures of the screening tests."""

import os
from pathlib import Path

import pytest

from compliance.screening.services.starter import load_starter_lists

_ROOT = Path(__file__).resolve().parents[3]
_PLACES = [Path(os.environ.get("NEXAFI_DATA", "")), _ROOT.parent / "shared/data", _ROOT.parent.parent / "shared/data"]


@pytest.fixture
def starter(db):
    """The built-in lists, loaded."""
    return load_starter_lists()


@pytest.fixture(scope="session")
def real_data():
    """The folder of public files that nobody here wrote."""
    found = next((place for place in _PLACES if (place / "sanctions").is_dir()), None)
    return found or pytest.skip("the public data folder is not here")
