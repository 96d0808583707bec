"""A kept cursor serves one statement after the other, and never outlives its connection."""

import threading

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from nexafi.db import statements
from nexafi.db.statements import execute, fetch

pytestmark = pytest.mark.django_db(transaction=True)


def test_answers_come_whole_and_do_not_mix():
    assert fetch("SELECT %s", [1]) == [(1,)]
    rows = fetch("SELECT 1 UNION ALL SELECT %s ORDER BY 1", [2])
    assert fetch("SELECT %s", [3]) == [(3,)]
    assert rows == [(1,), (2,)]


def test_says_how_many_rows_were_written():
    assert execute("DELETE FROM accounts_user WHERE email = %s", ["nobody@example.com"]) == 0


def test_a_refused_statement_leaves_the_next_one_alone():
    with pytest.raises(DatabaseError), transaction.atomic():
        fetch("SELECT no_such_column FROM accounts_user", [])
    assert fetch("SELECT %s", [4]) == [(4,)]


def test_a_new_connection_gets_a_new_cursor():
    fetch("SELECT %s", [5])
    connection.close()
    assert fetch("SELECT %s", [6]) == [(6,)]


def test_a_connection_that_the_server_ended_is_replaced():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server.")
    server = fetch("SELECT pg_backend_pid()", [])[0][0]
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [server])
    other.close()
    connection.health_check_done = False  # as it is when a request begins
    assert fetch("SELECT %s", [7]) == [(7,)]


def test_a_thread_that_shares_the_connection_has_a_cursor_of_its_own():
    fetch("SELECT %s", [8])
    shared, kept = connections["default"], set()

    def ask() -> None:
        connections["default"] = shared
        kept.add(statements._kept_cursor(shared))
        kept.add(fetch("SELECT %s", [9])[0][0])

    shared.inc_thread_sharing()
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    shared.dec_thread_sharing()
    assert 9 in kept
    assert statements._kept_cursor(shared) not in kept


def test_queries_are_logged_where_django_logs_them():
    fetch("SELECT %s", [8])
    with CaptureQueriesContext(connection) as queries:
        fetch("SELECT %s", [9])
    assert len(queries) == 1
