"""Screening over HTTP: answers as the contract says, rights, and the hit's one decision."""

import pytest

from accounts.tests.factories import make_customer, make_user, signed_in_client
from compliance.screening.models import ScreeningHit
from compliance.screening.services.screening import screen_customer

pytestmark = pytest.mark.django_db

SCREEN = "/api/v1/sanctions/screen"
HITS = "/api/v1/sanctions/hits"


@pytest.fixture
def officer():
    return signed_in_client(make_user("compliance_officer"))


@pytest.fixture
def analyst():
    return signed_in_client(make_user("compliance_analyst"))


def test_a_listed_name_is_a_match_with_its_reasons(starter, analyst):
    body = {"entity_name": "Vladimir Putin", "entity_type": "person", "date_of_birth": "1952-10-07", "country": "RU"}
    answer = analyst.post(SCREEN, body)
    assert answer.status_code == 200
    data = answer.json()
    assert set(data) == {"id", "result", "score", "matches", "list_versions"}
    assert (data["result"], data["score"]) == ("match", 1.0)
    match = data["matches"][0]
    assert set(match) == {"list", "entry_id", "name", "matched_name", "score", "explanation"}
    assert (match["list"], match["name"]) == ("ofac", "PUTIN, Vladimir Vladimirovich")
    assert {q["name"]: q["agrees"] for q in match["explanation"]["qualifiers"]} == {
        "date_of_birth": True,
        "country": True,
    }


def test_another_birth_date_takes_the_name_below_a_match(starter, analyst):
    body = {"entity_name": "Vladimir Putin", "entity_type": "person", "date_of_birth": "1988-01-30"}
    answer = analyst.post(SCREEN, body).json()
    assert answer["result"] == "potential_match"
    assert answer["score"] == pytest.approx(0.7)


def test_a_batch_answers_in_order(starter, analyst):
    names = ["Jane Doe", "Bank Melli", "John Smith"]
    body = {"entities": [{"entity_name": name, "entity_type": "unknown"} for name in names]}
    answer = analyst.post(f"{SCREEN}/batch", body)
    assert [each["result"] for each in answer.json()["results"]] == ["clear", "match", "clear"]
    too_many = {"entities": [{"entity_name": "A", "entity_type": "person"}] * 1001}
    assert analyst.post(f"{SCREEN}/batch", too_many).status_code == 400


def test_an_incomparable_name_is_an_error_and_never_clear(starter, analyst):
    answer = analyst.post(SCREEN, {"entity_name": "?!", "entity_type": "person"})
    assert (answer.status_code, answer.json()["code"]) == (400, "name_not_comparable")


def test_without_a_list_screening_is_not_available(analyst):
    answer = analyst.post(SCREEN, {"entity_name": "Jane Doe", "entity_type": "person"})
    assert (answer.status_code, answer.json()["code"]) == (503, "no_list_loaded")


def test_lists_say_that_they_are_only_the_starter(starter, analyst):
    lists = {each["list"]: each for each in analyst.get("/api/v1/sanctions/lists").json()["results"]}
    assert lists["ofac"]["starter"] is True
    assert lists["un"]["version"].startswith("starter@")


def test_an_officer_decides_a_hit_once_and_gives_a_reason(starter, officer):
    customer = make_customer(name="Muammar Gaddafi")
    screen_customer(customer.pk)
    hit = officer.get(HITS, {"status": "open", "customer_id": str(customer.pk)}).json()["results"][0]
    url = f"{HITS}/{hit['id']}/resolve"
    assert officer.post(url, {"decision": "false_positive"}).status_code == 400
    answer = officer.post(url, {"decision": "false_positive", "reason": "Another birth date."})
    assert (answer.status_code, answer.json()["status"]) == (200, "false_positive")
    again = officer.post(url, {"decision": "true_match", "reason": "Changed my mind."})
    assert (again.status_code, again.json()["code"]) == (409, "hit_already_resolved")


def test_nobody_decides_about_a_customer_of_their_own(starter):
    user = make_user("compliance_officer", "customer")
    screen_customer(make_customer(user, name="Muammar Gaddafi").pk)
    hit = ScreeningHit.objects.get()
    answer = signed_in_client(user).post(f"{HITS}/{hit.pk}/resolve", {"decision": "false_positive", "reason": "Me."})
    assert (answer.status_code, answer.json()["code"]) == (403, "own_case")


def test_asking_again_does_not_fill_the_queue(starter, analyst):
    for _ in range(3):
        analyst.post(SCREEN, {"entity_name": "Bank Melli", "entity_type": "organization"})
    assert len(analyst.get(HITS).json()["results"]) == 1


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        ("customer", "post", SCREEN, 403),
        ("customer", "get", HITS, 403),
        ("accountant", "get", HITS, 403),
        ("auditor", "get", HITS, 200),
        ("auditor", "post", SCREEN, 403),
        ("compliance_analyst", "post", f"{HITS}/0198c0de-0000-7000-8000-000000000000/resolve", 403),
        ("compliance_officer", "post", f"{HITS}/0198c0de-0000-7000-8000-000000000000/resolve", 404),
    ],
)
def test_rights(role, method, path, status):
    client = signed_in_client(make_user(role))
    body = {"decision": "true_match", "reason": "The same person."} if path.endswith("resolve") else None
    assert getattr(client, method)(path, body).status_code == status
