"""Profiles, users and roles over HTTP."""

import pytest

from accounts.models import Customer
from accounts.tests.factories import make_customer, make_user, signed_in_client
from accounts.tests.test_sessions import audited, events
from nexafi.approvals.exceptions import SelfApproval
from nexafi.approvals.models import Approval
from nexafi.approvals.services import approve, reject
from nexafi.core.context import acting_as

pytestmark = pytest.mark.django_db
USERS = "/api/v1/users"
PROFILE = f"{USERS}/profile"


@pytest.fixture
def ada():
    user = make_user("customer", first_name="Ada", last_name="Lovelace")
    make_customer(user, country="")
    return user


# --- profile ---------------------------------------------------------------------------------------------------------


def test_a_customer_reads_and_completes_their_profile(ada):
    client = signed_in_client(ada)
    assert client.get(PROFILE).json()["date_of_birth"] is None
    given = {"date_of_birth": "1985-12-10", "country": "GB", "nationality": "GB", "phone": "+44 20 7946 0000"}
    answer = client.patch(PROFILE, given)
    assert answer.status_code == 200, answer.content
    assert {name: answer.json()[name] for name in given} == given
    assert answer.json()["first_name"] == "Ada"
    assert client.get(PROFILE).json() == answer.json()


def test_the_date_of_birth_is_encrypted_at_rest(ada):
    signed_in_client(ada).patch(PROFILE, {"date_of_birth": "1985-12-10"})
    stored = Customer.objects.filter(person=ada).values_list("date_of_birth", flat=True).get()
    assert b"1985" not in bytes(stored)
    assert "1985" not in str(audited("accounts.customer_changed"))


def test_what_screening_looks_at_is_announced_only_when_it_changes(ada):
    client = signed_in_client(ada)
    client.patch(PROFILE, {"phone": "+44 20 7946 0000"})
    assert events("accounts.customer_changed") == 0
    client.patch(PROFILE, {"country": "GB"})
    client.patch(PROFILE, {"country": "GB"})
    assert events("accounts.customer_changed") == 1
    client.patch(PROFILE, {"last_name": "Byron"})
    assert events("accounts.customer_changed") == 2
    assert Customer.objects.get(person=ada).name == "Ada Byron"


def test_put_clears_what_is_left_out_and_needs_the_names(ada):
    client = signed_in_client(ada)
    client.patch(PROFILE, {"country": "GB", "phone": "+44 20 7946 0000"})
    assert client.put(PROFILE, {"first_name": "Ada"}).status_code == 400
    body = client.put(PROFILE, {"first_name": "Ada", "last_name": "Byron"}).json()
    assert (body["last_name"], body["country"], body["phone"]) == ("Byron", "", "")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"date_of_birth": "2999-01-01"}, "invalid_date_of_birth"),
        ({"date_of_birth": "1700-01-01"}, "invalid_date_of_birth"),
        ({"date_of_birth": "10.12.1985"}, "invalid"),
        ({"country": "gb"}, "invalid"),
        ({"phone": "call me"}, "invalid"),
        ({"first_name": ""}, "invalid"),
        ({"is_active": False}, "unknown_field"),
        ({"roles": ["admin"]}, "unknown_field"),
        ({"email": "new@example.com"}, "unknown_field"),
        ({"id": "01900000-0000-7000-8000-000000000000"}, "unknown_field"),
    ],
)
def test_a_bad_profile_is_refused(ada, change, code):
    answer = signed_in_client(ada).patch(PROFILE, change)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_staff_have_no_date_of_birth_here():
    client = signed_in_client(make_user("auditor"))
    assert client.get(PROFILE).json()["customer_id"] is None
    answer = client.patch(PROFILE, {"date_of_birth": "1985-12-10"})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_customer")
    assert client.patch(PROFILE, {"first_name": "Sam"}).status_code == 200


# --- users -----------------------------------------------------------------------------------------------------------


def test_staff_find_users_and_customers_do_not(ada):
    staff = signed_in_client(make_user("compliance_analyst"))
    found = staff.get(USERS, {"email": ada.email.upper()}).json()["results"]
    assert [(row["id"], row["roles"]) for row in found] == [(str(ada.id), ["customer"])]
    assert staff.get(USERS, {"role": "customer"}).json()["results"] == found
    assert staff.get(f"{USERS}/{ada.id}").json()["email"] == ada.email
    other = signed_in_client(make_user("customer"))
    assert other.get(USERS).status_code == 403
    assert other.get(f"{USERS}/{ada.id}").status_code == 404
    assert signed_in_client(ada).get(f"{USERS}/{ada.id}").status_code == 200


