"""The console's pages of screening: they open, show the comparison, and take a decision with a reason."""

import re

import pytest
from django.test import Client

from accounts.tests.factories import make_customer, make_user
from compliance.screening.models import ScreeningHit, WatchlistEntry, WatchlistSnapshot
from compliance.screening.services.screening import screen_customer
from nexafi.approvals.models import Approval

pytestmark = pytest.mark.django_db


def console(role="compliance_officer"):
    client = Client()
    client.force_login(make_user(role), backend="django.contrib.auth.backends.ModelBackend")
    return client


def waiting_tile(client):
    """How many requests the dashboard says that one may decide."""
    dashboard = client.get("/console/").content.decode()
    return re.search(r"Approvals waiting.*?nx-tile__value[^>]*>\s*(\d+)", dashboard, re.DOTALL)[1]


@pytest.fixture
def hit(starter):
    customer = make_customer(name="Muammar Gaddafi", date_of_birth="1990-02-03", nationality="LY")
    screen_customer(customer.pk)
    return ScreeningHit.objects.get()


def test_the_queue_and_the_page_show_both_sides(hit):
    client = console()
    assert "Muammar Gaddafi" in client.get("/console/compliance/screeninghit/", follow=True).content.decode()
    page = client.get(f"/console/compliance/screeninghit/{hit.pk}/change/").content.decode()
    for text in ("1990-02-03", "QADHAFI, Muammar", "Differs (-30)", "LIBYA2", "starter@"):
        assert text in page


def test_a_decision_needs_a_reason_and_a_false_positive_a_second_officer(hit):
    maker, checker = console(), console()
    page = f"/console/compliance/screeninghit/{hit.pk}"
    maker.post(f"{page}/false_positive/", {"reason": "short", "_form_submitted": "True"})
    assert not Approval.objects.exists()
    reason = {"reason": "Born 48 years later, another person.", "_form_submitted": "True"}
    maker.post(f"{page}/false_positive/", reason)
    asked = f"/console/approvals/approval/{Approval.objects.get().pk}"
    assert f'href="{asked}/change/"' in checker.get(f"{page}/change/").content.decode()
    assert f"{asked}/approve/" not in maker.get(f"{asked}/change/").content.decode()
    shown = checker.get(f"{asked}/change/").content.decode()
    assert f"{asked}/approve/" in shown
    assert f"{page}/change/" in shown
    assert [waiting_tile(client) for client in (checker, maker, console("accountant"))] == ["1", "0", "0"]
    checker.post(f"{asked}/approve/", {"reason": "Compared the two again.", "_form_submitted": "True"})
    hit.refresh_from_db()
    assert (hit.status, hit.reason) == ("false_positive", "Born 48 years later, another person.")


def test_an_auditor_looks_but_does_not_decide(hit):
    client = console("auditor")
    assert client.get(f"/console/compliance/screeninghit/{hit.pk}/change/").status_code == 200
    client.post(
        f"/console/compliance/screeninghit/{hit.pk}/true_match/",
        {"reason": "Not mine to decide here.", "_form_submitted": "True"},
    )
    assert ScreeningHit.objects.get().status == "open"


@pytest.mark.parametrize("term", ["gadd", "Каддафи Муаммар", "OFAC 12606", "QADHAFI"])
def test_entries_are_found_by_beginning_likeness_and_reference(starter, term):
    page = console().get("/console/compliance/watchlistentry/", {"q": term}).content.decode()
    assert "QADHAFI, Muammar" in page


def test_a_vessel_is_found_by_its_number(starter):
    page = console().get("/console/compliance/watchlistentry/", {"q": "IMO 9116412"}).content.decode()
    assert "ADRIAN DARYA" in page


def test_lists_and_entries_open(starter):
    client = console()
    assert "Starter list" in client.get("/console/compliance/watchlistsnapshot/").content.decode()
    for page in (WatchlistSnapshot.objects.first(), WatchlistEntry.objects.first()):
        assert client.get(f"/console/compliance/{page._meta.model_name}/{page.pk}/change/").status_code == 200


def test_the_dashboard_says_how_old_the_lists_are_and_that_they_are_the_starter(starter):
    page = console().get("/console/").content.decode()
    assert "Sanctions lists" in page
    assert "under 1 h, starter" in page


def test_the_dashboard_warns_when_no_list_is_loaded():
    assert "nobody can be screened" in console().get("/console/").content.decode()
