import pytest
from django.db import connection

from accounts.tests.factories import make_user
from audit.models import AuditEvent
from audit.services.seal import seal_pending
from audit.tests.factories import record_events, sealed_log
from nexafi.db import triggers

pytestmark = pytest.mark.django_db
LIST = "/console/audit/auditevent/"


@pytest.fixture
def auditor(client):
    client.force_login(make_user("auditor"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(client, path, status=200):
    response = client.get(path, follow=True)
    assert response.status_code == status
    return response.content.decode()


def test_events_are_listed_and_found_by_target_actor_and_action(auditor):
    sealed_log(3)
    record_events(1, action="payments.payment_released", start=7)
    seal_pending()
    assert "entry-0" in text(auditor, LIST)
    for query in ("q=entry-7", "target_id=entry-7", "action=payments.payment_released"):
        page = text(auditor, f"{LIST}?{query}")
        assert "payments.payment_released" in page
        assert "entry-1" not in page


def test_an_event_shows_its_bytes_and_verifies(auditor):
    sealed_log(5)
    event = AuditEvent.objects.get(target_id="entry-3")
    page = text(auditor, f"{LIST}{event.seq}/change/")
    assert bytes(event.hashes)[:32].hex() in page
    assert "12.34" in page
    assert "Proved: event" in text(auditor, f"{LIST}{event.seq}/verify/")


def test_an_altered_event_does_not_verify(auditor):
    sealed_log(5)
    triggers.remove(connection)
    event = AuditEvent.objects.get(target_id="entry-3")
    AuditEvent.objects.filter(seq=event.seq).update(body=b"not an event")
    assert "not an event" in text(auditor, f"{LIST}{event.seq}/change/")
    assert "NOT PROVED" in text(auditor, f"{LIST}{event.seq}/verify/")


def test_the_log_cannot_be_changed_in_the_console(auditor):
    sealed_log(1)
    event = AuditEvent.objects.get(target_id="entry-0")
    assert auditor.post(f"{LIST}{event.seq}/change/", {"action": "x"}).status_code == 403
    assert auditor.post(f"{LIST}{event.seq}/delete/", {"post": "yes"}).status_code == 403
    assert auditor.get(f"{LIST}add/").status_code == 403


def test_an_accountant_does_not_see_the_log(client):
    client.force_login(make_user("accountant"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(LIST).status_code == 403


def test_heads_and_the_dashboard_tile_show_the_seal(auditor):
    sealed_log(5)
    assert "Audit log" in text(auditor, "/console/")
    assert "nexafi.localhost/audit" in text(auditor, f"/console/audit/treehead/{AuditEvent.objects.count()}/change/")


def test_the_services_answer_names_the_seal_lag(client):
    sealed_log(1)
    parts = {part["name"]: part for part in client.get("/api/v1/services").json()["services"]}
    assert (parts["audit_log"]["state"], parts["audit_log"]["tree_size"]) == ("ok", 1)
