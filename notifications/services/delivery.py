"""Send queued e-mail outside any transaction: claim a set, send, then write down what happened.

A sender that dies after sending and before writing it down makes the next one send again: the message's own
Message-ID lets mail clients recognise the copy.
"""

import logging
from datetime import timedelta
from email.utils import make_msgid

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import F

from nexafi.core import clock
from notifications.constants import MAX_ATTEMPTS, RETRY_PAUSE, SEND_LEASE, Delivery
from notifications.models import Message

log = logging.getLogger(__name__)


def deliver_due_messages(*, limit: int = 50) -> int:
    """Send what is due; returns how many were sent. Failures are retried later with a doubling pause."""
    messages = _claim(limit)
    if not messages:
        return 0
    mail = get_connection()
    try:
        mail.open()
    except OSError as error:  # nobody there: one failed attempt for all of them
        for message in messages:
            _note_failure(message, error)
        return 0
    try:
        return sum(_send(message, mail) for message in messages)
    finally:
        mail.close()


def _claim(limit: int) -> list[Message]:
    """Take due messages for SEND_LEASE; other senders skip them."""
    now = clock.now()
    due = Message.objects.filter(delivery=Delivery.QUEUED, available_at__lte=now).order_by("available_at")
    if not due.exists():
        return []  # an idle sweep does not take SQLite's one write lock
    with transaction.atomic():
        ids = list(_skip_locked(due).values_list("id", flat=True)[:limit])
        Message.objects.filter(pk__in=ids).update(available_at=now + SEND_LEASE, attempts=F("attempts") + 1)
    return list(Message.objects.filter(pk__in=ids).select_related("recipient").order_by("id"))


def _skip_locked(due):  # type: ignore[no-untyped-def]
    return due.select_for_update(skip_locked=True) if connection.features.has_select_for_update_skip_locked else due


def _send(message: Message, mail: BaseEmailBackend) -> bool:
    email = EmailMessage(
        subject=message.subject,
        body=message.body,
        to=[message.recipient.email],
        headers={"Message-ID": make_msgid(idstring=message.id.hex, domain="nexafi.invalid")},
        connection=mail,
    )
    try:
        email.send()
    except OSError as error:  # SMTP errors are OSErrors too
        _note_failure(message, error)
        return False
    Message.objects.filter(pk=message.pk).update(delivery=Delivery.SENT, sent_at=clock.now(), last_error="")
    return True


def _note_failure(message: Message, error: OSError) -> None:
    """Only the error's type is kept: its text may hold the address."""
    log.warning("message %s was not sent: %s", message.id, type(error).__name__)
    given_up = message.attempts >= MAX_ATTEMPTS
    pause: timedelta = RETRY_PAUSE * 2 ** (message.attempts - 1)
    Message.objects.filter(pk=message.pk).update(
        delivery=Delivery.FAILED if given_up else Delivery.QUEUED,
        available_at=clock.now() + pause,
        last_error=type(error).__name__,
    )
