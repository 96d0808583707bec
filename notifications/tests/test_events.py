"""What users are told of events: once, over the channels they want, without tipping anybody off."""

from uuid import UUID

import pytest
from django.core import mail

from accounts.services.sessions import open_session, revoke_session
from accounts.tests.factories import make_user
from nexafi.outbox.models import HandledEvent, OutboxEvent
from nexafi.outbox.services.relay import drain
from notifications.constants import CATALOGUE, Category, Channel, Delivery
from notifications.models import Message
from notifications.services.compose import render
from notifications.services.delivery import deliver_due_messages
from notifications.services.preferences import set_preferences
from payments.tests.factories import Person, decide, make_person

pytestmark = pytest.mark.django_db


def told(person: Person, channel: str = "in_app") -> list[str]:
    rows = Message.objects.filter(recipient=person.user, channel=channel).order_by("id")
    return list(rows.values_list("notification_type", flat=True))


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_type_has_a_template_with_subject_and_body(name: str) -> None:
    text = render(name, {"amount": "1.00", "currency": "USD", "payee": "A & B", "payer": "<C>"})
    assert text.subject
    assert text.body.strip()
    assert "\n" not in text.subject
    assert "&amp;" not in text.body
    assert "{" not in text.subject + text.body


def test_both_sides_hear_of_a_completed_payment() -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    ada.pay(bob, "12.50")
    drain()
    assert (told(ada), told(bob)) == (["payment_completed"], ["payment_received"])
    assert "12.50 USD" in Message.objects.get(recipient=bob.user, channel="in_app").subject


def test_an_event_delivered_twice_tells_once() -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    ada.pay(bob, "1.00")
    drain()
    HandledEvent.objects.all().delete()
    OutboxEvent.objects.update(status="pending")
    drain()
    assert (told(ada), told(ada, "email")) == (["payment_completed"], ["payment_completed"])


def test_a_held_payment_is_only_being_processed_and_the_payee_hears_nothing() -> None:
    ada, bob = make_person(balance="20000.00"), make_person()
    payment_id = ada.pay(bob, "12000.00").json()["id"]
    drain()
    assert (told(ada), told(bob)) == (["payment_processing"], [])
    decide(payment_id, release=False)
    assert (told(ada), told(bob)) == (["payment_processing", "payment_declined"], [])
    text = " ".join(Message.objects.values_list("body", flat=True)).lower()
    assert not any(word in text for word in ("review", "complian", "suspic", "launder", "sanction", "officer", "alert"))


def test_email_goes_out_after_the_fact_and_once() -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    ada.pay(bob, "1.00")
    drain()
    assert mail.outbox == []
    assert deliver_due_messages() == 2
    assert deliver_due_messages() == 0
    assert sorted(m.to[0] for m in mail.outbox) == sorted([ada.user.email, bob.user.email])
    assert set(Message.objects.values_list("delivery", flat=True)) == {Delivery.SENT}


def test_a_mail_server_that_is_down_is_tried_again_later(settings) -> None:
    ada = make_person(balance="100.00")
    ada.pay(make_person(), "1.00")
    drain()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nothing listens there
    assert deliver_due_messages() == 0
    message = Message.objects.get(recipient=ada.user, channel="email")
    assert (message.delivery, message.attempts, message.last_error) == ("queued", 1, "ConnectionRefusedError")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert deliver_due_messages() == 0  # not due yet
    Message.objects.update(available_at=message.created_at)
    assert deliver_due_messages() == 2


def test_a_message_that_never_gets_through_is_given_up(settings) -> None:
    make_person(balance="100.00").pay(make_person(), "1.00")
    drain()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    for _ in range(6):
        Message.objects.filter(delivery="queued").update(available_at=Message.objects.first().created_at)
        deliver_due_messages()
    assert set(Message.objects.filter(channel="email").values_list("delivery", flat=True)) == {"failed"}


def test_a_muted_channel_stays_silent_but_security_does_not() -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    set_preferences(user_id=ada.user.id, choices=[(Category.PAYMENTS, Channel.EMAIL, False)])
    ada.pay(bob, "1.00")
    drain()
    assert (told(ada), told(ada, "email")) == (["payment_completed"], [])


def test_a_reused_token_and_a_new_device_are_told() -> None:
    user = make_user("customer")
    first = open_session(user=user, user_agent="Firefox")
    open_session(user=user, user_agent="Firefox")
    open_session(user=user, user_agent="curl")
    revoke_session(first, reason="token_reused")
    drain()
    kinds = Message.objects.filter(recipient=user, channel="email").values_list("notification_type", flat=True)
    assert sorted(kinds) == ["new_sign_in", "sessions_ended"]


def test_deposits_and_their_failures_are_told() -> None:
    from payments.tests.test_transfers import confirm, order

    ada = make_person()
    order(ada, "deposit", "10.00")
    order(ada, "deposit", "10.51")
    confirm()
    drain()
    assert sorted(told(ada)) == ["deposit_completed", "deposit_failed"]


def test_a_refund_tells_the_amount_refunded() -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    payment_id = ada.pay(bob, "9.00").json()["id"]
    bob.client.post(f"/api/v1/payments/{UUID(payment_id)}/refund", {"amount": "4.00"})
    drain()
    assert "4.00 USD" in Message.objects.get(notification_type="payment_refunded", channel="in_app").subject
