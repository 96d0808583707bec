"""A transaction is judged once, counted once, and explained."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.models import Activity, Alert, Assessment, ScreeningHit, WatchlistSource
from compliance.tests.factories import judge, make_customer, make_facts, party_of
from compliance.types import Outcome, Party, RiskLevel
from nexafi.core import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lists")]


def codes(decision):
    return [reason.code for reason in decision.reasons]


def test_an_ordinary_payment_is_approved_without_an_alert():
    decision = judge(make_facts("25.00", originator=party_of(make_customer())))
    assert (decision.outcome, decision.score, decision.level) == (Outcome.APPROVE, 0, RiskLevel.LOW)
    assert decision.alert_id is None
    assert not Alert.objects.exists()


def test_a_large_payment_is_held_by_an_alert_that_says_why():
    sender = make_customer()
    facts = make_facts("12000.00", originator=party_of(sender))
    decision = judge(facts)
    alert = Alert.objects.get(pk=decision.alert_id)
    assert decision.outcome is Outcome.REVIEW
    assert alert.holds_transaction
    assert (alert.subject, alert.transaction_id) == (sender, facts.transaction_id)
    assert alert.title == "Large amount"
    reason = alert.assessment.reasons[0]
    assert (reason["actual"], reason["threshold"]) == ("12,000.00 USD", "10,000.00 USD")


def test_a_country_under_countermeasures_blocks_whatever_the_amount():
    decision = judge(make_facts("1.00", beneficiary=Party(name="Kim", country="KP")))
    assert (decision.outcome, decision.score) == (Outcome.BLOCK, 100)
    assert not Alert.objects.get(pk=decision.alert_id).holds_transaction


def test_weak_reasons_add_up_to_a_review_but_never_to_a_refusal():
    newcomer = make_customer(days=2, country="VN")
    decision = judge(make_facts("90000.00", originator=party_of(newcomer)))
    assert codes(decision)[0] == "large_amount"
    assert (decision.outcome, decision.score) == (Outcome.REVIEW, 99)


def test_the_third_amount_just_below_the_limit_is_held():
    sender = party_of(make_customer())
    decisions = [judge(make_facts("4900.00", originator=sender)) for _ in range(3)]
    assert [d.outcome for d in decisions] == [Outcome.APPROVE, Outcome.APPROVE, Outcome.REVIEW]
    assert codes(decisions[2]) == ["structuring"]


def test_amounts_just_below_the_limit_from_several_senders_to_one_customer_are_held():
    beneficiary = party_of(make_customer("Jonas Weber"))
    decisions = [
        judge(make_facts("4900.00", originator=party_of(make_customer(f"S {i}")), beneficiary=beneficiary))
        for i in range(3)
    ]
    assert "structuring" in codes(decisions[2])


def test_amounts_outside_the_window_do_not_count():
    sender = party_of(make_customer())
    long_ago = clock.now() - timedelta(hours=121)
    for _ in range(2):
        judge(make_facts("4900.00", originator=sender, occurred_at=long_ago))
    assert judge(make_facts("4900.00", originator=sender)).reasons == ()


def test_a_currency_without_a_rate_goes_to_review():
    decision = judge(make_facts("5.00", "XCD"))
    assert codes(decision) == ["currency_not_rated"]
    assert decision.outcome is Outcome.REVIEW


def test_the_assessment_keeps_the_facts_and_the_versions_but_no_birth_date():
    judge(make_facts("25.00"))
    assessment = Assessment.objects.get()
    assert assessment.facts["originator"]["name"] == "Amara Okafor"
    assert assessment.rule_versions["large_amount"] == 1
    assert "date_of_birth" not in str(assessment.facts)


def test_approving_takes_at_most_five_statements():
    sender, beneficiary = party_of(make_customer()), party_of(make_customer("Jonas Weber"))
    judge(make_facts(originator=sender, beneficiary=beneficiary))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        judge(make_facts(originator=sender, beneficiary=beneficiary))
    statements = [q["sql"] for q in queries if q["sql"].split()[0] in {"SELECT", "INSERT", "UPDATE"}]
    assert len(statements) <= 5, statements


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs true concurrency")
@pytest.mark.django_db(transaction=True)
def test_parallel_payments_between_the_same_two_lose_no_count_and_do_not_deadlock():
    one, other = party_of(make_customer()), party_of(make_customer("Jonas Weber"))

    def pay(number):
        first, second = (one, other) if number % 2 else (other, one)
        try:
            judge(make_facts("10.00", originator=first, beneficiary=second))
        finally:
            connection.close()

    threads = [threading.Thread(target=pay, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Assessment.objects.count() == 20
    totals = Activity.objects.values_list("count", "sum_minor")
    assert sum(count for count, _ in totals) == 40
    assert sum(total for _, total in totals) == 40_000


def test_nobody_is_approved_while_no_list_is_loaded():
    WatchlistSource.objects.update(current=None)
    decision = judge(make_facts("5.00"))
    assert (codes(decision), decision.outcome) == (["screening_unavailable"], Outcome.REVIEW)


def test_a_listed_customer_is_blocked_and_the_alert_leads_to_the_list_entry():
    listed = make_customer("Usama bin Laden", country="AF")
    decision = judge(make_facts("5.00", originator=party_of(listed)))
    assert decision.outcome in {Outcome.BLOCK, Outcome.REVIEW}
    reason = decision.reasons[0]
    assert reason.code in {"sanctions_match", "sanctions_potential_match"}
    assert ScreeningHit.objects.filter(run_id=reason.details["run_id"]).exists()


def test_a_counterparty_outside_is_screened_by_name():
    decision = judge(make_facts("5.00", beneficiary=Party(name="Ayman al-Zawahiri", kind="person")))
    assert decision.outcome is not Outcome.APPROVE
    assert decision.reasons[0].details["party"] == "beneficiary"


def test_a_name_that_nothing_can_be_compared_with_goes_to_review():
    decision = judge(make_facts("5.00", beneficiary=Party(name="***")))
    assert (codes(decision), decision.outcome) == (["not_comparable"], Outcome.REVIEW)


def test_the_assessment_pins_the_list_versions():
    judge(make_facts())
    assert set(Assessment.objects.get().list_versions) == {"ofac", "un"}
