"""EncryptedTextField: no path of the ORM writes plain text."""

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

from nexafi.core.crypto import DecryptionError
from nexafi.core.fields import EncryptedTextField, UUID7Field

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "P1234567 – Žluťoučký"


@pytest.fixture
def document():
    """A model of its own, with a table for the time of the test."""
    with isolate_apps("nexafi.outbox"):

        class Document(models.Model):
            id = UUID7Field()
            label = models.CharField(max_length=20, blank=True)
            number = EncryptedTextField(null=True)

            class Meta:
                app_label = "outbox"
                db_table = "test_document"

        with connection.schema_editor() as editor:
            editor.create_model(Document)
        yield Document
        with connection.schema_editor() as editor:
            editor.delete_model(Document)


def stored(document, row):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number FROM test_document WHERE id = %s", [document._meta.pk.get_db_prep_value(row.pk, connection)]
        )
        return bytes(cursor.fetchone()[0])


def test_a_created_row_is_sealed_and_reads_as_text(document):
    row = document.objects.create(number=SECRET)
    assert row.number == SECRET
    assert SECRET.encode() not in stored(document, row)
    assert document.objects.get(pk=row.pk).number == SECRET


def test_bulk_created_rows_are_sealed(document):
    rows = document.objects.bulk_create(document(number=f"{SECRET}{n}") for n in range(3))
    assert all(SECRET.encode() not in stored(document, row) for row in rows)
    assert [row.number for row in document.objects.order_by("id")] == [f"{SECRET}{n}" for n in range(3)]


def test_saving_a_loaded_row_keeps_an_untouched_value_and_seals_a_new_one(document):
    row = document.objects.get(pk=document.objects.create(number=SECRET).pk)
    before = stored(document, row)
    row.label = "checked"
    row.save()
    assert stored(document, row) == before
    row.number = "P7654321"
    row.save()
    assert document.objects.get(pk=row.pk).number == "P7654321"
    assert b"P7654321" not in stored(document, row)


def test_a_deferred_value_is_loaded_when_it_is_read(document):
    row = document.objects.defer("number").get(pk=document.objects.create(number=SECRET).pk)
    assert row.number == SECRET


def test_null_stays_null(document):
    assert document.objects.get(pk=document.objects.create(number=None).pk).number is None


def test_a_value_copied_to_another_row_does_not_open(document):
    first, second = document.objects.create(number=SECRET), document.objects.create(number="other")
    document.objects.filter(pk=second.pk).update(number=stored(document, first))
    with pytest.raises(DecryptionError):
        _ = document.objects.get(pk=second.pk).number


@pytest.mark.parametrize(
    "act",
    [
        lambda document, row: document.objects.update(number="plain"),
        lambda document, row: document.objects.bulk_update([row], ["number"]),
        lambda document, row: document.objects.filter(number="plain").exists(),
    ],
    ids=["update", "bulk_update", "filter"],
)
def test_paths_that_do_not_know_the_row_refuse_text(document, act):
    row = document.objects.create(number=SECRET)
    with pytest.raises(TypeError, match="encrypted"):
        act(document, row)
    assert document.objects.get(pk=row.pk).number == SECRET
