"""Rate limits: counted exactly, told in headers, shared through the cache."""

import threading
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client

from nexafi.api.counters import RateCounters
from nexafi.api.throttling import parse_rate

pytestmark = [pytest.mark.django_db, pytest.mark.urls("nexafi.api.tests.views")]
SIGN_IN, MONEY, READ = "/api/v1/test-sign-in", "/api/v1/test-money", "/api/v1/test-transfers"


@pytest.fixture(autouse=True)
def _real_limits(settings):
    """The real limits, with time standing still, so that no window ends within a test."""
    settings.RATE_LIMIT_FACTOR = 1
    settings.RATELIMIT_CACHE_PREFIX = f"{uuid4()}:"  # counters of its own, also beside other tests on one Redis
    with time_machine.travel(datetime(2026, 1, 5, 12, 0, 7, tzinfo=UTC), tick=False):
        yield


def sign_in(email="ada@example.com", address="192.0.2.1"):
    return Client(REMOTE_ADDR=address).post(SIGN_IN, {"email": email}, content_type="application/json")


def test_the_sixth_sign_in_of_an_account_from_an_address_waits():
    assert [sign_in().status_code for _ in range(6)] == [200] * 5 + [429]
    response = sign_in()
    assert response.json()["code"] == "rate_limited"
    assert 1 <= int(response["Retry-After"]) <= 300


def test_another_account_or_address_has_its_own_count():
    for _ in range(6):
        sign_in()
    assert sign_in(email="grace@example.com").status_code == 200
    assert sign_in(address="192.0.2.2").status_code == 200


def test_writing_the_account_differently_does_not_help():
    for email in ("ada@example.com", "ADA@example.com", " ada@example.com", "Ada@Example.com", "ada@EXAMPLE.com"):
        sign_in(email)
    assert sign_in("aDa@example.com").status_code == 429


def test_one_address_trying_many_accounts_is_stopped_after_a_hundred():
    answers = [sign_in(email=f"user{n}@example.com").status_code for n in range(101)]
    assert (answers[:100], answers[100]) == ([200] * 100, 429)


def test_every_answer_tells_the_limit():
    for response in (Client().get(READ), Client().get(READ + "?x=1"), Client().get("/api/v1/nothing")):
        assert response["RateLimit-Policy"] == '"default";q=1000;w=60'
        assert response["X-RateLimit-Limit"] == "1000"
        left = int(response["X-RateLimit-Remaining"])
        assert response["RateLimit"] == f'"default";r={left};t={response["X-RateLimit-Reset"]}'
        assert left < 1000


def test_the_strictest_rule_is_told():
    response = sign_in()
    assert (response["X-RateLimit-Limit"], response["X-RateLimit-Remaining"]) == ("5", "4")


def test_a_refused_credential_counts_against_the_address():
    for _ in range(3):
        response = Client(REMOTE_ADDR="192.0.2.9").get(READ, headers={"Authorization": "Bearer forged"})
        assert response.status_code == 401
    assert response["X-RateLimit-Remaining"] == "997"


def test_forwarded_addresses_are_not_believed_without_a_proxy():
    answers = [
        Client(REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}")
        .post(SIGN_IN, {"email": "ada@example.com"}, content_type="application/json")
        .status_code
        for n in range(6)
    ]
    assert answers[-1] == 429


def test_parallel_calls_are_counted_exactly(settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "money": {"caller": "10/m"}}
    answers = []
    threads = [threading.Thread(target=lambda: answers.extend(spend().status_code for _ in range(5))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] * 10 + [429] * 30


def spend():
    return Client().post(MONEY, {"email": "ada@example.com"}, content_type="application/json")


@pytest.fixture
def _counters_down(settings):
    """A Redis that nobody answers for."""
    settings.CACHES = {
        **settings.CACHES,
        "rate_limits": {"BACKEND": "nexafi.api.counters.RateCounters", "LOCATION": "redis://127.0.0.1:1/0"},
    }


@pytest.mark.usefixtures("_counters_down")
def test_without_counters_guessing_and_spending_stop_and_reading_goes_on():
    for response in (sign_in(), spend()):
        assert (response.status_code, response.json()["code"]) == (503, "service_unavailable")
        assert response["Retry-After"]
    assert Client().get(READ).status_code == 200


@pytest.mark.parametrize(("rate", "parsed"), [("100/m", (100, 60)), ("5/5m", (5, 300)), ("3/h", (3, 3600))])
def test_rates_are_read(rate, parsed):
    assert parse_rate(rate) == parsed


@pytest.mark.skipif(not isinstance(caches["rate_limits"], RateCounters), reason="counts in Redis")
def test_a_connection_that_redis_closed_is_replaced():
    counters, window = caches["rate_limits"], f"window-{uuid4()}"
    assert counters.add(window, 1, 60)
    counters._connection._sock.close()
    assert not counters.add(window, 1, 60)
    assert counters.incr(window) == 2
