"""Checks, rules, alerts and figures over HTTP."""

import pytest

from accounts.tests.factories import make_customer, make_user, signed_in_client
from compliance.models import Activity, Alert, Assessment
from compliance.tests.factories import make_alert

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lists")]
REASON = {"reason": "Checked the invoice with the customer."}


def client_of(*roles):
    return signed_in_client(make_user(*roles))


@pytest.fixture
def officer():
    return client_of("compliance_officer")


def check(client, **changes):
    data = {"amount": "12000.00", "currency": "USD", **changes.pop("data", {})}
    body = {"transaction_id": "core-1", "check_type": "transaction", "transaction_data": data, **changes}
    return client.post("/api/v1/aml/check", body)


def test_a_check_answers_with_score_level_decision_and_explained_flags(officer):
    response = check(officer)
    assert response.status_code == 200, response.content
    body = response.json()
    assert (body["risk_score"], body["risk_level"], body["decision"]) == (61, "high", "review")
    assert body["flags"][0]["code"] == "large_amount"
    assert "12,000.00 USD" in body["flags"][0]["explanation"]
    assert Assessment.objects.get(pk=body["id"]).transaction_kind == "check"


def test_a_harmless_check_is_approved_without_an_alert(officer):
    body = check(officer, data={"amount": 20, "country": "DE", "counterparty": "Bakery"}).json()
    assert (body["decision"], body["flags"], body["alert_id"]) == ("approve", [], None)


def test_a_check_counts_once_per_transaction(officer):
    user = make_user("customer")
    make_customer(user)
    for reference in ("core-1", "core-1", "core-2"):
        assert check(officer, transaction_id=reference, user_id=str(user.pk)).status_code == 200
    assert Activity.objects.get().count == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"amount": "-1"}},
        {"data": {"amount": "1e5"}},
        {"data": {"currency": "ZZZ"}},
        {"data": {"occurred_at": "2999-01-01T00:00:00Z"}},
        {"data": {"colour": "red"}},
        {"user_id": "00000000-0000-0000-0000-000000000000"},
        {"transaction_id": ""},
    ],
)
def test_a_malformed_check_is_refused(officer, changes):
    assert check(officer, **changes).status_code == 400


@pytest.mark.parametrize("role", ["customer", "accountant", "auditor", "admin"])
def test_only_compliance_staff_check(role):
    assert check(client_of(role)).status_code == 403


def test_rules_are_listed_with_version_parameters_and_words():
    results = client_of("auditor").get("/api/v1/aml/rules").json()["results"]
    assert len(results) == 6
    large = next(rule for rule in results if rule["code"] == "large_amount")
    assert (large["version"], large["parameters"]["threshold"]) == (1, 10_000)
    assert large["description"].startswith("One transaction at or above")


def test_alerts_are_filtered_and_paged(officer):
    one, two = make_alert("11000.00"), make_alert("50000.00")
    officer.post(f"/api/v1/aml/alerts/{one.pk}/release", REASON)

    def listed(query):
        return [row["id"] for row in officer.get(f"/api/v1/aml/alerts?{query}").json()["results"]]

    assert listed("") == [str(two.pk), str(one.pk)]
    assert listed("status=active") == [str(two.pk)]
    assert listed("status=released") == [str(one.pk)]
    assert listed("severity=high&ordering=due_at") == [str(two.pk)]
    assert listed(f"transaction_id={one.transaction_id}") == [str(one.pk)]
    assert listed("created_after=2999-01-01T00:00:00Z") == []
    assert officer.get("/api/v1/aml/alerts?sort=up").status_code == 400


def test_one_alert_shows_what_was_judged_and_its_timeline(officer):
    alert = make_alert()
    body = officer.get(f"/api/v1/aml/alerts/{alert.pk}").json()
    assert body["assessment"]["reasons"][0]["threshold"] == "10,000.00 USD"
    assert body["assessment"]["facts"]["beneficiary"]["country"] == "DE"
    assert [event["kind"] for event in body["events"]] == ["opened"]


def test_the_second_decision_is_a_conflict(officer):
    alert = make_alert()
    assert officer.post(f"/api/v1/aml/alerts/{alert.pk}/reject", REASON).json()["status"] == "rejected"
    response = officer.post(f"/api/v1/aml/alerts/{alert.pk}/release", REASON)
    assert (response.status_code, response.json()["code"]) == (409, "already_decided")


def test_acts_on_alerts_need_their_permission_and_a_reason(officer):
    alert = make_alert()
    url = f"/api/v1/aml/alerts/{alert.pk}"
    analyst, auditor, customer = (client_of(r) for r in ("compliance_analyst", "auditor", "customer"))
    assert analyst.post(f"{url}/assign", {}).status_code == 200
    assert analyst.post(f"{url}/comment", {"comment": "Asked."}).status_code == 201
    assert analyst.post(f"{url}/release", REASON).status_code == 403
    assert auditor.get(url).status_code == 200
    assert auditor.post(f"{url}/assign", {}).status_code == 403
    assert customer.get(url).status_code == 403
    assert officer.post(f"{url}/release", {"reason": "short"}).json()["code"] == "reason_required"
    assert officer.post(f"{url}/release", {}).status_code == 400


def test_next_hands_out_work_until_there_is_none(officer):
    alert = make_alert()
    assert officer.post("/api/v1/aml/alerts/next").json()["id"] == str(alert.pk)
    assert officer.post("/api/v1/aml/alerts/next").status_code == 204


def test_the_dashboard_counts_ages_and_breaches(officer):
    make_alert()
    late = make_alert("50000.00")
    Alert.objects.filter(pk=late.pk).update(due_at="2020-01-01T00:00:00Z", created_at="2020-01-01T00:00:00Z")
    body = officer.get("/api/v1/compliance/dashboard").json()
    alerts = body["alerts"]
    assert (alerts["active"], alerts["unassigned"], alerts["overdue"]) == (2, 2, 1)
    assert alerts["by_severity"] == {"low": 0, "medium": 1, "high": 1, "critical": 0}
    assert alerts["by_age"]["over 30 days"] == 1
    assert body["kyc"] == {"ready_for_review": 0, "documents_awaited": 0, "oldest_created_at": None}
    assert body["trend"][0]["opened"] == 1
    assert [(each["code"], each["age_days"], each["is_starter"]) for each in body["lists"]] == [
        ("ofac", 0, True),
        ("un", 0, True),
    ]
