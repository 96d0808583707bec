import json

import pytest
from django.test import Client

from accounts.tests.factories import make_user
from audit.models import UnsealedEvent
from nexafi.outbox.models import OutboxEvent
from nexafi.outbox.services.relay import drain

pytestmark = pytest.mark.django_db
PAGE = "/console/outbox/outboxevent/"
FORM = {"reason": "the handler is repaired", "_form_submitted": "True"}


def console(role: str) -> Client:
    client = Client()
    client.force_login(make_user(role), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_parked_event_is_seen_with_its_error_and_retried_by_those_who_may():
    event = OutboxEvent.objects.create(
        name="x.done",
        payload={"id": "7"},
        actor_kind="system",
        status="parked",
        attempts=10,
        last_error="h: ValueError",
    )
    assert "h: ValueError" in console("auditor").get(PAGE, {"status__exact": "parked"}).content.decode()
    assert console("auditor").get(f"{PAGE}{event.pk}/change/").status_code == 200
    refused = console("auditor").post(f"{PAGE}{event.pk}/retry/", FORM, HTTP_HX_REQUEST="true")
    assert refused.status_code == 403
    assert console("compliance_officer").get(PAGE).status_code == 403
    console("admin").post(f"{PAGE}{event.pk}/retry/", FORM, HTTP_HX_REQUEST="true")
    event.refresh_from_db()
    assert event.status == "pending"
    drain()
    [body] = UnsealedEvent.objects.values_list("body", flat=True)
    recorded = json.loads(bytes(body))
    assert (recorded["action"], recorded["reason"]) == ("outbox.event_retried", FORM["reason"])
    assert (recorded["actor"]["kind"], recorded["target"]["id"]) == ("user", str(event.pk))
