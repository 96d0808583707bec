"""The console's pages of users, sign-ins and customers."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Session
from accounts.services.sessions import open_session
from accounts.tests.factories import make_customer, make_user, signed_in_client
from accounts.tests.test_sessions import audited, events
from nexafi.approvals.models import Approval

pytestmark = pytest.mark.django_db
USERS, SESSIONS, CUSTOMERS = "/console/accounts/user/", "/console/accounts/session/", "/console/accounts/customer/"
REASON = {"reason": "Seen on the phone, ticket 4711", "_form_submitted": "True"}


def console(role: str) -> Client:
    client = Client()
    client.user = make_user(role)
    client.force_login(client.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def act(client: Client, page: str, key, action: str, **form):
    return client.post(f"{page}{key}/{action}/", REASON | form, HTTP_HX_REQUEST="true")


def test_a_user_is_found_by_the_beginning_of_the_address():
    ada, bob = make_user("customer", email="ada@example.com"), make_user("customer", email="bob@example.com")
    client = console("compliance_analyst")
    page = client.get(USERS, {"q": "ADA@exa"}).content.decode()
    assert ada.email in page
    assert bob.email not in page


@pytest.mark.parametrize("page", [USERS, SESSIONS, CUSTOMERS])
def test_pages_open_for_those_who_may_view_users_only(page):
    customer = make_customer()
    key = {USERS: customer.person_id, SESSIONS: open_session(user=customer.person).id, CUSTOMERS: customer.id}[page]
    for path in (page, f"{page}{key}/change/"):
        assert console("auditor").get(path).status_code == 200, path
        assert console("accountant").get(path).status_code == 403, path
    assert console("admin").post(path, {"email": "x", "name": "x"}).status_code == 403


@pytest.mark.parametrize("page", [USERS, SESSIONS, CUSTOMERS])
def test_a_list_costs_the_same_number_of_statements_however_long(page):
    client, counts = console("auditor"), []
    for rows in (1, 20):
        for _ in range(rows):
            open_session(user=make_customer().person)
        with CaptureQueriesContext(connection) as statements:
            assert client.get(page).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_role_is_requested_from_the_console():
    client, user = console("admin"), make_user("customer")
    assert act(client, USERS, user.id, "request_role", role="auditor").status_code == 200
    approval = Approval.objects.get()
    assert (approval.kind, approval.maker, approval.request_reason) == (
        "accounts.grant_role",
        client.user,
        REASON["reason"],
    )
    assert not user.role_grants.filter(role="auditor").exists()


def test_a_sign_in_is_ended_with_a_reason_and_at_once():
    user = make_user("customer")
    theirs = signed_in_client(user)
    session = user.sessions.get()
    assert act(console("auditor"), SESSIONS, session.id, "revoke").status_code == 403
    assert theirs.get("/api/v1/users/profile").status_code == 200
    act(console("compliance_officer"), SESSIONS, session.id, "revoke", reason="short")
    assert Session.objects.get().revoked_at is None
    act(console("compliance_officer"), SESSIONS, session.id, "revoke")
    assert theirs.get("/api/v1/users/profile").status_code == 401
    assert audited("accounts.session_revoked")[0]["reason"] == REASON["reason"]


def test_a_disabled_user_is_out_at_once_and_comes_back_only_by_signing_in():
    user, client = make_user("customer"), console("admin")
    theirs = signed_in_client(user)
    act(client, USERS, user.id, "disable")
    assert theirs.get("/api/v1/users/profile").status_code == 401
    act(client, USERS, user.id, "enable")
    assert theirs.get("/api/v1/users/profile").status_code == 401
    assert signed_in_client(user).get("/api/v1/users/profile").status_code == 200
    assert (events("accounts.user_disabled"), events("accounts.user_enabled")) == (1, 1)


def test_nobody_disables_themselves():
    client = console("admin")
    act(client, USERS, client.user.id, "disable")
    client.user.refresh_from_db()
    assert client.user.is_active
