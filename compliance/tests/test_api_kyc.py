"""KYC over HTTP: who may ask, what may be uploaded, who decides."""

import struct
import zlib

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.tests.factories import make_customer, make_user, signed_in_client
from audit.models import UnsealedEvent
from compliance import selectors
from compliance.kyc.services.documents import read_document
from compliance.kyc.services.verification import expire_due
from compliance.models import Alert, KycDocument, KycVerification
from nexafi.core import clock
from nexafi.core.context import acting_as
from nexafi.core.files import StoredFileAltered
from nexafi.outbox.models import OutboxEvent

pytestmark = pytest.mark.django_db
PASSPORT = {"verification_type": "identity", "document_type": "passport", "document_number": "X1234567"}
NOTES = "The photograph and the data agree."


def chunk(name, data=b""):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


PNG = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
PNG += chunk(b"IDAT", zlib.compress(b"\x00\x00")) + chunk(b"IEND")
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 64 + b"\xff\xd9"
ZIP_END = b"PK\x05\x06" + b"\x00" * 18


class Applicant:
    """A customer with a signed-in client."""

    def __init__(self):
        self.user = make_user("customer")
        self.customer = make_customer(self.user)
        self.client = signed_in_client(self.user)

    def start(self, **changes):
        return self.client.post("/api/v1/kyc/verify", {**PASSPORT, **changes})

    def upload(self, verification_id, content=PNG, name="passport.png", **fields):
        file = SimpleUploadedFile(name, content, content_type="image/png")
        url = f"/api/v1/kyc/{verification_id}/documents"
        return self.client.post(url, {"file": file, **fields}, format="multipart")


@pytest.fixture
def applicant():
    return Applicant()


@pytest.fixture
def officer():
    return signed_in_client(make_user("compliance_officer"))


def complete(client, verification_id, decision="approve"):
    return client.post(f"/api/v1/kyc/{verification_id}/complete", {"decision": decision, "notes": NOTES})


def test_a_customer_is_verified_from_request_to_approval(applicant, officer):
    assert selectors.kyc_status(applicant.customer.pk) == "none"
    started = applicant.start(document_country="NG")
    assert started.status_code == 201, started.content
    body = started.json()
    assert (body["status"], body["verification_type"]) == ("requested", "identity")
    assert selectors.kyc_status(applicant.customer.pk) == "pending"

    uploaded = applicant.upload(body["id"], document_type="front")
    assert uploaded.status_code == 201, uploaded.content
    assert uploaded.json()["media_type"] == "image/png"

    approved = complete(officer, body["id"])
    assert approved.status_code == 200, approved.content
    assert approved.json()["status"] == "approved"
    assert approved.json()["expires_at"] > body["expires_at"]
    assert selectors.kyc_status(applicant.customer.pk) == "approved"
    assert OutboxEvent.objects.get(name="compliance.kyc_approved").payload["customer_id"] == str(applicant.customer.pk)


def test_the_document_number_is_encrypted_and_shown_only_masked(applicant, officer):
    verification_id = applicant.start().json()["id"]
    for client in (applicant.client, officer):
        for url in (f"/api/v1/kyc/{verification_id}", "/api/v1/kyc"):
            text = client.get(url).content.decode()
            assert "1234567" not in text
            assert "••••••67" in text
    stored = KycVerification.objects.get()
    assert b"1234567" not in bytes(stored.__dict__["document_number"])
    assert stored.document_number == "X1234567"
    assert all(b"1234567" not in bytes(body) for body in UnsealedEvent.objects.values_list("body", flat=True))


def test_approving_needs_a_document_and_happens_once(applicant, officer):
    verification_id = applicant.start().json()["id"]
    assert complete(officer, verification_id).json()["code"] == "kyc_state"
    applicant.upload(verification_id)
    assert complete(officer, verification_id, "reject").status_code == 200
    assert complete(officer, verification_id).status_code == 409
    assert applicant.upload(verification_id).status_code == 409
    assert selectors.kyc_status(applicant.customer.pk) == "rejected"
    assert OutboxEvent.objects.filter(name="compliance.kyc_rejected").count() == 1


def test_only_officers_complete_and_never_their_own(applicant):
    verification_id = applicant.start().json()["id"]
    applicant.upload(verification_id)
    assert complete(applicant.client, verification_id).status_code == 403
    for role in ("compliance_analyst", "auditor", "accountant", "admin"):
        assert complete(signed_in_client(make_user(role)), verification_id).status_code == 403
    both = make_user("customer", "compliance_officer")
    make_customer(both)
    own = signed_in_client(both).post("/api/v1/kyc/verify", PASSPORT).json()["id"]
    response = complete(signed_in_client(both), own)
    assert (response.status_code, response.json()["code"]) == (403, "own_case")


def test_somebody_elses_verification_is_not_there(applicant):
    verification_id = Applicant().start().json()["id"]
    assert applicant.client.get(f"/api/v1/kyc/{verification_id}").status_code == 404
    assert applicant.upload(verification_id).status_code == 404
    assert applicant.client.get("/api/v1/kyc").json()["results"] == []
    other = make_customer()
    assert applicant.start(user_id=str(other.person_id)).status_code == 404
    assert applicant.start(customer_id=str(other.pk)).status_code == 404


def test_a_newer_request_supersedes_the_open_one(applicant):
    first, second = applicant.start().json()["id"], applicant.start(document_number="Y7654321").json()["id"]
    states = dict(KycVerification.objects.values_list("pk", "status"))
    assert [states[pk] for pk in sorted(states)] == ["expired", "requested"]
    assert first != second


