"""Comments and attachments of entries."""

import json

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import make_user, signed_in_client
from audit.models import UnsealedEvent
from ledger.integrity import check_ledger
from ledger.models import EntryAttachment, EntryComment
from ledger.services.notes import add_comment
from ledger.tests.factories import make_account, transfer
from nexafi.core.context import acting_as
from nexafi.core.files import MAX_FILE_BYTES, digest_of
from nexafi.core.ids import uuid7

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 invoice 4711 %%EOF\n"


@pytest.fixture
def client():
    return signed_in_client(make_user("accountant"))


@pytest.fixture
def entry():
    return transfer(make_account().id, make_account("income").id, description="Rent")


def url(entry, kind):
    return f"/api/v1/journal-entries/{entry.id}/{kind}"


def upload(client, entry, content=PDF, name="invoice.pdf"):
    return client.post(url(entry, "attachments"), {"file": SimpleUploadedFile(name, content)}, format="multipart")


def last_event():
    return json.loads(bytes(UnsealedEvent.objects.order_by("-id").first().body))


def test_comments_are_kept_in_order_and_recorded_without_their_words(client, entry):
    for text in ("Asked the landlord", "Confirmed\nby phone"):
        made = client.post(url(entry, "comments"), {"text": text})
        assert made.status_code == 201
    event = last_event()
    assert (event["action"], event["data"]["comment_id"]) == ("ledger.entry_commented", made.json()["id"])
    assert "phone" not in json.dumps(event)
    rows = signed_in_client(make_user("auditor")).get(f"{url(entry, 'comments')}?page_size=1").json()
    assert [row["text"] for row in rows["results"]] == ["Asked the landlord"]
    assert client.get(rows["next"]).json()["results"][0]["text"] == "Confirmed\nby phone"
    assert client.post(url(entry, "comments"), {"text": " "}).status_code == 400
    assert client.post(url(entry, "comments"), {"text": "x" * 2001}).status_code == 400
    for method in (client.get, client.post):
        assert method(f"/api/v1/journal-entries/{uuid7()}/comments", {"text": "x"}).status_code in (400, 404)
    assert client.post(f"/api/v1/journal-entries/{uuid7()}/comments", {"text": "x"}).status_code == 404
    assert signed_in_client(make_user("auditor")).post(url(entry, "comments"), {"text": "x"}).status_code == 403


def test_an_attachment_comes_back_as_it_was_and_lies_encrypted(client, entry):
    made = upload(client, entry, name="../../In voice\u202e.pdf")
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["file_name"], body["media_type"], body["size"]) == ("In voice.pdf", "application/pdf", len(PDF))
    data = last_event()["data"]
    assert "voice" not in json.dumps(data)
    assert data.pop("filename_sha256") == digest_of(b"In voice.pdf")
    assert data.pop("attachment_id") == body["id"]
    assert data == {"sha256": body["sha256"], "media_type": "application/pdf", "size": len(PDF)}
    row = EntryAttachment.objects.get()
    with default_storage.open(f"entries/{row.id.hex}", "rb") as file:
        assert b"invoice" not in file.read()
    got = signed_in_client(make_user("auditor")).get(f"{url(entry, 'attachments')}/{row.id}")
    assert (got.content, got["Content-Type"], got["X-Content-Type-Options"]) == (PDF, "application/pdf", "nosniff")
    assert got["Content-Disposition"] == 'attachment; filename="In voice.pdf"'
    assert client.get(url(entry, "attachments")).json()["results"] == [body]
    other = transfer(make_account().id, make_account("income").id)
    assert client.get(f"{url(other, 'attachments')}/{row.id}").json()["code"] == "unknown_attachment"


def test_what_cannot_be_attached_leaves_nothing_behind(client, entry):
    upload(client, entry)
    files = set(default_storage.listdir("entries")[1])
    cases = [
        (entry, PDF, 409, "attachment_exists"),
        (entry, b"MZ program", 422, "document_refused"),
        (entry, b"<html>", 422, "document_refused"),
        (entry, b"%PDF-1.7" + b" " * MAX_FILE_BYTES + b"%%EOF", 413, "document_too_large"),
        (type(entry)(id=uuid7()), PDF, 404, "unknown_entry"),
    ]
    for to, content, status, code in cases:
        answer = upload(client, to, content)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert client.post(url(entry, "attachments"), {}, format="multipart").status_code == 400
    for number in range(19):
        assert upload(client, entry, b"%%PDF-1.7 %d %%%%EOF" % number).status_code == 201
    assert upload(client, entry, b"%PDF-1.7 last %%EOF").json()["code"] == "too_many_attachments"
    assert len(set(default_storage.listdir("entries")[1]) - files) == 19


@pytest.mark.parametrize("harm", ["gone", "altered", "exchanged"])
def test_a_file_that_is_gone_or_altered_is_a_409_and_found_by_the_check(client, entry, harm):
    upload(client, entry)
    upload(client, entry, b"%PDF-1.7 other %%EOF")
    one, two = EntryAttachment.objects.order_by("id")
    assert check_ledger().holds
    path = f"entries/{one.id.hex}"
    with default_storage.open(path if harm == "altered" else f"entries/{two.id.hex}", "rb") as file:
        content = file.read()
    default_storage.delete(path)
    if harm == "altered":
        content = content[:-1] + bytes([content[-1] ^ 1])
    if harm != "gone":
        default_storage.save(path, ContentFile(content))
    answer = client.get(f"{url(entry, 'attachments')}/{one.id}")
    assert (answer.status_code, answer.json()["code"]) == (409, "stored_file_altered")
    faults = check_ledger().faults
    assert [(fault.check, fault.key) for fault in faults] == [("attachment_altered", str(one.id))]


def test_comments_and_attachments_are_never_changed(client, entry):
    client.post(url(entry, "comments"), {"text": "As it is"})
    upload(client, entry)
    for model, change in ((EntryComment, {"text": "Else"}), (EntryAttachment, {"sha256": "0" * 64})):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.all().delete()


def test_the_console_shows_and_takes_comments_and_attachments(entry):
    console = Client()
    console.force_login(make_user("accountant"), backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("admin:ledger_journalentry_change", args=[entry.id])
    assert "No comments" in console.get(page).content.decode()

    def act(name, **fields):
        address = reverse(f"admin:ledger_journalentry_{name}", args=[entry.id])
        return console.post(address, {"_form_submitted": "True", **fields}, headers={"HX-Request": "true"})

    assert "multipart" in console.get(reverse("admin:ledger_journalentry_attach", args=[entry.id])).content.decode()
    act("comment", text="Asked <b>the</b> landlord")
    with acting_as("system", "nightly"):
        add_comment(entry_id=entry.id, text="Matched to the bank's line")
    act("attach", file=SimpleUploadedFile("invoice.pdf", PDF))
    shown = console.get(page).content.decode()
    assert "Asked &lt;b&gt;the&lt;/b&gt; landlord" in shown
    assert "nightly" in shown
    attachment = EntryAttachment.objects.get()
    address = reverse("admin:ledger_journalentry_attachment", args=[entry.id, attachment.id])
    assert address in shown
    assert console.get(address).content == PDF
    act("attach", file=SimpleUploadedFile("x.exe", b"MZ"))
    assert "Upload a complete PDF" in console.get(page).content.decode()
    default_storage.delete(f"entries/{attachment.id.hex}")
    assert console.get(address).status_code == 409
    other = Client()
    other.force_login(make_user("compliance_analyst"), backend="django.contrib.auth.backends.ModelBackend")
    assert other.get(address).status_code == 403
