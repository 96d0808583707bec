"""Entries are found by their metadata."""

import pytest
from django.db import connection
from django.test import Client

from accounts.tests.factories import make_user, signed_in_client
from ledger.labels import labels_of
from ledger.models import EntryLabel, JournalEntry
from ledger.tests.factories import make_account, transfer

pytestmark = pytest.mark.django_db
URL = "/api/v1/journal-entries"


@pytest.fixture
def client():
    return signed_in_client(make_user("auditor"))


@pytest.fixture
def write():
    debit, credit = make_account(), make_account("income")
    return lambda **metadata: str(transfer(debit.id, credit.id, metadata=metadata).id)


def found(client, query):
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_labels_are_texts_numbers_and_booleans_of_bounded_length():
    metadata = {"a": "x" * 200, "b": "x" * 201, "c": 7, "d": True, "e": ["x"], "f": {"x": 1}, "g": None, "k" * 41: "x"}
    labels = labels_of(JournalEntry(metadata=metadata))
    assert {label.key: label.value for label in labels} == {"a": "x" * 200, "c": "7", "d": "true"}


def test_entries_are_found_by_one_or_several_keys_page_by_page(client, write):
    invoices = [write(invoice="INV-1", branch="north" if n % 2 else "south") for n in range(5)]
    write(invoice="INV-2", branch="north")
    assert found(client, "metadata.invoice=INV-1") == invoices[::-1]
    assert found(client, "metadata.invoice=INV-1&ordering=id") == invoices
    assert found(client, "metadata.invoice=INV-1&metadata.branch=north&status=posted") == [invoices[3], invoices[1]]
    assert found(client, "metadata.invoice=inv-1") == []
    page = client.get(f"{URL}?metadata.invoice=INV-1&page_size=2").json()
    rest = client.get(page["next"]).json()
    assert [row["id"] for row in page["results"] + rest["results"]] == invoices[:0:-1]
    assert [row["id"] for row in client.get(rest["previous"]).json()["results"]] == invoices[:2:-1]


@pytest.mark.parametrize(
    "query",
    ["metadata.=x", f"metadata.{'k' * 41}=x", f"metadata.k={'x' * 201}", "metadata.k=%00", "metadata.k=1&metadata.k=2",
     "&".join(f"metadata.k{n}=x" for n in range(6)), "metadata=x"],
)  # fmt: skip
def test_a_search_that_cannot_be_is_a_400(client, query):
    assert client.get(f"{URL}?{query}").status_code == 400


def test_the_console_finds_entries_by_external_id_reference_and_metadata(write):
    console = Client()
    console.force_login(make_user("auditor"), backend="django.contrib.auth.backends.ModelBackend")
    labelled = write(invoice="INV-1")
    debit, credit = make_account(), make_account("income")
    named = transfer(debit.id, credit.id, external_id="E-1", reference="R-1")
    for term, entry_id in (("invoice=INV-1", labelled), ("E-1", named.id), ("R-1", named.id)):
        page = console.get("/console/ledger/journalentry/", {"q": term}).content.decode()
        rows = {str(each) for each in (labelled, named.id) if f"/ledger/journalentry/{each}/change/" in page}
        assert rows == {str(entry_id)}, term


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
def test_a_page_deep_in_the_results_is_read_off_the_index(write):
    write(invoice="INV-1")
    middle = write(invoice="INV-1")
    wanted = JournalEntry.objects.labelled({"invoice": "INV-1"}).filter(label_0__entry__lt=middle)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    plan = wanted.order_by("-label_0__entry")[:51].explain()
    table = EntryLabel._meta.db_table
    assert f"Index Only Scan Backward using {table}_pkey" in plan or f"Index Scan Backward using {table}_pkey" in plan
    condition = next(line for line in plan.splitlines() if "Index Cond" in line and "INV-1" in line)
    assert "entry_id <" in condition
    assert "Sort" not in plan