def test_a_number_that_another_customer_gave_raises_an_alert_and_no_refusal(applicant):
    Applicant().start(document_number="x 123 4567")
    assert applicant.start().status_code == 201
    alert = Alert.objects.get()
    assert (alert.source, alert.subject, alert.severity) == ("kyc", applicant.customer, "high")
    applicant.start(document_type="id_card")
    assert Alert.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "media_type"), [(PNG, "image/png"), (PDF, "application/pdf"), (JPEG, "image/jpeg")]
)
def test_documents_are_known_by_their_content(applicant, content, media_type):
    verification_id = applicant.start().json()["id"]
    assert applicant.upload(verification_id, content, "scan.exe").json()["media_type"] == media_type


@pytest.mark.parametrize(
    "content",
    [
        b"MZ" + b"\x00" * 200,
        b"<html><script>alert(1)</script></html>",
        b"GIF89a" + b"\x00" * 20,
        PNG[:-12],
        PNG + b"<script>alert(1)</script>",
        PDF + b"MZ\x90\x00",
        JPEG + b"<?php",
        PNG[:8] + b"\x00" * 64,
        PNG[:33] + b"\xff\xff\xff\xff" + PNG[37:],
        b"%PDF-1.4\n" + ZIP_END + b"\n%%EOF",
        JPEG[:40] + ZIP_END + b"\xff\xd9",
        b"x",
    ],
    ids=[
        "program",
        "html",
        "gif",
        "png-cut-short",
        "png-with-html",
        "pdf-with-program",
        "jpeg-with-php",
        "png-header-only",
        "png-with-a-false-length",
        "pdf-and-zip",
        "jpeg-and-zip",
        "one-byte",
    ],
)
def test_what_is_not_wholly_one_document_is_refused(applicant, content):
    verification_id = applicant.start().json()["id"]
    response = applicant.upload(verification_id, content)
    assert (response.status_code, response.json()["code"]) == (422, "document_refused")
    assert not KycDocument.objects.exists()


def test_eleven_megabytes_are_too_much(applicant):
    verification_id = applicant.start().json()["id"]
    response = applicant.upload(verification_id, b"%PDF-" + b" " * (11 * 2**20) + b"%%EOF")
    assert response.status_code == 413
    just_over = b"%PDF-" + b" " * (10 * 2**20) + b"%%EOF"
    response = applicant.upload(verification_id, just_over)
    assert (response.status_code, response.json()["code"]) == (413, "document_too_large")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../../etc/passwd.png", "passwd.png"),
        ("..\\..\\windows\\evil.png", "evil.png"),
        ("a\r\nSet-Cookie: x=1.png", None),
        ("\u202egnp.exe", "gnp.exe"),
        ("....", "document"),
        ("n" * 400 + ".png", None),
    ],
)
def test_a_file_name_is_only_ever_text_to_show(applicant, given, shown):
    from nexafi.core.files import display_name

    name = display_name(given)
    assert shown is None or name == shown
    assert len(name) <= 120
    assert not any(c in name for c in "\r\n/\\\u202e")


def test_the_file_is_stored_encrypted_under_a_name_of_our_own(applicant):
    verification_id = applicant.start().json()["id"]
    applicant.upload(verification_id, name="../../passport.png")
    document = KycDocument.objects.get()
    assert document.file_name == "passport.png"
    _, names = default_storage.listdir("kyc")
    assert document.pk.hex in names
    with default_storage.open(f"kyc/{document.pk.hex}", "rb") as file:
        assert b"PNG" not in file.read()


def test_a_refused_upload_leaves_no_file(applicant, officer):
    verification_id = applicant.start().json()["id"]
    complete(officer, verification_id, "reject")
    before = len(default_storage.listdir("kyc")[1]) if default_storage.exists("kyc") else 0
    assert applicant.upload(verification_id).status_code == 409
    assert len(default_storage.listdir("kyc")[1]) == before


def test_a_look_at_a_document_is_recorded_and_an_exchanged_file_does_not_open(applicant):
    verification_id = applicant.start().json()["id"]
    for _ in range(2):
        applicant.upload(verification_id)
    one, two = KycDocument.objects.order_by("id")
    with acting_as("user", str(make_user("compliance_analyst").pk)):
        assert read_document(one.pk)[1] == PNG
    bodies = [bytes(body).decode() for body in UnsealedEvent.objects.values_list("body", flat=True)]
    assert any("kyc_document_viewed" in body and str(one.pk) in body for body in bodies)
    with default_storage.open(f"kyc/{two.pk.hex}", "rb") as file:
        other = file.read()
    default_storage.delete(f"kyc/{one.pk.hex}")
    with default_storage.open(f"kyc/{one.pk.hex}", "wb") as file:
        file.write(other)
    with acting_as("user", str(make_user("compliance_analyst").pk)), pytest.raises(StoredFileAltered):
        read_document(one.pk)


def test_uploads_are_one_file_and_known_fields(applicant):
    verification_id = applicant.start().json()["id"]
    assert applicant.upload(verification_id, colour="red").status_code == 400
    url = f"/api/v1/kyc/{verification_id}/documents"
    assert applicant.client.post(url, {}, format="multipart").status_code == 400
    assert applicant.client.post(url, {"file": "text"}, format="json").status_code == 415


def test_what_is_past_its_time_expires(applicant, officer):
    verification_id = applicant.start().json()["id"]
    applicant.upload(verification_id)
    complete(officer, verification_id)
    KycVerification.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert selectors.kyc_status(applicant.customer.pk) == "none"
    assert expire_due(clock.now()) == 1
    assert KycVerification.objects.get().status == "expired"
    assert expire_due(clock.now()) == 0
