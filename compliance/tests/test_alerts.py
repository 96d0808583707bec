"""An alert is worked by people, decided once, and its story is kept."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from accounts.tests.factories import make_user
from audit.models import UnsealedEvent
from compliance.cases.services import decisions
from compliance.exceptions import AlreadyDecided, OwnCase, ReasonRequired
from compliance.models import Alert, AlertEvent, ScreeningHit
from compliance.monitoring.services import check_transaction
from compliance.screening.services.resolve import resolve_hit
from compliance.screening.services.screening import screen_customer
from compliance.tests.factories import judge, make_alert, make_customer, make_facts, party_of
from compliance.types import Party
from nexafi.core import clock
from nexafi.core.context import acting_as
from nexafi.core.errors import Forbidden, InvalidInput, NotFound
from nexafi.core.ids import uuid7
from nexafi.core.money import Money
from nexafi.outbox.models import OutboxEvent
from nexafi.outbox.registry import Event, handlers_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lists")]
REASON = "Checked the invoice with the customer."


@pytest.fixture
def officer():
    user = make_user("compliance_officer", first_name="Olga", last_name="Officer")
    with acting_as("user", str(user.pk)):
        yield user


def test_releasing_announces_the_resolution_and_records_who_and_why(officer):
    alert = make_alert()
    decisions.release_alert(alert.pk, REASON)
    alert.refresh_from_db()
    assert (alert.status, alert.decided_by, alert.decision_reason) == ("released", officer, REASON)
    event = OutboxEvent.objects.get(name="compliance.case_resolved")
    assert event.payload == {
        "alert_id": str(alert.pk),
        "assessment_id": str(alert.assessment_id),
        "transaction_id": str(alert.transaction_id),
        "transaction_kind": "payment",
        "resolution": "released",
    }
    bodies = [bytes(body).decode() for body in UnsealedEvent.objects.values_list("body", flat=True)]
    assert any("compliance.alert_released" in body and REASON in body for body in bodies)
    assert [e.kind for e in alert.events.all()] == ["opened", "released"]


def test_a_decided_alert_is_not_decided_again(officer):
    alert = make_alert()
    decisions.reject_alert(alert.pk, REASON)
    for act in (decisions.release_alert, decisions.reject_alert):
        with pytest.raises(AlreadyDecided):
            act(alert.pk, REASON)
    with pytest.raises(AlreadyDecided):
        decisions.assign_alert(alert.pk)
    assert OutboxEvent.objects.filter(name="compliance.case_resolved").count() == 1


def test_the_database_refuses_to_rewrite_a_decided_alert_or_its_timeline(officer):
    alert = make_alert()
    decisions.release_alert(alert.pk, REASON)
    for change in (
        lambda: Alert.objects.filter(pk=alert.pk).update(status="open"),
        lambda: AlertEvent.objects.filter(alert=alert).update(text="never"),
        lambda: AlertEvent.objects.filter(alert=alert).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize("reason", ["", "   ", "too short", "x" * 4001])
def test_a_decision_needs_a_reason_that_can_be_followed(officer, reason):
    alert = make_alert()
    with pytest.raises(ReasonRequired):
        decisions.release_alert(alert.pk, reason)
    alert.refresh_from_db()
    assert alert.status == "open"


def test_an_analyst_works_an_alert_but_does_not_decide_it():
    alert, analyst = make_alert(), make_user("compliance_analyst")
    with acting_as("user", str(analyst.pk)):
        decisions.assign_alert(alert.pk)
        decisions.comment_alert(alert.pk, "Asked for the invoice.")
        with pytest.raises(Forbidden):
            decisions.release_alert(alert.pk, REASON)
    alert.refresh_from_db()
    assert (alert.status, alert.assignee) == ("assigned", analyst)


def test_neither_the_system_nor_a_key_nor_a_customer_decides():
    alert = make_alert()
    for kind, actor_id in (("system", ""), ("api_key", str(uuid7())), ("user", str(make_user("customer").pk))):
        with acting_as(kind, actor_id), pytest.raises(Forbidden):
            decisions.release_alert(alert.pk, REASON)


@pytest.mark.parametrize("side", ["originator", "beneficiary"])
def test_nobody_decides_about_a_customer_whose_member_they_are(officer, side):
    own = make_customer("Olga Officer", owner=officer)
    alert = make_alert(**{side: party_of(own)})
    with pytest.raises(OwnCase):
        decisions.release_alert(alert.pk, REASON)
    with pytest.raises(OwnCase):
        decisions.assign_alert(alert.pk)
    alert.refresh_from_db()
    assert alert.status == "open"
    assert decisions.take_next() is None


def test_an_alert_goes_only_to_somebody_who_may_work_it(officer):
    alert = make_alert()
    with pytest.raises(InvalidInput):
        decisions.assign_alert(alert.pk, make_user("customer").pk)
    with pytest.raises(NotFound):
        decisions.assign_alert(uuid7())


def test_next_is_the_alert_that_is_due_first(officer):
    later, first = make_alert("11000.00"), make_alert("45000.00")
    assert (later.severity, first.severity) == ("medium", "high")
    assert decisions.take_next() == first
    assert decisions.take_next() == later
    assert decisions.take_next() is None


def test_a_blocked_transaction_raises_an_alert_that_moves_no_money(officer):
    decision = judge(make_facts("5.00", beneficiary=Party(name="Kim", country="KP")))
    alert = decisions.reject_alert(decision.alert_id, REASON)
    assert alert.severity == "critical"
    assert not OutboxEvent.objects.filter(name="compliance.case_resolved").exists()


def test_checks_with_the_same_findings_share_one_open_alert(officer):
    customer = make_customer()

    def check(reference):
        return check_transaction(
            reference=reference,
            amount=Money.parse("12", "USD"),
            occurred_at=clock.now(),
            customer=customer,
            country="MM",
        ).alert_id

    first, second = check("one"), check("two")
    assert first == second
    assert [e.kind for e in AlertEvent.objects.filter(alert=first)] == ["opened", "repeated"]
    decisions.release_alert(first, REASON)
    assert check("three") != first


def test_a_cancelled_payment_closes_its_alert():
    alert = make_alert()
    event = Event(
        id=uuid7(),
        name="payments.payment_cancelled",
        payload={"payment_id": str(alert.transaction_id)},
        created_at=clock.now(),
    )
    for handler in handlers_of("payments.payment_cancelled").values():
        if handler.__module__.startswith("compliance"):
            handler(event)
    alert.refresh_from_db()
    assert (alert.status, alert.decided_by) == ("closed", None)


def deliver(name):
    """Run compliance's handlers of the recorded events of this name."""
    for row in OutboxEvent.objects.filter(name=name):
        event = Event(id=row.id, name=row.name, payload=row.payload, created_at=row.created_at)
        for handler in handlers_of(name).values():
            if handler.__module__.startswith("compliance"):
                handler(event)


