from uuid import uuid4

import pytest
from django.test import Client

from accounts.tests.factories import make_user, signed_in_client
from nexafi.approvals.models import Approval
from nexafi.approvals.tests.factories import done, make_request

pytestmark = pytest.mark.django_db
API = "/api/v1/approvals"
REASON = {"reason": "checked with the branch"}


def test_the_queue_is_listed_filtered_and_read():
    first, second = make_request(n=1), make_request(n=2)
    client = signed_in_client(make_user("auditor"))
    answer = client.get(API).json()
    assert [row["id"] for row in answer["results"]] == [str(second.pk), str(first.pk)]
    assert client.get(API, {"status": "approved"}).json()["results"] == []
    assert client.get(API, {"kin": "x"}).status_code == 400
    one = client.get(f"{API}/{first.pk}").json()
    assert (one["payload"], one["status"], one["maker_id"]) == ({"n": 1}, "requested", str(first.maker_id))
    assert client.get(f"{API}/{uuid4()}").status_code == 404


def test_a_second_person_approves_over_http_and_a_third_is_too_late():
    done.clear()
    approval = make_request(n=3)
    answer = signed_in_client(make_user("admin")).post(f"{API}/{approval.pk}/approve", REASON)
    assert (answer.status_code, answer.json()["status"], done) == (200, "approved", [{"n": 3}])
    late = signed_in_client(make_user("admin")).post(f"{API}/{approval.pk}/reject", REASON)
    assert (late.status_code, late.json()["code"]) == (409, "approval_decided")


def test_the_maker_is_refused_with_a_code_of_its_own():
    approval = make_request()
    answer = signed_in_client(approval.maker).post(f"{API}/{approval.pk}/approve", REASON)
    assert (answer.status_code, answer.json()["code"]) == (403, "self_approval")
    assert Approval.objects.get().status == "requested"


@pytest.mark.parametrize(
    ("_case", "role", "path", "body", "status"),
    [
        ("customers have no queue", "customer", "", None, 403),
        ("a customer decides nothing", "customer", "/approve", REASON, 403),
        ("an auditor only looks", "auditor", "/approve", REASON, 403),
        ("a reason is required", "admin", "/reject", {}, 400),
        ("a blank reason is none", "admin", "/reject", {"reason": " "}, 400),
        ("nothing else is taken", "admin", "/approve", REASON | {"status": "approved"}, 400),
    ],
)
def test_who_may_decide_and_how(_case, role, path, body, status):
    approval = make_request()
    client = signed_in_client(make_user(role))
    address = f"{API}/{approval.pk}{path}"
    answer = client.get(address) if body is None else client.post(address, body)
    assert answer.status_code == status
    assert Approval.objects.get().status == "requested"


def console(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_console_shows_the_queue_and_decides_with_a_reason():
    approval = make_request(n=4)
    page = f"/console/approvals/approval/{approval.pk}/"
    checker = console(make_user("compliance_officer"))
    assert checker.get("/console/approvals/approval/").status_code == 200
    shown = checker.get(f"{page}change/").content.decode()
    assert "tests.act" in shown
    assert "needed" in shown
    form = {"reason": "seen and checked twice", "_form_submitted": "True"}
    console(approval.maker).post(f"{page}approve/", form, HTTP_HX_REQUEST="true")
    assert Approval.objects.get().status == "requested"
    assert console(make_user("auditor")).post(f"{page}approve/", form, HTTP_HX_REQUEST="true").status_code == 403
    checker.post(f"{page}approve/", form, HTTP_HX_REQUEST="true")
    decided = Approval.objects.get()
    assert (decided.status, decided.decision_reason) == ("approved", "seen and checked twice")
    assert console(make_user("customer")).get("/console/approvals/approval/").status_code == 302
