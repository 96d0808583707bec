"""Every page of the console: who may open it, what an action asks for, and what a page costs."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse

from accounts.models import User
from accounts.roles import STAFF_ROLES
from compliance.models import Alert
from ledger.selectors.reports import REPORTS
from nexafi.api.failures import server_error
from nexafi.approvals.models import Approval
from nexafi.console.admin import ConsoleModelAdmin
from nexafi.console.tests.factories import console, everybody, make_world
from nexafi.urls import urlpatterns as product

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lists")]
MOST_QUERIES = 25
FORM = {"reason": "Checked the invoice with the customer.", "_form_submitted": "True"}


def pages() -> list[ConsoleModelAdmin]:
    return [page for page in admin.site._registry.values() if isinstance(page, ConsoleModelAdmin)]


def url(page: ConsoleModelAdmin, name: str, *arguments: Any) -> str:
    return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_{name}", args=arguments)


def request_of(client: Client) -> HttpRequest:
    request = HttpRequest()
    request.user = client.user
    return request


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_a_role_opens_the_pages_that_its_permissions_name_and_no_other(role: str) -> None:
    make_world()
    client = console(role)
    for page in pages():
        wanted = 200 if page.has_view_permission(request_of(client)) else 403
        assert client.get(url(page, "changelist")).status_code == wanted, page
        found = page.get_queryset(request_of(client)).first() or page.model._default_manager.first()
        visible = page.get_queryset(request_of(client)).filter(pk=found.pk).exists()
        status = client.get(url(page, "change", found.pk)).status_code
        assert status == (wanted if visible or wanted == 403 else 404), page


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_an_action_opens_its_dialog_for_those_who_may_take_it(role: str) -> None:
    make_world()
    client = console(role)
    for page in pages():
        for name in page.actions_detail or ():
            method: Any = getattr(page, name)
            may = all(client.user.may(permission) for permission in method.allowed_permissions)
            response = client.get(url(page, name, page.model._default_manager.first().pk))
            assert response.status_code == (403 if not may else 200 if hasattr(method, "dialog") else 302), (page, name)


def test_every_action_of_an_auditor_only_reads() -> None:
    auditor = console("auditor").user
    allowed = {
        name
        for page in pages()
        for name in page.actions_detail or ()
        if all(auditor.may(permission) for permission in getattr(page, name).allowed_permissions)
    }
    assert allowed == {"verify"}


ADDS_A_NOTE = {"assign", "comment", "attach"}  # what is written or attached says itself why


def test_every_action_that_changes_something_asks_for_a_reason() -> None:
    make_world()
    client = everybody()
    for page in pages():
        for name in page.actions_detail or ():
            if hasattr(getattr(page, name), "dialog") and name not in ADDS_A_NOTE:
                address = url(page, name, page.model._default_manager.first().pk)
                refused = client.post(address, {"reason": "short", "_form_submitted": "True"})
                assert "at least 10 characters" in refused.content.decode(), (page, name)


def test_each_list_leads_to_its_rows_and_each_page_is_named() -> None:
    make_world()
    client = everybody()
    for page in pages():
        listed = client.get(url(page, "changelist")).content.decode()
        found = page.get_queryset(request_of(client)).first()
        assert "/change/" in listed, page
        shown = client.get(url(page, "change", found.pk)).content.decode()
        assert " object (" not in shown, page
        assert f'href="{url(page, "changelist")}"' in shown, page


def test_a_page_costs_the_same_for_one_row_and_for_twenty() -> None:
    make_world()
    client = everybody()
    addresses = ["/console/", *(url(page, "changelist") for page in pages())]
    addresses += [url(page, "change", page.get_queryset(request_of(client)).first().pk) for page in pages()]
    addresses += [reverse("admin:ledger_reports"), *(reverse("admin:ledger_report", args=[name]) for name in REPORTS)]
    before = [queries(client, address) for address in addresses]
    make_world(rows=19)
    after = [queries(client, address) for address in addresses]
    grown = {at: (few, many) for at, few, many in zip(addresses, before, after, strict=True) if many > few + 1}
    assert not grown
    assert not {at: many for at, many in zip(addresses, after, strict=True) if many > MOST_QUERIES}


def queries(client: Client, address: str) -> int:
    client.get(address)  # what a process reads once is read
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200, address
    return len(captured)


def test_no_filter_of_a_list_reads_the_table_for_every_value_in_it() -> None:
    make_world()
    client = everybody()
    read: list[str] = []
    for page in pages():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url(page, "changelist")).status_code == 200
        every = f'SELECT DISTINCT "{page.opts.db_table}"."'
        read += [sql for sql in (query["sql"] for query in captured) if sql.startswith(every) and " WHERE " not in sql]
    assert not read


def test_whoever_decides_on_a_role_sees_who_would_get_it() -> None:
    make_world()
    officer = console("compliance_officer")
    approval = Approval.objects.visible_to(officer.user).first()
    shown = officer.get(reverse("admin:approvals_approval_change", args=[approval.pk])).content.decode()
    user = User.objects.get(pk=approval.target_id)
    assert user.email in shown
    assert reverse("admin:accounts_user_change", args=[user.pk]) in shown


# --- refusals --------------------------------------------------------------------------------------------------------


def test_the_second_of_two_officers_is_told_that_the_first_has_decided() -> None:
    make_world()
    alert = Alert.objects.exclude(transaction_kind="").filter(status="open").first()
    first, second = console("compliance_officer"), console("compliance_officer")
    release, reject = (reverse(f"admin:compliance_alert_{name}", args=[alert.pk]) for name in ("release", "reject"))
    assert second.get(reject).status_code == 200  # both have their dialog open
    first.post(release, FORM)
    answer = second.post(reject, FORM)
    shown = second.get(answer.headers["HX-Redirect"]).content.decode()
    assert "already decided" in shown
    assert first.user.full_name in shown
    alert.refresh_from_db()
    assert (alert.status, alert.decided_by) == ("released", first.user)


def test_a_forbidden_page_says_so_and_as_whom_one_is_signed_in() -> None:
    response = console("accountant").get("/console/compliance/alert/")
    assert response.status_code == 403
    assert "Your role does not open this page" in response.content.decode()
    assert "Accountant" in response.content.decode()


@pytest.mark.parametrize("address", ["compliance/alert/nonsense/change/", "payments/payment/{}/change/", "nowhere/"])
def test_an_unknown_object_or_address_is_not_found(address: str) -> None:
    response = console("compliance_officer").get("/console/" + address.format("01a217d3-7665-77f2-8d88-06c5c99d9036"))
    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()


def test_an_action_on_an_unknown_object_is_not_found() -> None:
    address = reverse("admin:compliance_alert_release", args=["nonsense"])
    assert console("compliance_officer").post(address, FORM).status_code == 404


def test_the_api_answers_with_problems_instead_of_pages() -> None:
    response = console("compliance_officer").get("/api/v1/nowhere")
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")


def _break(request: HttpRequest) -> None:
    raise RuntimeError("the secret cause")


urlpatterns = [path("console/broken/", _break), path("api/v1/broken", _break), *product]
handler500 = server_error


@pytest.mark.urls(__name__)
def test_a_failure_shows_a_page_or_a_problem_without_its_cause() -> None:
    client = console("admin")
    client.raise_request_exception = False
    page, problem = client.get("/console/broken/"), client.get("/api/v1/broken")
    assert (page.status_code, problem.status_code) == (500, 500)
    assert "Something went wrong" in page.content.decode()
    assert problem.headers["Content-Type"] == "application/problem+json"
    assert b"secret cause" not in page.content + problem.content
