"""Random writes while sessions are terminated and clients killed: what was acknowledged is there, once."""

import pytest
from django.db import connection

from nexafi.ops.ledger_bank import run_bank

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
]


def test_the_ledger_survives_terminated_sessions_and_killed_clients() -> None:
    figures = {figure.name: figure for figure in run_bank(seconds=5)}
    assert {name: figure.value for name, figure in figures.items() if figure.holds is False} == {}
