"""What a hostile or careless client may send: each row is one body or header and the one answer to it.

Every refusal is a problem document with a stable code, comes quickly, changes nothing, and echoes nothing back.
"""

import gzip
import json
import time

import pytest
from django.test import Client

from accounts.tests.factories import make_user, signed_in_client
from nexafi.outbox.models import OutboxEvent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("nexafi.api.tests.views")]
URL = "/api/v1/test-transfers"
WALLET = "018f3f3e-7c1a-7d57-9c3b-0123456789ab"
JSON = "application/json"


def body(**changes):
    """A good body with some fields changed; a value of type `Raw` is written as it stands."""
    wallets = {"source_wallet_id": WALLET, "destination_wallet_id": WALLET.replace("018f", "018e")}
    fields = {"amount": "12.34", "currency": "USD", "description": "Lunch"} | wallets | changes
    members = (f"{json.dumps(k)}: {v.text if isinstance(v, Raw) else json.dumps(v)}" for k, v in fields.items())
    return ("{" + ", ".join(members) + "}").encode()


class Raw:
    def __init__(self, text):
        self.text = text


def amount(value, currency="USD"):
    return body(amount=value, currency=currency)


def deep(levels):
    return body(description=Raw("[" * levels + "]" * levels))


# number, what it is, body, status, code of the problem, pointer of the first error
NUMBERS = [
    (1, "huge exponent in a string", amount("1e999999"), "invalid", "/amount"),
    (2, "huge exponent", amount(Raw("1e400")), "invalid_json", None),
    (3, "tiny exponent", amount(Raw("1E-999999")), "invalid_json", None),
    (3, "tiny exponent in a string", amount("1E-999999"), "invalid", "/amount"),
    (4, "NaN in a string", amount("NaN"), "invalid", "/amount"),
    (4, "sNaN in a string", amount("sNaN"), "invalid", "/amount"),
    (4, "Infinity in a string", amount("-Infinity"), "invalid", "/amount"),
    (4, "NaN literal", amount(Raw("NaN")), "invalid_json", None),
    (4, "Infinity literal", amount(Raw("-Infinity")), "invalid_json", None),
    (5, "negative", amount("-5"), "invalid", "/amount"),
    (5, "negative number", amount(-5), "invalid", "/amount"),
    (6, "negative zero", amount("-0.00"), "invalid", "/amount"),
    (6, "negative zero number", amount(Raw("-0.00")), "invalid", "/amount"),
    (7, "zero", amount("0"), "invalid", "/amount"),
    (7, "zero number", amount(0), "invalid", "/amount"),
    (8, "digit groups", amount("1_000"), "invalid", "/amount"),
    (9, "Arabic-Indic digits", amount("١٢"), "invalid", "/amount"),
    (9, "full-width digits", amount("１２"), "invalid", "/amount"),
    (10, "exponent in a string", amount("12e2"), "invalid", "/amount"),
    (11, "spaces around", amount(" 12 "), "invalid", "/amount"),
    (12, "plus sign", amount("+5"), "invalid", "/amount"),
    (12, "hexadecimal", amount("0x10"), "invalid", "/amount"),
    (12, "decimal comma", amount("1,5"), "invalid", "/amount"),
    (13, "a binary float's digits", amount(Raw("0.30000000000000004")), "invalid", "/amount"),
    (14, "a boolean", amount(True), "invalid", "/amount"),
    (15, "5,000 digits", amount(Raw("9" * 5000)), "invalid_json", None),
    (15, "5,000 digits in a string", amount("9" * 5000), "invalid", "/amount"),
    (16, "2^63", amount(2**63), "invalid", "/amount"),
    (16, "-2^63-1", amount(-(2**63) - 1), "invalid", "/amount"),
    (16, "over the column in minor units", amount("922337203685477580.8"), "invalid", "/amount"),
    (17, "a fraction of a yen", amount("1.5", "JPY"), "invalid", "/amount"),
    (17, "four decimals of a dinar", amount("1.2345", "BHD"), "invalid", "/amount"),
    (18, "1,001 digits", amount("1" * 1001), "invalid", "/amount"),
    (19, "less than a minor unit", amount("0.004"), "invalid", "/amount"),
    (19, "less than a minor unit as a number", amount(Raw("0.004")), "invalid", "/amount"),
]
ENCODING = [
    (20, "NUL in text", body(description="a\x00b"), "invalid_json", None),
    (20, "raw NUL", b'{"amount": "1\x00"}', "invalid_json", None),
    (20, "NUL in a key", body(**{"a\x00b": 1}), "invalid_json", None),
    (21, "lone surrogate", body(description=Raw(r'"\ud800"')), "invalid_json", None),
    (21, "lone surrogate in a key", b'{"\\udfff": 1}', "invalid_json", None),
    (22, "33 levels", deep(32), "invalid_json", None),
    (23, "100,000 brackets", b"[" * 100_000, "invalid_json", None),
    (23, "100,000 braces", b'{"a":' * 100_000, "invalid_json", None),
    (24, "a key twice", b'{"amount": "1", "amount": "999", "currency": "USD"}', "invalid_json", None),
    (24, "a key twice in a list", b'{"lines": [{"a": 1, "a": 2}]}', "invalid_json", None),
    (26, "invalid UTF-8", body().replace(b"Lunch", b"\xff\xfe"), "invalid_json", None),
    (26, "overlong UTF-8", body().replace(b"Lunch", b"\xc0\x80"), "invalid_json", None),
    (30, "a list", b"[]", "invalid", ""),
    (30, "a string", b'"x"', "invalid", ""),
    (30, "null", b"null", "invalid", ""),
    (30, "a number", b"7", "invalid", ""),
    (31, "trailing garbage", body() + b"x", "invalid_json", None),
    (31, "two values", body() + body(), "invalid_json", None),
    (31, "a comment", b"/* */" + body(), "invalid_json", None),
    (31, "single quotes", b"{'amount': 1}", "invalid_json", None),
    (31, "cut short", body()[:-1], "invalid_json", None),
    (31, "spaces only", b"   ", "invalid_json", None),
    (34, "unknown field", body(colour="red"), "unknown_field", "/colour"),
    (34, "unknown field inside", body(lines=[{"q": 1}]), "unknown_field", "/lines/0/account_id"),
    *[(35, f"assigning {name}", body(**{name: 1}), "unknown_field", f"/{name}")
      for name in ("id", "status", "balance", "owner", "is_staff", "role", "__class__", "pk")],
    (36, "an operator for a value", body(currency={"$gt": 0}), "invalid", "/currency"),
    (36, "a list for a value", body(description=["a"]), "invalid", "/description"),
    (36, "a number for text", body(description=7), "invalid", "/description"),
    (36, "a boolean for text", body(description=True), "invalid", "/description"),
    (36, "a list for an amount", amount(["1"]), "invalid", "/amount"),
    (36, "an object for an amount", amount({"value": "1"}), "invalid", "/amount"),
    (36, "null for an amount", amount(None), "invalid", "/amount"),
    (36, "a number for a choice", body(kind=1), "invalid", "/kind"),
    (36, "an object for a list", body(lines={}), "invalid", "/lines"),
    (36, "an integer for a UUID", body(lines=[{"account_id": 1, "amount": "1", "currency": "USD"}]), "invalid",
     "/lines/0/account_id"),
    (37, "right-to-left override", body(description="a\u202eb"), "invalid", "/description"),
    (37, "zero-width space", body(description="a\u200bb"), "invalid", "/description"),
    (37, "bidirectional isolate", body(description="a\u2066b"), "invalid", "/description"),
    (37, "unassigned character", body(description="a\u0378b"), "invalid", "/description"),
    (37, "line break in a one-line text", body(description="a\r\nb"), "invalid", "/description"),
    (37, "escape sequence", body(description="\x1b[31m"), "invalid", "/description"),
]  # fmt: skip
HEADERS = [
    (25, "byte order mark", b"\xef\xbb\xbf" + body(), {}, 415, "unsupported_media_type"),
    (25, "UTF-16", body().decode().encode("utf-16"), {}, 415, "unsupported_media_type"),
    (25, "UTF-16 without a mark", body().decode().encode("utf-16-le"), {}, 415, "unsupported_media_type"),
    (25, "declared UTF-16", body(), {"content_type": f"{JSON}; charset=utf-16"}, 415, "unsupported_media_type"),
    (25, "declared UTF-7", body(), {"content_type": f"{JSON}; charset=utf-7"}, 415, "unsupported_media_type"),
    (25, "unknown charset", body(), {"content_type": f"{JSON}; charset=bogus"}, 415, "unsupported_media_type"),
    (27, "over a megabyte", body(description="x" * 1_100_000), {}, 413, "body_too_large"),
    (27, "far over a megabyte", b"[" * 11_000_000, {}, 413, "body_too_large"),
    (28, "a length that is none", body(), {"CONTENT_LENGTH": "abc"}, 400, "invalid"),
    (28, "a negative length", body(), {"CONTENT_LENGTH": "-1"}, 400, "invalid"),
    (28, "a length too short", body(), {"CONTENT_LENGTH": "5"}, 400, "invalid_json"),
    (29, "compressed", gzip.compress(b" " * 10_000_000), {"HTTP_CONTENT_ENCODING": "gzip"}, 415,
     "unsupported_media_type"),
    (32, "10,001 form fields", b"&".join(b"a%d=1" % n for n in range(10_001)),
     {"content_type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
    (33, "a form", b"amount=1", {"content_type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
    (33, "XML", b"<amount>1</amount>", {"content_type": "application/xml"}, 415, "unsupported_media_type"),
    (33, "plain text", body(), {"content_type": "text/plain"}, 415, "unsupported_media_type"),
    (33, "no type", body(), {"content_type": ""}, 415, "unsupported_media_type"),
    (33, "another JSON", body(), {"content_type": "application/merge-patch+json"}, 415, "unsupported_media_type"),
    (33, "multipart", b"--x--", {"content_type": "multipart/form-data; boundary=x"}, 415, "unsupported_media_type"),
]  # fmt: skip
PATHS = ["abc", "1180591620717411303424", "%00", "%D9%A1", "..%2f", "0x1", "018f", "{}", "%F0%9F%92%A9"]


@pytest.fixture(autouse=True, scope="module")
def _warm_up():
    """The time limit is for requests, not for the first import."""
    Client().get("/api/v1/nothing")


def send(content, url=URL, client=None, **headers):
    content_type = headers.pop("content_type", JSON)
    client = client or Client(raise_request_exception=False)
    started = time.perf_counter()
    response = client.generic("POST", url, content, content_type, **headers)
    assert time.perf_counter() - started < 1
    return response


def refused(response, status, code):
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json"), response.content
    problem = response.json()
    assert (problem["code"], problem["status"]) == (code, status)
    assert problem["request_id"] == response["X-Request-ID"]
    assert len(response.content) < 4000
    assert not OutboxEvent.objects.exists()
    return problem


def named(row):
    return f"{row[0]} {row[1]}"


@pytest.mark.parametrize(
    ("_number", "_what", "content", "code", "pointer"), NUMBERS + ENCODING, ids=map(named, NUMBERS + ENCODING)
)
def test_a_bad_body_is_a_400_that_points_at_the_fault(_number, _what, content, code, pointer):
    problem = refused(send(content), 400, code)
    assert problem.get("errors", [{"pointer": None}])[0]["pointer"] == pointer


@pytest.mark.parametrize(("_number", "_what", "content", "headers", "status", "code"), HEADERS, ids=map(named, HEADERS))
def test_a_body_of_the_wrong_kind_or_size_is_refused_before_it_is_read(_number, _what, content, headers, status, code):
    refused(send(content, **headers), status, code)


@pytest.mark.parametrize("path", PATHS)
def test_48_what_is_no_id_is_not_found(path):
    refused(Client().get(f"{URL}/{path}"), 404, "not_found")


@pytest.mark.parametrize("value", ["12.34", "0.01", "12", Raw("12.34"), 12, "999999999999999.99"])
def test_a_good_amount_is_accepted_as_a_string_or_a_number(value):
    response = send(amount(value))
    assert response.status_code == 201, response.content


@pytest.mark.parametrize(
    "text",
    ["Zoë Šťastná", "株式会社", "مرحبا", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "${jndi:ldap://x}", "👍🏽"],
)
def test_harmless_text_in_any_script_is_accepted(text):
    assert send(body(description=text)).status_code == 201


def test_a_body_at_the_deepest_level_is_read():
    refused(send(body(description=Raw("[" * 31 + "]" * 31))), 400, "invalid")


@pytest.mark.parametrize("content_type", ["application/json", "application/json;charset=UTF-8", "Application/JSON"])
def test_json_may_name_its_one_charset(content_type):
    assert send(body(), content_type=content_type).status_code == 201


def test_the_payment_endpoint_gives_the_same_answers():
    client = signed_in_client(make_user("customer"))
    client.raise_request_exception = False
    OutboxEvent.objects.all().delete()  # of the sign-in
    for row in NUMBERS + ENCODING:
        if not (row[4] or "").startswith(("/lines", "/kind")):  # fields of the test's own resource
            problem = refused(send(row[2], url="/api/v1/payments", client=client), 400, row[3])
            assert problem.get("errors", [{"pointer": None}])[0]["pointer"] == row[4], named(row)
    for row in HEADERS:
        refused(send(row[2], url="/api/v1/payments", client=client, **row[3]), row[4], row[5])