def test_a_page_of_users_costs_the_same_number_of_statements(django_assert_max_num_queries):
    client = signed_in_client(make_user("auditor"))
    for _ in range(20):
        make_user("customer")
    with django_assert_max_num_queries(3):
        assert len(client.get(USERS).json()["results"]) == 21


# --- roles -----------------------------------------------------------------------------------------------------------


def ask_for_role(maker, user, role="auditor"):
    return signed_in_client(maker).post(f"{USERS}/{user.id}/roles", {"role": role, "reason": "joins the audit team"})


def test_a_staff_role_waits_for_a_second_person():
    user, maker, checker = make_user("customer"), make_user("admin"), make_user("compliance_officer")
    answer = ask_for_role(maker, user)
    assert answer.status_code == 202, answer.content
    approval_id = answer.json()["approval"]["id"]
    assert "auditor" not in type(user).objects.get(pk=user.pk).roles
    client = signed_in_client(user)
    assert client.get(USERS).status_code == 403
    approve(approval_id=approval_id, checker=checker, reason="checked with HR")
    assert client.get(USERS).status_code == 200
    assert audited("accounts.role_granted")[0]["data"] == {"role": "auditor"}
    assert events("accounts.role_granted") == 1


def test_the_maker_and_the_one_it_is_for_do_not_decide():
    user, maker = make_user("compliance_officer"), make_user("admin")
    approval_id = ask_for_role(maker, user).json()["approval"]["id"]
    for person in (maker, user):
        with pytest.raises(SelfApproval), acting_as("user", str(person.id)):
            approve(approval_id=approval_id, checker=person, reason="looks fine to me")
    assert Approval.objects.get(pk=approval_id).status == "requested"
    assert user.roles == {"compliance_officer"}


def test_a_rejected_request_grants_nothing():
    user, maker = make_user(), make_user("admin")
    approval_id = ask_for_role(maker, user).json()["approval"]["id"]
    reject(approval_id=approval_id, checker=make_user("compliance_officer"), reason="not agreed")
    assert not user.role_grants.exists()


def test_taking_a_staff_role_waits_too():
    user, maker = make_user("auditor"), make_user("admin")
    answer = signed_in_client(maker).delete(f"{USERS}/{user.id}/roles/auditor")
    assert answer.status_code == 202
    approve(approval_id=answer.json()["approval"]["id"], checker=make_user("compliance_officer"), reason="left")
    assert not user.role_grants.exists()


def test_the_role_customer_is_given_and_taken_at_once():
    user, maker = make_user(), make_user("admin")
    client = signed_in_client(maker)
    answer = client.post(f"{USERS}/{user.id}/roles", {"role": "customer"})
    assert (answer.status_code, answer.json()["user"]["roles"]) == (201, ["customer"])
    assert client.delete(f"{USERS}/{user.id}/roles/customer").status_code == 204
    assert not user.role_grants.exists()


def test_impossible_role_changes_are_refused():
    user, maker = make_user("auditor"), make_user("admin")
    client = signed_in_client(maker)
    path = f"{USERS}/{user.id}/roles"
    assert client.post(path, {"role": "auditor"}).json()["code"] == "role_already_held"
    assert client.post(path, {"role": "king"}).status_code == 400
    assert client.delete(f"{path}/accountant").json()["code"] == "role_not_held"
    assert client.delete(f"{path}/king").json()["code"] == "unknown_role"
    assert ask_for_role(make_user("compliance_officer"), user, "admin").status_code == 403
    assert ask_for_role(make_user("customer"), user, "admin").status_code == 403


def test_a_profile_read_before_somebody_elses_change_is_not_written_over(ada):
    client = signed_in_client(ada)
    old = client.get(PROFILE)["ETag"]
    new = client.patch(PROFILE, {"country": "GB"}, HTTP_IF_MATCH=old)
    assert (new.status_code, new["ETag"] == old) == (200, False)
    late = client.patch(PROFILE, {"country": "FR"}, HTTP_IF_MATCH=old)
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert client.patch(PROFILE, {"country": "FR"}, HTTP_IF_MATCH=new["ETag"]).status_code == 200
