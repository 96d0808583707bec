"""Idempotency-Key: one effect, one answer, whatever happens in between."""

import json
import threading
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nexafi.core.clock import now
from nexafi.outbox.models import IdempotencyKey, OutboxEvent
from nexafi.outbox.services import idempotency

pytestmark = [pytest.mark.django_db, pytest.mark.urls("nexafi.api.tests.views")]
URL = "/api/v1/test-transfers"


def post(key="key-1", amount="12.30", **fields):
    headers = {} if key is None else {"Idempotency-Key": key}
    body = {"amount": amount, "currency": "USD", **fields}
    return Client(raise_request_exception=False).post(URL, body, content_type="application/json", headers=headers)


def effects():
    return OutboxEvent.objects.count()


def test_the_same_key_and_body_get_the_first_answer_again():
    first, again = post(), post()
    assert (first.status_code, again.status_code, effects()) == (201, 201, 1)
    assert (first.content, first["Content-Type"]) == (again.content, again["Content-Type"])
    assert (first.get("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (None, "true")


def test_the_same_key_with_another_body_is_refused():
    post()
    response = post(amount="12.31")
    assert (response.status_code, response.json()["code"], effects()) == (422, "idempotency_key_reused", 1)


def test_another_key_or_none_is_another_effect():
    for key in ("key-1", "key-2", None, None):
        assert post(key).status_code == 201
    assert effects() == 4


def test_a_refusal_by_a_rule_is_the_answer_to_the_key_and_leaves_no_effect():
    first, again = post(kind="refused"), post(kind="refused")
    assert (first.status_code, first.json()["code"]) == (422, "insufficient_funds")
    assert (again.content, again["Content-Type"]) == (first.content, "application/problem+json")
    assert again["Idempotent-Replayed"] == "true"
    assert effects() == 0


@pytest.mark.parametrize(("bad", "status"), [({"amount": "x"}, 400), ({"kind": "crash"}, 500)])
def test_an_invalid_call_and_a_failure_leave_the_key_free(bad, status):
    assert post(**bad).status_code == status
    assert post().status_code == 201
    assert effects() == 1


@pytest.mark.parametrize("key", ["", "a" * 256, "naïve", "a\tb", "a\x7f"])
def test_a_key_is_1_to_255_printable_ascii_characters(key):
    response = post(key)
    assert (response.status_code, response.json()["code"], effects()) == (400, "invalid_idempotency_key", 0)


def test_a_call_that_still_runs_makes_the_second_wait():
    held = claim()
    response = post()
    assert (response.status_code, response.json()["code"]) == (409, "idempotency_in_progress")
    assert int(response["Retry-After"]) >= 1
    idempotency.release(held)
    assert post().status_code == 201


def test_after_a_crash_another_call_takes_over_when_the_lease_has_run_out():
    lost = claim()
    with time_machine.travel(now() + idempotency.LEASE, tick=True):
        assert post().status_code == 201
    with pytest.raises(idempotency.InProgress):
        idempotency.complete(lost, idempotency.Answer(201, b"{}"))
    assert effects() == 1


def test_whoever_lost_the_lease_leaves_no_effect():
    response = post(kind="loses_lease")
    assert (response.status_code, response.json()["code"]) == (409, "idempotency_in_progress")
    assert effects() == 0


def test_keys_belong_to_their_caller():
    held = claim(caller="user:somebody-else")
    assert isinstance(held, idempotency.Claim)
    assert post().status_code == 201


def test_records_are_purged_after_a_day():
    post("old")
    with time_machine.travel(now() + idempotency.KEPT, tick=True):
        post("new")
        out = StringIO()
        call_command("purge_idempotency_keys", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {"deleted": 1}
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["new"]


def statements(key):
    """How many a call takes, transaction control (which here shows as savepoints) apart."""
    with CaptureQueriesContext(connection) as captured:
        post(key)
    return sum("SAVEPOINT" not in query["sql"] for query in captured)


def test_a_key_costs_two_statements():
    without = statements(None)
    assert statements("key-1") == without + 2
    assert statements("key-1") == 2


def claim(caller="anonymous:"):
    """As a call would that runs now: the key of `post()` with its fingerprint."""
    post("probe")
    fingerprint = IdempotencyKey.objects.get(key="probe").fingerprint
    OutboxEvent.objects.all().delete()
    return idempotency.claim(caller=caller, key="key-1", fingerprint=fingerprint)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="true concurrency")
def test_fifty_parallel_calls_have_one_effect_and_one_answer():
    answers, gate = [], threading.Barrier(50)

    def call():
        gate.wait()
        answers.append(post())
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert effects() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    done = [answer for answer in answers if answer.status_code == 201]
    assert {answer.content for answer in [*done, post()]} == {done[0].content}
    assert sum("Idempotent-Replayed" not in answer for answer in done) == 1
