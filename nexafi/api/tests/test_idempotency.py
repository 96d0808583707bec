"""Idempotency-Key: one effect, one answer."""

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.urls("nexafi.api.tests.views")]
URL = "/api/v1/test-transfers"


def post(body, **headers):
    return Client().post(URL, body, content_type="application/json", headers=headers)


def test_the_same_key_and_body_get_the_first_answer_again():
    first = post({"amount": "12.30", "currency": "USD"}, idempotency_key="a")
    again = post({"amount": "12.30", "currency": "USD"}, idempotency_key="a")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"
    assert len(Client().get(URL).json()["results"]) == 1
