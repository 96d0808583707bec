"""What every request meets before and after its view."""

import uuid

import pytest
from django.conf import settings as django_settings
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.urls("nexafi.api.tests.views")]
WHO, PAGE = "/api/v1/test-whoami", "/test-page"


def is_problem(response, status, code):
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json"), response.content
    assert response.json()["code"] == code
    assert response.json()["request_id"] == response["X-Request-ID"]
    assert b"secret" not in response.content
    assert b"Traceback" not in response.content
    return response


@pytest.mark.parametrize("given", ["abc", "A.b_c-1", "x" * 128])
def test_a_harmless_request_id_is_kept(given):
    response = Client().get(WHO, headers={"X-Request-ID": given})
    assert response["X-Request-ID"] == response.json()["request_id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\nb", "<script>", "ключ", "a;b"])
def test_any_other_request_id_is_replaced(given):
    response = Client().get(WHO, HTTP_X_REQUEST_ID=given)
    assert uuid.UUID(response["X-Request-ID"]).version == 7


def test_the_actor_of_one_request_is_not_that_of_the_next():
    first, second = Client().get(WHO).json(), Client().get(WHO).json()
    assert first["request_id"] != second["request_id"]
    assert (first["kind"], first["client_ip"]) == ("anonymous", "127.0.0.1")


@pytest.mark.parametrize(
    ("hops", "forwarded", "seen"),
    [
        (0, "198.51.100.7", "192.0.2.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (2, "10.0.0.1, 203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (2, "198.51.100.7", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "<script>", "192.0.2.1"),
        (1, "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_the_client_address_is_what_the_outermost_trusted_proxy_saw(settings, hops, forwarded, seen):
    settings.TRUSTED_PROXY_HOPS = hops
    client = Client(REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded, HTTP_X_REAL_IP="6.6.6.6")
    assert client.get(WHO).json()["client_ip"] == seen


def test_an_api_answer_may_neither_run_nor_be_framed_or_kept():
    for url in (WHO, "/api/v1/nothing"):
        response = Client().get(url)
        assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "DENY"
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "same-origin"
        assert not response.cookies


def test_a_page_gets_a_policy_it_can_work_with():
    policy = Client().get(PAGE)["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert "frame-ancestors 'none'" in policy


def test_sessions_csrf_and_messages_stay_away_from_the_api():
    names = [name.rpartition(".")[2] for name in django_settings.MIDDLEWARE]
    assert names.index("RequestContextMiddleware") == 0
    response = Client(enforce_csrf_checks=True).post(WHO)
    assert response.status_code == 200
    assert not response.cookies
    assert Client(enforce_csrf_checks=True).post(PAGE).status_code == 403


@pytest.mark.parametrize("origin", ["null", "https://evil.example", "http://testserver.evil.example"])
def test_no_other_origin_may_read_an_answer(origin):
    response = Client().get(WHO, headers={"Origin": origin})
    assert not [name for name in response.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/payments", "/api/v1/payments/", "/api/v1/nothing/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_address_is_a_problem(path, method):
    is_problem(Client().generic(method, path), 404, "not_found")


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_a_method_that_was_not_declared_does_not_exist(method):
    response = is_problem(Client().generic(method, "/api/v1/test-crash"), 405, "method_not_allowed")
    assert response["Allow"] == "GET, PUT, HEAD"


def test_the_method_cannot_be_overridden_by_a_header():
    response = Client().post("/api/v1/test-crash", headers={"X-HTTP-Method-Override": "PUT"})
    is_problem(response, 405, "method_not_allowed")


@pytest.mark.parametrize(("accept", "status"), [
    ("application/json", 200), ("*/*", 200), ("application/*", 200), ("text/html, */*;q=0.1", 200),
    ("application/problem+json", 200), ("text/html", 406), ("application/xml, text/csv", 406), ("garbage", 406),
])  # fmt: skip
def test_json_is_what_there_is(accept, status):
    response = Client().get("/api/v1/test-transfers", headers={"Accept": accept})
    assert response.status_code == status
    if status == 406:
        is_problem(response, 406, "not_acceptable")


def test_a_crash_says_nothing_about_its_cause():
    is_problem(Client(raise_request_exception=False).get("/api/v1/test-crash"), 500, "internal_error")


def test_a_database_that_is_down_is_503_and_may_be_tried_again():
    assert is_problem(Client().get("/api/v1/test-down"), 503, "service_unavailable")["Retry-After"]


def test_a_host_that_is_not_ours_is_refused():
    is_problem(Client().get(WHO, headers={"Host": "evil.example"}), 400, "bad_request")


def test_a_call_without_the_right_is_401_or_403():
    response = is_problem(Client().put("/api/v1/test-crash"), 401, "not_authenticated")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_page_that_is_not_there_stays_html():
    assert Client().get("/nothing")["Content-Type"].startswith("text/html")
