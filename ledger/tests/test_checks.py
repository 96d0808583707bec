"""Runs of the whole check: asked for, run once, kept, told of."""

import io
import json
from datetime import timedelta
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.tests.factories import make_user, signed_in_client
from ledger import tasks
from ledger.models import LedgerCheck, Period
from ledger.services import checks
from ledger.services.checks import check_now, run_requested_checks, signs_of_life
from ledger.services.periods import create_periods, span_named
from ledger.tests.factories import make_account, make_wallet, transfer
from ledger.tests.tampering import behind_our_back
from nexafi.core import clock
from nexafi.observability.parts import read_part
from nexafi.outbox.services.relay import drain
from notifications.models import Message

pytestmark = pytest.mark.django_db
API = "/api/v1/ledger/checks"


@pytest.fixture
def client():
    return signed_in_client(make_user("auditor"))


@pytest.fixture
def wallet():
    wallet = make_wallet()
    transfer(make_account().id, wallet.id, "10.00")
    return wallet


def tamper(wallet):
    behind_our_back(("UPDATE ledger_balance SET credits = credits + 1 WHERE account_id = %s", wallet.id))


def test_a_check_that_is_asked_for_is_run_by_a_worker_and_read(client, wallet):
    asked = client.post(API, {})
    assert (asked.status_code, asked.json()["status"]) == (202, "queued")
    assert client.post(API, {}).json()["id"] == asked.json()["id"]  # one waits already
    drain()  # the doorbell has no worker here
    tasks.run_checks()
    check = client.get(f"{API}/{asked.json()['id']}").json()
    assert (check["status"], check["holds"], check["faults"]) == ("finished", True, [])
    assert check["totals"] == {"USD": {"debits": "10.00", "credits": "10.00"}}
    assert check["checked"]["ledger_posting"] == 1
    assert run_requested_checks() == 0
    assert [row["id"] for row in client.get(f"{API}?status=finished").json()["results"]] == [check["id"]]
    assert client.get(f"{API}/{wallet.id}").json()["code"] == "unknown_check"


def test_faults_are_kept_explained_and_told_to_whoever_may_check(client, wallet, caplog):
    auditor, analyst = make_user("auditor"), make_user("compliance_analyst")
    tamper(wallet)
    tasks.check_nightly()
    check = LedgerCheck.objects.get()
    assert (check.holds, check.fault_count, check.requested_by) == (False, 2, "system")
    fault = client.get(f"{API}/{check.id}").json()["faults"][0]
    assert (fault["check"], fault["table"], fault["key"]) == ("balance_differs", "ledger_balance", str(wallet.id))
    assert fault["meaning"]
    assert "what the postings make" in fault["advice"]
    assert "faults" not in client.get(API).json()["results"][0]
    assert "The ledger does not hold" in caplog.text
    drain()
    assert "2 faults" in Message.objects.get(recipient=auditor, channel="in_app").body
    assert not Message.objects.filter(recipient=analyst).exists()


def test_a_check_whose_process_died_is_given_up_and_another_may_be_asked_for(client):
    long_ago = clock.now() - timedelta(hours=1)
    dead = LedgerCheck.objects.create(requested_by="system", status="running", started_at=long_ago, seen_at=long_ago)
    asked = client.post(API, {}).json()
    assert asked["id"] != str(dead.id)
    dead.refresh_from_db()
    assert dead.status == "failed"


def test_a_running_check_is_not_run_again(client):
    now = clock.now()
    running = LedgerCheck.objects.create(requested_by="system", status="running", started_at=now, seen_at=now)
    assert client.post(API, {}).json()["id"] == str(running.id)
    tasks.check_nightly()
    assert LedgerCheck.objects.count() == 1


def test_a_check_that_breaks_off_is_failed(wallet):
    def stop(step, rows):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_now(stop)
    assert LedgerCheck.objects.get().status == "failed"


@pytest.mark.django_db(transaction=True)
def test_a_running_check_tells_how_far_it_is(monkeypatch):
    monkeypatch.setattr(checks, "SIGN_EVERY", 0.02)
    now = clock.now()
    check = LedgerCheck.objects.create(requested_by="system", status="running", started_at=now, seen_at=now)
    told = []
    with signs_of_life(check.id, lambda step, rows: told.append((step, rows))) as progress:
        progress("entries", 500)
        progress("events", 20)
        until = clock.now() + timedelta(seconds=20)
        while check.rows < 520 and clock.now() < until:
            check.refresh_from_db()
    assert (check.step, check.rows) == ("events", 520)
    assert check.seen_at > now
    assert told == [("entries", 500), ("events", 20)]


@pytest.mark.django_db(transaction=True)
def test_a_check_keeps_no_writer_waiting():
    debit, credit = make_account(), make_account()
    transfer(debit.id, credit.id)
    written = []

    def write():
        written.append(transfer(debit.id, credit.id))
        connection.close()

    def write_meanwhile(step, rows):
        if not written:
            writer = Thread(target=write)
            writer.start()
            writer.join(timeout=15)
            assert written

    check = check_now(write_meanwhile)
    assert (check.holds, check.checked["ledger_journalentry"]) == (True, 1)


def test_a_part_of_the_system_tells_whether_the_books_hold_and_how_old_the_answer_is(wallet):
    assert read_part("ledger_check")["state"] == "ok"
    check_now()
    assert read_part("ledger_check")["state"] == "ok"
    with clock.pinned(clock.now() + timedelta(hours=40)):
        assert read_part("ledger_check")["state"] == "degraded"
    tamper(wallet)
    check_now()
    assert read_part("ledger_check")["state"] == "degraded"


# --- commands --------------------------------------------------------------------------------------------------------


def run(command, *arguments, **options):
    out = io.StringIO()
    try:
        call_command(command, *arguments, **options, stdout=out)
    except SystemExit as stop:
        return stop.code, out.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue()


def test_check_ledger_answers_by_its_exit_code_and_keeps_the_run(wallet):
    code, text = run("check_ledger", json=True)
    assert (code, json.loads(text)["holds"]) == (0, True)
    tamper(wallet)
    code, text = run("check_ledger")
    assert code == 1
    assert f"balance_differs: ledger_balance {wallet.id}" in text
    assert list(LedgerCheck.objects.values_list("holds", flat=True)) == [False, True]


def test_close_period_answers_by_its_exit_code():
    today = clock.today()
    last = today.replace(day=1) - timedelta(days=1)
    create_periods(spans=[span_named(last.replace(day=1), last), span_named(today.replace(day=1), today)])
    name, reason = f"{last:%Y-%m}", "The month is complete."
    assert run("close_period", "nowhere", reason=reason)[0] == 2
    code, text = run("close_period", name, reason=reason, json=True)
    assert (code, [item["code"] for item in json.loads(text)["missing"]]) == (1, ["checked"])
    assert "checked: The books were never checked" in run("close_period", name, reason=reason)[1]
    assert run("close_period", name, reason=reason, accept_warnings=True) == (0, f"{name} is closed by 0 entries.\n")
    assert Period.objects.get(name=name).status == "closed"
    assert run("close_period", name, reason=reason)[0] == 2
