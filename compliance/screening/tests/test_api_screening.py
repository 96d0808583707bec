"""Screening over HTTP: answers as the contract says, rights, and the hit's one decision."""

import pytest

from accounts.tests.factories import make_customer, make_user, signed_in_client
from compliance.screening.models import FalsePositive, ScreeningHit
from compliance.screening.services.screening import screen_customer
from compliance.screening.types import Result

pytestmark = pytest.mark.django_db

SCREEN = "/api/v1/sanctions/screen"
HITS = "/api/v1/sanctions/hits"
FALSE_POSITIVE = {"decision": "false_positive", "reason": "Another birth date."}
AGREED = {"reason": "Compared the passports again."}


def hit_of(customer):
    """The hit of a customer who resembles a list entry."""
    screen_customer(customer.pk)
    return ScreeningHit.objects.get()


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
    assert officer.post(url, {"decision": "true_match"}).status_code == 400
    answer = officer.post(url, {"decision": "true_match", "reason": "The same passport."})
    assert (answer.status_code, answer.json()["status"]) == (200, "true_match")
    again = officer.post(url, FALSE_POSITIVE)
    assert (again.status_code, again.json()["code"]) == (409, "hit_already_resolved")


def test_a_false_positive_of_a_customer_holds_when_a_second_officer_approves(starter, officer):
    hit = hit_of(customer := make_customer(name="Muammar Gaddafi"))
    asked = officer.post(f"{HITS}/{hit.pk}/resolve", FALSE_POSITIVE)
    assert (asked.status_code, asked.json()["status"]) == (202, "requested")
    again = officer.post(f"{HITS}/{hit.pk}/resolve", FALSE_POSITIVE)
    assert (again.status_code, again.json()["code"]) == (409, "decision_waiting")
    approve = f"/api/v1/approvals/{asked.json()['approval_id']}/approve"
    assert officer.post(approve, AGREED).json()["code"] == "self_approval"
    assert screen_customer(customer.pk) != Result.CLEAR
    second = make_user("compliance_officer")
    assert signed_in_client(second).post(approve, AGREED).status_code == 200
    hit.refresh_from_db()
    assert (hit.status, hit.reason, hit.resolved_by) == ("false_positive", "Another birth date.", f"user:{second.pk}")
    assert screen_customer(customer.pk) == Result.CLEAR


def test_an_approval_does_not_cover_what_the_customer_has_become_since(starter, officer):
    hit = hit_of(customer := make_customer(name="Muammar Gaddafi"))
    asked = officer.post(f"{HITS}/{hit.pk}/resolve", FALSE_POSITIVE).json()
    customer.nationality = "LY"
    customer.save()
    second = signed_in_client(make_user("compliance_officer"))
    answer = second.post(f"/api/v1/approvals/{asked['approval_id']}/approve", AGREED)
    assert (answer.status_code, answer.json()["code"]) == (409, "hit_outdated")
    assert not FalsePositive.objects.exists()


def test_a_false_positive_of_a_mere_name_silences_nothing_and_takes_one_person(starter, officer, analyst):
    analyst.post(SCREEN, {"entity_name": "Bank Melli", "entity_type": "organization"})
    hit = ScreeningHit.objects.get()
    answer = officer.post(f"{HITS}/{hit.pk}/resolve", FALSE_POSITIVE)
    assert (answer.status_code, answer.json()["status"]) == (200, "false_positive")


def test_requests_about_hits_are_for_compliance_alone(starter, officer):
    hit = hit_of(make_customer(name="Muammar Gaddafi"))
    approval_id = officer.post(f"{HITS}/{hit.pk}/resolve", FALSE_POSITIVE).json()["approval_id"]
    for role, seen in (("auditor", 1), ("compliance_officer", 1), ("accountant", 0), ("admin", 0)):
        listed = signed_in_client(make_user(role)).get("/api/v1/approvals").json()["results"]
        assert len(listed) == seen, role
    answer = signed_in_client(make_user("accountant")).post(f"/api/v1/approvals/{approval_id}/approve", AGREED)
    assert answer.status_code == 404


def test_nobody_decides_about_a_customer_of_their_own(starter, officer):
    user = make_user("compliance_officer", "customer")
    hit = hit_of(make_customer(user, name="Muammar Gaddafi"))
    answer = signed_in_client(user).post(f"{HITS}/{hit.pk}/resolve", FALSE_POSITIVE)
    assert (answer.status_code, answer.json()["code"]) == (403, "own_case")
    asked = officer.post(f"{HITS}/{hit.pk}/resolve", FALSE_POSITIVE).json()
    answer = signed_in_client(user).post(f"/api/v1/approvals/{asked['approval_id']}/approve", AGREED)
    assert (answer.status_code, answer.json()["code"]) == (403, "own_case")
    hit.refresh_from_db()
    assert hit.status == "open"


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
