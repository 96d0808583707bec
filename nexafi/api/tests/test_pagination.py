"""Cursor paging and filters over HTTP."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nexafi.core.clock import now
from nexafi.outbox.models import OutboxEvent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("nexafi.api.tests.views")]
URL = "/api/v1/test-transfers"
START = now()


def make_events(count, **fields):
    """Events in pairs of the same instant, so that the id decides."""
    return OutboxEvent.objects.bulk_create(
        OutboxEvent(**{"name": f"n{n % 3}", "payload": {}, "created_at": START + timedelta(seconds=n // 2)} | fields)
        for n in range(count)
    )


def get(url=URL, **query):
    response = Client().get(url, query)
    assert response.status_code == 200, response.content
    return response.json()


def walk(direction="next", page=None, **query):
    page = page or get(**query)
    pages = [page]
    while page[direction]:
        page = get(page[direction].removeprefix("http://testserver"))
        pages.append(page)
    return pages


def ids(pages):
    return [row["id"] for page in pages for row in page["results"]]


@pytest.mark.parametrize("ordering", ["-created_at", "created_at", "name", "-name", "id"])
def test_pages_give_every_row_once_in_order_and_lead_back(ordering):
    make_events(11)
    column = ordering.lstrip("-")
    keys = [ordering] if column == "id" else [ordering, ordering.replace(column, "id")]
    expected = [str(pk) for pk in OutboxEvent.objects.order_by(*keys).values_list("id", flat=True)]
    pages = walk(ordering=ordering, page_size=4)
    assert ids(pages) == expected
    assert [len(page["results"]) for page in pages] == [4, 4, 3]
    back = walk("previous", pages[-1])
    assert ids(reversed(back)) == expected
    assert back[-1]["previous"] is None


def test_a_row_inserted_meanwhile_neither_repeats_nor_hides_another():
    rows = make_events(6)
    first = get(page_size=3)
    make_events(3, created_at=START + timedelta(hours=1))
    rest = walk(page=get(first["next"].removeprefix("http://testserver")))
    assert sorted(ids([first, *rest])) == sorted(str(row.id) for row in rows)


def test_fifty_rows_are_a_page_unless_asked_otherwise_and_one_query_reads_it():
    make_events(60)
    with CaptureQueriesContext(connection) as captured:
        page = get()
    assert (len(page["results"]), len(captured)) == (50, 1)
    assert "count(" not in captured[0]["sql"].lower()
    assert get(page_size=200)["next"] is None


def test_filters_narrow_and_travel_with_the_links():
    make_events(9)
    pages = walk(name="n1", page_size=2)
    assert [row["name"] for page in pages for row in page["results"]] == ["n1"] * 3
    assert get(created_after=(START + timedelta(seconds=4)).isoformat())["results"][0]["name"] == "n2"


@pytest.mark.parametrize(
    ("query", "code", "pointer"),
    [
        ("colour=red", "unknown_field", "/colour"),
        ("name__startswith=n", "unknown_field", "/name__startswith"),
        ("name=a&name=b", "invalid", "/name"),
        ("page_size=0", "invalid", "/page_size"),
        ("page_size=201", "invalid", "/page_size"),
        ("page_size=1000000000", "invalid", "/page_size"),
        ("page_size=1_0", "invalid", "/page_size"),
        ("page_size=%D9%A1", "invalid", "/page_size"),
        ("ordering=payload", "invalid", "/ordering"),
        ("ordering=-created_at;drop", "invalid", "/ordering"),
        ("ordering=payload__password", "invalid", "/ordering"),
        ("created_after=2026-01-01", "invalid", "/created_after"),
        ("created_after=2026-01-01T00:00:00", "invalid", "/created_after"),
        ("created_after=0001-01-01T00:00:00%2B14:00", "invalid", "/created_after"),
        ("name=", "invalid", "/name"),
        ("name=%00", "invalid", "/name"),
        ("name=%E2%80%AE", "invalid", "/name"),
        ("cursor=abc", "invalid_cursor", "/cursor"),
        ("cursor=", "invalid", "/cursor"),
        ("offset=10", "unknown_field", "/offset"),
    ],
)
def test_a_query_that_was_not_declared_is_refused(query, code, pointer):
    response = Client().get(f"{URL}?{query}")
    assert response.status_code == 400
    assert response.json()["code"] == code
    assert response.json()["errors"][0]["pointer"] == pointer


def test_a_cursor_of_another_ordering_or_an_altered_one_is_refused():
    make_events(3)
    cursor = get(page_size=1)["next"].partition("cursor=")[2]
    for query in (f"ordering=name&cursor={cursor}", f"cursor={cursor[:-2]}xx", f"cursor=x{cursor}"):
        response = Client().get(f"{URL}?{query}")
        assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")
