"""Deposits and withdrawals through the sandbox processor: confirmed later, once, whatever goes wrong."""

from datetime import timedelta
from typing import Any

import pytest

from ledger.constants import SystemAccount
from ledger.kinds import entry_kinds
from ledger.models import JournalEntry
from ledger.selectors import balance_of
from ledger.services.accounts import system_account
from nexafi.core import clock
from payments.exceptions import InvalidSignature
from payments.models import ProcessorEvent, SandboxTransfer, Transfer
from payments.processors.sandbox import SignedEvent, event_of
from payments.services.processor_events import receive_event
from payments.services.sandbox import deliver_sandbox_events
from payments.services.submission import drive_due_transfers, drive_transfer
from payments.tests.factories import Person, decide, make_person

pytestmark = pytest.mark.django_db


def order(person: Person, kind: str, amount: str) -> Any:
    return person.client.post(f"/api/v1/wallets/{person.wallet.id}/{kind}s", {"amount": amount})


def seen(person: Person, kind: str, transfer_id: str) -> dict[str, Any]:
    return person.client.get(f"/api/v1/wallets/{person.wallet.id}/{kind}s/{transfer_id}").json()


def let_time_pass() -> None:
    """Everything that waits for a moment is due."""
    past = clock.now() - timedelta(seconds=1)
    SandboxTransfer.objects.update(settles_at=past)
    Transfer.objects.filter(status="pending").update(next_attempt_at=past)


def confirm() -> None:
    drive_due_transfers()
    let_time_pass()
    deliver_sandbox_events()


def test_a_deposit_arrives_when_the_processor_confirms_it() -> None:
    ada = make_person()
    body = order(ada, "deposit", "50.00").json()
    assert (body["status"], body["kind"], ada.balance) == ("pending", "deposit", "0.00")
    drive_due_transfers()
    assert deliver_sandbox_events() == 0  # not yet
    confirm()
    assert seen(ada, "deposit", body["id"])["status"] == "completed"
    assert ada.balance == "50.00"
    assert balance_of(system_account(SystemAccount.SETTLEMENT, "USD").id).posted.amount == "50.00"


def test_a_withdrawal_holds_the_money_until_it_is_confirmed() -> None:
    ada = make_person(balance="80.00")
    body = order(ada, "withdrawal", "30.00").json()
    assert (body["status"], ada.balance, ada.available) == ("pending", "80.00", "50.00")
    confirm()
    assert seen(ada, "withdrawal", body["id"])["status"] == "completed"
    assert (ada.balance, ada.available) == ("50.00", "50.00")


@pytest.mark.parametrize("kind", ["deposit", "withdrawal"])
def test_amounts_ending_in_51_are_declined_by_the_bank(kind: str) -> None:
    ada = make_person(balance="80.00")
    body = order(ada, kind, "10.51").json()
    confirm()
    after = seen(ada, kind, body["id"])
    assert (after["status"], after["failure_code"]) == ("failed", "declined_by_bank")
    assert (ada.balance, ada.available) == ("80.00", "80.00")


@pytest.mark.parametrize("kind", ["deposit", "withdrawal"])
def test_amounts_ending_in_52_get_no_answer_and_are_settled_by_asking(kind: str) -> None:
    ada = make_person(balance="80.00")
    body = order(ada, kind, "10.52").json()
    confirm()
    assert seen(ada, kind, body["id"])["status"] == "pending"
    let_time_pass()
    drive_due_transfers()
    assert seen(ada, kind, body["id"])["status"] == "completed"
    assert SandboxTransfer.objects.count() == 1
    assert ada.balance == ("90.52" if kind == "deposit" else "69.48")


def test_amounts_ending_in_53_take_ten_seconds() -> None:
    order(make_person(), "deposit", "10.53")
    drive_due_transfers()
    assert SandboxTransfer.objects.get().settles_at > clock.now() + timedelta(seconds=9)


def test_amounts_ending_in_54_are_confirmed_twice_and_count_once() -> None:
    ada = make_person()
    order(ada, "deposit", "10.54")
    drive_due_transfers()
    let_time_pass()
    assert deliver_sandbox_events() == 2
    assert (ada.balance, ProcessorEvent.objects.count()) == ("10.54", 1)


