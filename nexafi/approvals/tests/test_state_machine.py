"""Whatever people try, in whatever order: an act is done at most once, only after a second person's approval, exactly
as it was asked for."""

from datetime import timedelta

import pytest
import time_machine
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from nexafi.approvals.models import Approval
from nexafi.approvals.services import approve, expire_due, reject
from nexafi.approvals.tests.factories import done, make_person, make_request
from nexafi.core import clock
from nexafi.core.errors import DomainError

pytestmark = pytest.mark.django_db


class Approvals(RuleBasedStateMachine):
    """The model: for every request its expected state, and the acts that must have been done."""

    requests = Bundle("requests")

    def __init__(self) -> None:
        super().__init__()
        done.clear()
        self.people = [make_person("admin") for _ in range(3)]
        self.traveller = time_machine.travel(clock.now(), tick=True)
        self.time = self.traveller.start()
        self.expected: dict[object, str] = {}
        self.acts: list[dict[str, object]] = []

    def teardown(self) -> None:
        self.traveller.stop()

    @rule(target=requests, maker=st.integers(0, 2), amount=st.integers(0, 10**6), fails=st.booleans())
    def request(self, maker: int, amount: int, fails: bool) -> Approval:
        approval = make_request(self.people[maker], amount=amount, fails=fails)
        self.expected[approval.pk] = "requested"
        return approval

    @rule(request=requests, checker=st.integers(0, 2), approves=st.booleans(), reason=st.sampled_from(["", "seen"]))
    def decide(self, request: Approval, checker: int, approves: bool, reason: str) -> None:
        person = self.people[checker]
        waiting = self.expected[request.pk] == "requested" and request.expires_at > clock.now()
        allowed = waiting and person.pk != request.maker_id and bool(reason)
        try:
            (approve if approves else reject)(approval_id=request.pk, checker=person, reason=reason)
        except (DomainError, RuntimeError):
            assert not allowed or (approves and request.payload["fails"])
            return
        assert allowed
        self.expected[request.pk] = "approved" if approves else "rejected"
        if approves:
            self.acts.append(request.payload)

    @rule(days=st.integers(1, 8))
    def time_passes(self, days: int) -> None:
        self.time.shift(timedelta(days=days))

    @rule()
    def sweep(self) -> None:
        expire_due()
        for approval in Approval.objects.filter(pk__in=self.expected, expires_at__lte=clock.now()):
            if self.expected[approval.pk] == "requested":
                self.expected[approval.pk] = "expired"

    @invariant()
    def the_database_agrees(self) -> None:
        assert dict(Approval.objects.filter(pk__in=self.expected).values_list("pk", "status")) == self.expected
        assert done == self.acts


def test_an_act_is_done_once_after_a_second_person_approved_it():
    run_state_machine_as_test(
        Approvals, settings=settings(max_examples=15, stateful_step_count=15, deadline=None, database=None)
    )
