"""Rules have versions; a new one goes live and assessments say which one judged."""

import pytest
from django.db import IntegrityError, transaction

from accounts.tests.factories import make_user, signed_in_client
from compliance.models import Activity, Assessment, Rule
from compliance.monitoring import activity
from compliance.monitoring.rulebook import forget_rules, install_defaults, live_rules, publish_rule
from compliance.tests.factories import judge, make_customer, make_facts, party_of
from compliance.types import Outcome
from nexafi.approvals.models import Approval
from nexafi.console.tests.factories import console
from nexafi.core import clock
from nexafi.core.errors import InvalidInput

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lists")]
LARGE = {"threshold": 500, "score": 55, "score_double": 85}


@pytest.fixture(autouse=True)
def _fresh_rules():
    forget_rules()
    yield
    forget_rules()


def test_version_one_of_every_rule_is_installed_once():
    install_defaults()
    assert {rule.version for rule in Rule.objects.all()} == {1}
    assert len(live_rules()) == Rule.objects.count() == 6


def test_a_published_version_judges_and_is_pinned(django_capture_on_commit_callbacks):
    assert judge(make_facts("600.00")).outcome is Outcome.APPROVE
    with django_capture_on_commit_callbacks(execute=True):
        publish_rule(code="large_amount", parameters=LARGE, note="Smaller limit for the pilot.")
    assert judge(make_facts("600.00")).outcome is Outcome.REVIEW
    versions = [a.rule_versions["large_amount"] for a in Assessment.objects.order_by("id")]
    assert versions == [1, 2]
    assert list(Rule.objects.filter(code="large_amount", is_live=True).values_list("version", flat=True)) == [2]


@pytest.mark.parametrize(
    ("code", "parameters"),
    [
        ("large_amount", {"threshold": 1}),
        ("large_amount", {**LARGE, "threshold": -1}),
        ("large_amount", {**LARGE, "threshold": "5"}),
        ("large_amount", {**LARGE, "threshold": 0}),
        ("large_amount", {**LARGE, "threshold": 10**13}),
        ("large_amount", {**LARGE, "score": 101}),
        ("large_amount", {**LARGE, "score_double": 54}),
        ("structuring", {"threshold": 10, "band_from": 10, "min_count": 3, "hours": 24, "score": 55}),
        ("no_such_rule", LARGE),
        ("velocity_count", {"threshold": 30, "hours": 169, "score": 20, "score_double": 45}),
    ],
)
def test_parameters_that_a_rule_does_not_understand_are_refused(code, parameters):
    with pytest.raises(InvalidInput):
        publish_rule(code=code, parameters=parameters, note="Try.")


def test_two_versions_of_a_rule_are_never_live_together():
    with pytest.raises(IntegrityError), transaction.atomic():
        Rule.objects.create(code="large_amount", version=9, parameters=LARGE)


def test_activity_beyond_every_window_is_purged():
    sender = party_of(make_customer())
    judge(make_facts(originator=sender, occurred_at=clock.now() - activity.LONGEST_WINDOW * 2))
    judge(make_facts(originator=sender))
    assert activity.purge(before=clock.now()) == 1
    assert Activity.objects.get().count == 1


# --- two people -------------------------------------------------------------------------------------------------------
PROPOSAL = {"code": "large_amount", "parameters": LARGE, "reason": "Smaller limit for the pilot."}
AGREED = {"reason": "Agreed in the risk committee."}


def test_proposed_parameters_go_live_when_a_second_officer_approves():
    maker, checker = (signed_in_client(make_user("compliance_officer")) for _ in range(2))
    asked = maker.post("/api/v1/aml/rules", PROPOSAL)
    assert (asked.status_code, asked.json()["status"]) == (202, "requested")
    approve = f"/api/v1/approvals/{asked.json()['approval_id']}/approve"
    assert maker.post(approve, AGREED).json()["code"] == "self_approval"
    assert Rule.objects.filter(code="large_amount").count() == 1
    assert checker.post(approve, AGREED).status_code == 200
    rule = Rule.objects.get(code="large_amount", is_live=True)
    assert (rule.version, rule.parameters, rule.note) == (2, LARGE, "Smaller limit for the pilot.")


def test_a_proposal_is_about_the_version_that_it_was_made_from():
    maker, checker = (signed_in_client(make_user("compliance_officer")) for _ in range(2))
    first, second = (maker.post("/api/v1/aml/rules", PROPOSAL).json()["approval_id"] for _ in range(2))
    assert checker.post(f"/api/v1/approvals/{first}/approve", AGREED).status_code == 200
    late = checker.post(f"/api/v1/approvals/{second}/approve", AGREED)
    assert (late.status_code, late.json()["code"]) == (409, "rule_changed")
    assert Rule.objects.filter(code="large_amount").count() == 2


@pytest.mark.parametrize(
    "change",
    [
        {"code": "no_such_rule"},
        {"parameters": {"threshold": 1}},
        {"parameters": {**LARGE, "score": "55"}},
        {"reason": ""},
    ],
)
def test_a_proposal_that_cannot_be_carried_out_is_refused_at_once(change):
    answer = signed_in_client(make_user("compliance_officer")).post("/api/v1/aml/rules", PROPOSAL | change)
    assert (answer.status_code, Approval.objects.count()) == (400, 0)


def test_an_officer_proposes_in_the_console_and_the_proposal_is_shown():
    rule = Rule.objects.get(code="large_amount")
    officer = console("compliance_officer")
    page = f"/console/compliance/rule/{rule.pk}"
    assert 'value="10000"' in officer.get(f"{page}/propose/").content.decode()
    form = {"reason": "Smaller limit for the pilot.", "_form_submitted": "True", **LARGE}
    officer.post(f"{page}/propose/", form | {"score": "101"})
    assert not Approval.objects.exists()
    officer.post(f"{page}/propose/", form)
    approval = Approval.objects.get()
    assert approval.payload["parameters"] == LARGE
    assert str(approval.pk) in officer.get(f"{page}/change/").content.decode()
    shown = officer.get(f"/console/approvals/approval/{approval.pk}/change/").content.decode()
    assert "score 55, score double 85, threshold 500" in shown
    assert officer.get("/console/compliance/rule/nonsense/propose/").status_code == 404
