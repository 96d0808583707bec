"""Rules have versions; a new one goes live and assessments say which one judged."""

import pytest
from django.db import IntegrityError, transaction

from compliance.models import Activity, Assessment, Rule
from compliance.monitoring import activity
from compliance.monitoring.rulebook import forget_rules, install_defaults, live_rules, publish_rule
from compliance.tests.factories import judge, make_customer, make_facts, party_of
from compliance.types import Outcome
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
