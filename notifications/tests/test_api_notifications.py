"""Notifications over HTTP."""

import pytest
from django.core import mail

from accounts.tests.factories import make_user, signed_in_client
from nexafi.core.ids import uuid7
from nexafi.outbox.services.relay import drain
from notifications.services.delivery import deliver_due_messages
from payments.tests.factories import make_person

pytestmark = pytest.mark.django_db
URL = "/api/v1/notifications"


def test_one_reads_filters_and_marks_ones_own() -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    ada.pay(bob, "1.00")
    drain()
    (message,) = ada.client.get(f"{URL}?channel=in_app&status=unread").json()["results"]
    assert (message["notification_type"], message["status"]) == ("payment_completed", "unread")
    url = f"{URL}/{message['id']}/status"
    assert ada.client.put(url, {"status": "read"}).json()["status"] == "read"
    assert ada.client.get(f"{URL}?channel=in_app&status=unread").json()["results"] == []
    assert bob.client.put(url, {"status": "read"}).status_code == 404
    assert ada.client.put(url, {"status": "eaten"}).status_code == 400


def send(client, **body: object):
    return client.post(f"{URL}/send", {"notification_type": "announcement", "channel": "email"} | body)


def test_staff_with_the_permission_send_and_the_recipient_gets_it() -> None:
    admin, user = make_user("admin"), make_user("customer")
    response = send(
        signed_in_client(admin), user_id=str(user.id), subject="Maintenance", message="Tonight.", priority="high"
    )
    assert response.status_code == 201
    assert response.json()["delivery"] == "queued"
    deliver_due_messages()
    assert (mail.outbox[0].to, mail.outbox[0].subject) == ([user.email], "Maintenance")


def test_staff_may_use_a_template() -> None:
    client, user = signed_in_client(make_user("admin")), make_user("customer")
    response = send(
        client, user_id=str(user.id), template_name="kyc_rejected", template_data={"verification_type": "address"}
    )
    assert "address" in response.json()["message"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"message": "x", "channel": "pigeon"}, 400),
        ({"message": "x", "template_name": "welcome"}, 400),
        ({}, 400),
        ({"template_name": "../../etc/passwd"}, 400),
        ({"message": "x", "user_id": str(uuid7())}, 404),
    ],
)
def test_what_cannot_be_sent_is_refused(body: dict[str, str], status: int) -> None:
    client, user = signed_in_client(make_user("admin")), make_user("customer")
    assert send(client, **({"user_id": str(user.id)} | body)).status_code == status


@pytest.mark.parametrize("role", ["customer", "accountant", "auditor", "compliance_officer"])
def test_others_do_not_send(role: str) -> None:
    user = make_user(role)
    assert send(signed_in_client(user), user_id=str(user.id), message="x").status_code == 403


def test_preferences_are_read_and_changed_by_their_owner() -> None:
    user = make_user("customer")
    client, url = signed_in_client(user), f"{URL}/preferences/{user.id}"
    choice = {"category": "payments", "channel": "email", "enabled": False}
    assert client.get(url).json()["preferences"][0].keys() == {"category", "channel", "enabled", "required"}
    changed = client.put(url, {"preferences": [choice]}).json()["preferences"]
    assert choice | {"required": False} in changed
    assert client.put(url, {"preferences": [choice | {"enabled": True}]}).status_code == 200
    refused = client.put(url, {"preferences": [choice | {"category": "security"}]})
    assert (refused.status_code, refused.json()["code"]) == (422, "category_required")
    twice = client.put(url, {"preferences": [choice, choice | {"enabled": True}]})
    assert (twice.status_code, twice.json()["errors"][0]["pointer"]) == (400, "/preferences/1")
    stranger = signed_in_client(make_user("customer"))
    assert stranger.get(url).status_code == stranger.put(url, {"preferences": [choice]}).status_code == 404
