import io
import json
import logging
import time

import pytest
from django.test import Client
from django.urls import path
from rest_framework.request import Request

from nexafi.api.permissions import PUBLIC
from nexafi.api.views import ApiView
from nexafi.observability.logs import AccessLine, configuration
from nexafi.observability.redaction import MAX_LENGTH, REDACTED, redact

CANARIES = {
    "body_password": "canary-Pa55word!",
    "body_pan": "4111 1111 1111 1111",
    "body_iban": "DE89 3704 0044 0532 0130 00",
    "header_token": "eyJhbGciOiJFZERTQSJ9.canary.c2lnbmF0dXJl",
    "header_cookie": "canary-session-cookie",
    "query_token": "canary-query-token",
    "mail": "canary@example.test",
}
log = logging.getLogger(__name__)


class Careless(ApiView):
    """Logs and raises with everything it was given, as a careless line of code would."""

    access = {"POST": PUBLIC}
    authentication_classes = ()
    throttle_classes = ()

    def post(self, request: Request, number: int) -> None:
        log.warning("got %s", request.data)
        log.warning("signed in with %s", request.headers["Authorization"], extra={"payload": request.data})
        raise RuntimeError(f"cannot store password={request.data['password']} of {request.data['email']}")


urlpatterns = [path("api/v1/careless/<int:number>", Careless.as_view())]


@pytest.fixture
def lines():
    """Everything that is logged, as it would reach standard error."""
    stream = io.StringIO()
    config = configuration("DEBUG")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(config["formatters"]["json"]["()"](
        foreign_pre_chain=config["formatters"]["json"]["foreign_pre_chain"],
        processors=config["formatters"]["json"]["processors"],
    ))  # fmt: skip
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel("DEBUG")
    requests = logging.StreamHandler(stream)
    requests.setFormatter(AccessLine())
    logging.getLogger("nexafi.access").addHandler(requests)
    yield lambda: stream.getvalue().splitlines()
    logging.getLogger("nexafi.access").removeHandler(requests)
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.urls(__name__)
def test_no_canary_in_body_header_or_address_reaches_a_log_line(lines):
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = CANARIES["header_cookie"]
    response = client.post(
        f"/api/v1/careless/7?token={CANARIES['query_token']}&email={CANARIES['mail']}",
        data={
            "password": CANARIES["body_password"],
            "card_number": CANARIES["body_pan"],
            "memo": f"pay {CANARIES['body_pan']} or {CANARIES['body_iban']}",
            "email": CANARIES["mail"],
        },
        content_type="application/json",
        headers={"authorization": f"Bearer {CANARIES['header_token']}", "user-agent": "test"},
    )
    assert response.status_code == 500
    text = "\n".join(lines())
    assert "cannot store" in text  # the traceback is there
    assert [name for name, canary in CANARIES.items() if canary in text] == []


@pytest.mark.urls(__name__)
def test_a_request_is_one_line_with_its_id_route_status_and_duration(lines):
    Client().post("/api/v1/careless/7", content_type="application/xml", data="<a/>", headers={"x-request-id": "my-id"})
    access = [line for line in map(json.loads, lines()) if line["logger"] == "nexafi.access"]
    assert len(access) == len(lines()) == 1
    [line] = access
    assert (line["request_id"], line["actor"], line["method"]) == ("my-id", "anonymous", "POST")
    assert (line["route"], line["path"], line["status"]) == ("api/v1/careless/<int:number>", "/api/v1/careless/7", 415)
    assert line["duration_ms"] >= 0


def test_a_hostile_user_agent_stays_inside_its_line(lines):
    Client().get("/nowhere", headers={"user-agent": 'x\r\n{"level":"forged"}\x1b[31m\u2028end'})
    assert all(json.loads(line)["level"] != "forged" for line in lines())
    assert not any(character in line for line in lines() for character in "\r\x1b\u2028")


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abc.def",
        "api-key nxf_live_123",
        "postgres://nexafi:hunter2@db/nexafi",
        '{"refresh_token": "0192-aa"}',
        "PASSWORD=hunter2",
        "{'password': 'two hunter2 words', 'id': 7}",
        "card 4111-1111-1111-1111 declined",
        "to GB82WEST12345698765432",
        "Key (email)=(anna@example.org) already exists",
    ],
)
def test_texts_that_look_like_secrets_are_redacted(text):
    assert REDACTED in redact(text)
    assert not any(
        secret in redact(text)
        for secret in ("abc.def", "nxf_live_123", "hunter2", "0192-aa", "4111", "WEST", "anna@example.org")
    )


@pytest.mark.parametrize(
    "text",
    [
        "payment 01934f8e-7d1c-7a55-9f0e-3c2b1a098765 completed",
        "amount 1234567890123456",  # no check digit of a card
        "insufficient_funds at payments.services.transfers:120",
        "2026-11-26T11:12:13.123456Z",
    ],
)
def test_plain_facts_stay_readable(text):
    assert redact(text) == text


@pytest.mark.parametrize("piece", ["a", "a-", "://a:", "token", "password ", "1 ", "DE89 ", "eyJ.", "@a.", "= "])
def test_a_long_hostile_text_costs_little_and_is_cut(piece):
    started = time.process_time()
    assert len(redact(piece * 500_000)) <= MAX_LENGTH + 10
    assert time.process_time() - started < 0.5


def test_fields_are_redacted_by_name_at_any_depth():
    assert redact({"user": {"otp": "123456", "id": "7"}, "items": [{"document_number": "X1"}]}) == {
        "user": {"otp": REDACTED, "id": "7"},
        "items": [{"document_number": REDACTED}],
    }
