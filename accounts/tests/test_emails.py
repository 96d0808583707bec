"""One mailbox, one account."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts.emails import InvalidEmail, normalise_email
from accounts.models import User
from accounts.tests.factories import PASSWORD


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("  ada@example.com\n", "ada@example.com"),
        ("ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ada@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u0308cher.example", "ada@xn--bcher-kva.example"),
        ("josé@example.com", "josé@example.com"),
        ("jose\u0301@example.com", "josé@example.com"),
        ("анна@пример.рф", "анна@xn--e1afmkfd.xn--p1ai"),
        ("o'neil+tag_1@example.com", "o'neil+tag_1@example.com"),
    ],
)
def test_every_spelling_has_one_stored_form(written, stored):
    assert normalise_email(written) == stored
    assert normalise_email(stored) == stored


@pytest.mark.parametrize(
    "written",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "a@b@c.example",
        "ada@example",
        "аda@example.com",  # Cyrillic а, Latin da
        "ada@exаmple.com",  # Cyrillic а in the domain
        "ada\u200b@example.com",
        "ada\x00@example.com",
        "ada @example.com",
        "ada@-example.com",
        "ada@example..com",
        "a" * 300 + "@example.com",
        "ada@" + "a" * 64 + ".com",
    ],
)
def test_what_is_no_usable_address_is_refused(written):
    with pytest.raises(InvalidEmail):
        normalise_email(written)


@given(st.text(max_size=40), st.sampled_from(["example.com", "bücher.example", "EXAMPLE.com"]))
def test_the_stored_form_is_a_fixed_point(local, domain):
    try:
        stored = normalise_email(f"{local}@{domain}")
    except InvalidEmail:
        return
    assert normalise_email(stored) == stored


@pytest.mark.django_db
@pytest.mark.parametrize("twin", ["ADA@example.com", "ａda@example.com", "ada@EXAMPLE.com"])
def test_a_twin_of_a_registered_address_is_taken(twin):
    body = {"email": "ada@example.com", "password": PASSWORD, "first_name": "Ada", "last_name": "Lovelace"}
    client = APIClient()
    assert client.post("/api/v1/auth/register", body, format="json").status_code == 201
    answer = client.post("/api/v1/auth/register", body | {"email": twin}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    assert User.objects.count() == 1
