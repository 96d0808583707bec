"""Every list walks an index, in whatever order it may be asked for: a page costs the same of ten rows and of millions.

PostgreSQL is asked for its plan with scans and sorts made dear, so that it takes an index wherever there is one, with
however few rows. Sorting what an index brings nearly in order ("Incremental Sort") is as good.
"""

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from accounts.tests.factories import signed_in_client
from nexafi.api.reading import read
from nexafi.api.serializers import ListFilters
from nexafi.console.tests.factories import everybody, make_world
from nexafi.console.tests.test_pages import pages, request_of
from nexafi.tests.test_permission_matrix import routes

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("lists"),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="Reads PostgreSQL's plans"),
]
SMALL = ("compliance_rule", "compliance_watchlistsnapshot")  # grow with what staff do, not with what customers do


def sorts(client: Client, address: str) -> Iterator[str]:
    """What the pages of a list are sorted by instead of walking an index."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200, address
    paged = re.compile(r'SELECT .* FROM "(\w+)".* ORDER BY .* LIMIT \d+')
    for statement in (query["sql"] for query in captured):
        found = paged.match(statement)
        if found and found[1] not in SMALL:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN " + statement.replace("%", "%%"))
                plan = "\n".join(row[0] for row in cursor.fetchall())
            for key in re.findall(r"(?<!Incremental )Sort  \(.*\n\s*Sort Key: (.*)", plan):
                yield f"{address} sorts by {key}"


@pytest.fixture
def client() -> Client:
    for _ in range(2):
        make_world()
    with connection.cursor() as cursor:
        for name in ("enable_seqscan", "enable_bitmapscan", "enable_sort", "jit"):
            cursor.execute(f"SET LOCAL {name} = off")
    return everybody()


def test_lists_of_the_console(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    slow: list[str] = []
    for page in pages():
        monkeypatch.setattr(page, "list_per_page", 1)  # a list of one page is read whole
        address = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
        columns = len(page.get_list_display(request_of(client)))
        for order in ("", *(f"?o={column}" for column in range(columns))):  # an index is walked both ways
            slow += sorts(client, address + order)
    assert not slow, "\n".join(slow)


def test_lists_of_the_api(client: Client) -> None:
    slow: list[str] = []
    api = signed_in_client(client.user)
    for path, view in routes(get_resolver().url_patterns):
        filters = read(view, "get").query if "GET" in view.access else None
        if filters and issubclass(filters, ListFilters) and "{" not in path:
            for order in filters.orderings:
                slow += sorts(api, f"/api/v1{path}?ordering={order}")
    assert not slow, "\n".join(slow)