def test_a_screening_hit_opens_an_alert_that_closes_when_the_hit_is_resolved(officer):
    customer = make_customer("Ramzan Kadyrov", country="RU")
    screen_customer(customer.pk)
    deliver("compliance.screening_hit_opened")
    deliver("compliance.screening_hit_opened")
    alert = Alert.objects.get()
    assert (alert.source, alert.subject, alert.severity) == ("screening", customer, "high")
    for hit in ScreeningHit.objects.open():
        resolve_hit(hit.pk, decision="false_positive", reason="Another birth date.")
    deliver("compliance.screening_hit_resolved")
    alert.refresh_from_db()
    assert alert.status == "closed"


class AlertMachine(RuleBasedStateMachine):
    """Whatever is tried in whatever order: one decision at most, and the timeline tells exactly what happened."""

    @initialize()
    def open(self):
        self.alert = make_alert()
        self.users = [make_user("compliance_officer"), make_user("compliance_analyst"), make_user("auditor")]
        self.expected, self.status = ["opened"], "open"

    @rule(user=st.integers(0, 2), act=st.sampled_from(["released", "rejected", "assigned", "commented"]))
    def act(self, user, act):
        done = {
            "released": lambda: decisions.release_alert(self.alert.pk, REASON),
            "rejected": lambda: decisions.reject_alert(self.alert.pk, REASON),
            "assigned": lambda: decisions.assign_alert(self.alert.pk),
            "commented": lambda: decisions.comment_alert(self.alert.pk, "Noted."),
        }[act]
        allowed = user == 0 or (user == 1 and act in {"assigned", "commented"})
        with acting_as("user", str(self.users[user].pk)):
            try:
                done()
            except Forbidden:
                assert not allowed
            except AlreadyDecided:
                assert self.status in {"released", "rejected"}
            else:
                assert allowed
                self.expected.append(act)
                self.status = self.status if act == "commented" else act

    @invariant()
    def story_is_true(self):
        if hasattr(self, "alert"):
            self.alert.refresh_from_db()
            assert self.alert.status == self.status
            assert [e.kind for e in self.alert.events.all()] == self.expected
            decided = OutboxEvent.objects.filter(payload__alert_id=str(self.alert.pk)).count()
            assert decided == (self.status in {"released", "rejected"})


class TestAlertMachine(TestCase, AlertMachine.TestCase):
    settings = hypothesis_settings(max_examples=8, stateful_step_count=8, deadline=None)


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs true concurrency")
@pytest.mark.django_db(transaction=True)
def test_of_many_officers_at_once_exactly_one_decides():
    alert = make_alert()
    officers = [make_user("compliance_officer") for _ in range(6)]
    outcomes = []

    def decide(number):
        act = decisions.release_alert if number % 2 else decisions.reject_alert
        try:
            with acting_as("user", str(officers[number].pk)):
                outcomes.append(act(alert.pk, REASON).status)
        except AlreadyDecided:
            outcomes.append("late")
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("late") == 5
    assert OutboxEvent.objects.filter(name="compliance.case_resolved").count() == 1
    assert alert.events.count() == 2


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs true concurrency")
@pytest.mark.django_db(transaction=True)
def test_people_who_ask_for_the_next_alert_at_once_get_different_ones():
    alerts = [make_alert() for _ in range(5)]
    people = [make_user("compliance_analyst") for _ in range(5)]
    taken = []

    def take(number):
        try:
            with acting_as("user", str(people[number].pk)):
                taken.append(decisions.take_next())
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {alert.pk for alert in taken if alert} == {alert.pk for alert in alerts}
