import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from audit.models import UnsealedEvent
from nexafi.approvals.exceptions import ApprovalAltered, ApprovalDecided, ApprovalExpired, SelfApproval
from nexafi.approvals.models import Approval
from nexafi.approvals.services import approve, expire_due, reject, request_approval
from nexafi.approvals.tests.factories import done, make_person, make_request
from nexafi.core import clock
from nexafi.core.errors import Forbidden, InvalidInput, NotFound
from nexafi.db import triggers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_done_yet():
    done.clear()


def actions():
    return [bytes(body).decode() for body in UnsealedEvent.objects.order_by("id").values_list("body", flat=True)]


def test_a_second_person_approves_and_the_act_happens_once():
    approval = make_request(n=7)
    checker = make_person("compliance_officer")

    decided = approve(approval_id=approval.pk, checker=checker, reason=" checked ")

    assert (decided.status, decided.checker_id, decided.decision_reason) == ("approved", checker.pk, "checked")
    assert done == [{"n": 7}]
    assert [name for name in ("approvals.requested", "approvals.approved") if any(name in a for a in actions())] == [
        "approvals.requested",
        "approvals.approved",
    ]
    with pytest.raises(ApprovalDecided):
        approve(approval_id=approval.pk, checker=checker, reason="again")
    assert len(done) == 1


def test_the_maker_cannot_decide_and_the_attempt_is_recorded():
    maker = make_person("admin")
    approval = make_request(maker)
    for decide in (approve, reject):
        with pytest.raises(SelfApproval):
            decide(approval_id=approval.pk, checker=maker, reason="me")
    assert sum("approvals.self_approval_refused" in action for action in actions()) == 2
    assert Approval.objects.get().status == "requested"
    assert done == []


def test_the_database_refuses_a_checker_who_is_the_maker():
    approval = make_request()
    with pytest.raises(DatabaseError), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(
            status="approved", checker=approval.maker, decided_at=clock.now(), decision_reason="me"
        )


def test_only_holders_of_the_permission_ask_and_decide():
    approval = make_request()
    with pytest.raises(Forbidden):
        approve(approval_id=approval.pk, checker=make_person("auditor"), reason="may only look")
    with pytest.raises(NotFound):
        approve(approval_id=approval.pk, checker=make_person("customer"), reason="not mine to see")
    with pytest.raises(Forbidden):
        request_approval(kind="tests.act", payload={}, maker=make_person("customer"), reason="please")
    assert done == []


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_both_sides_give_a_reason(reason):
    approval = make_request()
    with pytest.raises(InvalidInput):
        reject(approval_id=approval.pk, checker=make_person("admin"), reason=reason)
    with pytest.raises(InvalidInput):
        request_approval(kind="tests.act", payload={}, maker=make_person("admin"), reason=reason)


def test_a_failing_act_leaves_the_request_waiting():
    approval = make_request(fails=True)
    with pytest.raises(RuntimeError):
        approve(approval_id=approval.pk, checker=make_person("admin"), reason="fine")
    approval.refresh_from_db()
    assert (approval.status, approval.checker_id) == ("requested", None)
    assert not any("approvals.approved" in action for action in actions())


def test_a_rejected_request_does_nothing():
    approval = make_request()
    reject(approval_id=approval.pk, checker=make_person("admin"), reason="no")
    assert Approval.objects.get().status == "rejected"
    assert done == []


def test_a_request_that_waited_too_long_cannot_be_approved_and_is_swept():
    fresh, old = make_request(), make_request()
    triggers.remove(connection)
    Approval.objects.filter(pk=old.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    triggers.install(connection)
    with pytest.raises(ApprovalExpired):
        approve(approval_id=old.pk, checker=make_person("admin"), reason="late")
    assert expire_due() == 1
    assert expire_due() == 0
    assert set(Approval.objects.values_list("pk", "status")) == {(fresh.pk, "requested"), (old.pk, "expired")}
    with pytest.raises(ApprovalExpired):
        approve(approval_id=old.pk, checker=make_person("admin"), reason="later still")


def test_an_altered_payload_is_never_executed():
    approval = make_request(n=1)
    triggers.remove(connection)
    Approval.objects.filter(pk=approval.pk).update(payload={"n": 1_000_000})
    triggers.install(connection)
    with pytest.raises(ApprovalAltered):
        approve(approval_id=approval.pk, checker=make_person("admin"), reason="fine")
    assert done == []


@pytest.mark.parametrize(
    "change",
    [
        {"payload": {"n": 2}},
        {"payload_hash": "0" * 64},
        {"kind": "tests.other"},
        {"request_reason": "other"},
        {"target_id": "other"},
    ],
)
def test_the_database_refuses_a_change_of_what_was_asked(change):
    approval = make_request()
    with pytest.raises(DatabaseError), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(maker=make_person("admin"))


def test_the_database_refuses_to_reopen_or_delete():
    approval = make_request()
    reject(approval_id=approval.pk, checker=make_person("admin"), reason="no")
    with pytest.raises(DatabaseError), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(
            status="requested", checker=None, decided_at=None, decision_reason=""
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        Approval.objects.filter(pk=approval.pk)._raw_delete(using="default")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_of_an_approval_and_a_rejection_at_once_exactly_one_wins():
    for _ in range(5):
        done.clear()
        approval = make_request()
        outcomes: list[str] = []
        start = threading.Barrier(6)

        def decide(service, checker, approval_id=approval.pk, start=start, outcomes=outcomes):
            try:
                start.wait()
                service(approval_id=approval_id, checker=checker, reason="decided")
                outcomes.append(service.__name__)
            except ApprovalDecided as error:
                outcomes.append(error.code)
            finally:
                connection.close()

        threads = [
            threading.Thread(target=decide, args=(service, make_person("admin")))
            for service in (approve, reject, approve, reject, approve, reject)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert outcomes.count("approval_decided") == 5
        assert len(done) == outcomes.count("approve")
        assert Approval.objects.get(pk=approval.pk).status in ("approved", "rejected")