def test_an_event_after_the_transfer_was_settled_is_kept_and_ignored() -> None:
    ada = make_person()
    body = order(ada, "deposit", "10.00").json()
    drive_due_transfers()
    let_time_pass()
    drive_transfer(Transfer.objects.get(pk=body["id"]).id)  # asked before the event came
    assert ada.balance == "10.00"
    deliver_sandbox_events()
    assert (ProcessorEvent.objects.get().result, ada.balance) == ("ignored", "10.00")


def signed_event(ada: Person) -> SignedEvent:
    order(ada, "deposit", "10.00")
    drive_due_transfers()
    return event_of(SandboxTransfer.objects.get())


@pytest.mark.parametrize("fault", ["body", "signature", "id", "timestamp"])
def test_an_altered_event_is_refused(fault: str) -> None:
    ada = make_person()
    event = signed_event(ada)
    headers, body = dict(event.headers), event.body
    if fault == "body":
        body = body.replace(b"10.00", b"99.00")
    else:
        headers[f"webhook-{fault}"] += "0"
    with pytest.raises(InvalidSignature):
        receive_event(processor="sandbox", headers=headers, body=body)
    assert (ada.balance, ProcessorEvent.objects.count()) == ("0.00", 0)


def test_an_event_for_another_amount_settles_nothing() -> None:
    ada = make_person()
    signed_event(ada)
    SandboxTransfer.objects.update(amount_minor=99_00)
    event = event_of(SandboxTransfer.objects.get())
    assert receive_event(processor="sandbox", headers=event.headers, body=event.body).result == "unmatched"
    assert ada.balance == "0.00"


@pytest.mark.parametrize("release", [True, False])
@pytest.mark.parametrize("kind", ["deposit", "withdrawal"])
def test_a_suspicious_transfer_waits_for_an_officer(kind: str, release: bool) -> None:
    ada = make_person(balance="20000.00")
    body = order(ada, kind, "12000.00").json()
    assert body["status"] == "pending_review"
    confirm()
    assert SandboxTransfer.objects.count() == 0  # the processor does not know of it
    decide(body["id"], release=release)
    confirm()
    assert seen(ada, kind, body["id"])["status"] == ("completed" if release else "declined")
    moved = {"deposit": "32000.00", "withdrawal": "8000.00"}[kind] if release else "20000.00"
    assert (ada.balance, ada.available) == (moved, moved)


def test_a_withdrawal_beyond_the_balance_is_refused() -> None:
    ada = make_person(balance="10.00")
    response = order(ada, "withdrawal", "10.01")
    assert (response.status_code, response.json()["code"]) == (422, "insufficient_funds")
    assert not Transfer.objects.exists()


def test_unverified_customers_move_little() -> None:
    ada = make_person(verified=False)
    assert order(ada, "deposit", "150.00").status_code == 201
    assert order(ada, "deposit", "1.00").json()["code"] == "kyc_required"


def test_transfers_of_others_are_not_there() -> None:
    ada, bob = make_person(balance="10.00"), make_person()
    transfer_id = order(ada, "deposit", "1.00").json()["id"]
    url = f"/api/v1/wallets/{ada.wallet.id}/deposits"
    assert [t["id"] for t in ada.client.get(url).json()["results"]] == [transfer_id]
    assert bob.client.get(url).status_code == 404
    assert bob.client.post(url, {"amount": "1.00"}).status_code == 404
    assert bob.client.get(f"/api/v1/wallets/{bob.wallet.id}/deposits/{transfer_id}").status_code == 404


def test_the_same_key_deposits_once() -> None:
    ada = make_person()
    url = f"/api/v1/wallets/{ada.wallet.id}/deposits"
    answers = [ada.client.post(url, {"amount": "5.00"}, headers={"Idempotency-Key": "d-1"}) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert Transfer.objects.count() == 1


def test_every_kind_of_entry_that_payments_write_can_be_filtered_by() -> None:
    ada, bob = make_person(), make_person()
    order(ada, "deposit", "50.00")
    confirm()
    payment = ada.pay(bob, "20.00").json()
    assert bob.client.post(f"/api/v1/payments/{payment['id']}/refund", {}).status_code == 200
    order(ada, "withdrawal", "10.00")
    written = set(JournalEntry.objects.values_list("kind", flat=True))
    assert written == {"deposit", "payment", "refund", "withdrawal"}
    assert written <= set(entry_kinds())
