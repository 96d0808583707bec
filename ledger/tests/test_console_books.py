"""Periods, checks, rates and revaluations of the ledger in the console."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ledger.constants import RARE_KINDS
from ledger.models import ExchangeRate, LedgerCheck, Period
from ledger.services.checks import check_now, run_requested_checks
from ledger.services.periods import create_periods, spans_of_year
from ledger.tests.factories import make_account, make_revaluation, make_wallet, transfer
from ledger.tests.tampering import behind_our_back
from ledger.types import Cycle, EntryStatus
from nexafi.approvals.models import Approval
from nexafi.console.tests.factories import console
from nexafi.core import clock
from nexafi.core.context import acting_as

pytestmark = pytest.mark.django_db
SENT = {"_form_submitted": "True"}
REASON = {"reason": "The month is complete.", **SENT}


@pytest.fixture
def accountant():
    return console("accountant")


def page(name, *arguments):
    return reverse(f"admin:ledger_{name}", args=arguments)


def act(client, name, *arguments, **data):
    """Send a dialog; what the page says after it."""
    answer = client.post(page(name, *arguments), data)
    return client.get(answer.headers["HX-Redirect"]).content.decode()


def test_a_year_is_laid_out_and_its_months_closed_by_the_checklist(accountant):
    year = clock.today().year - 1
    assert "Laid out" in act(accountant, "period_lay_out", year=year, by="month", **SENT)
    assert f"starts on {year + 1}-01-01" in act(accountant, "period_lay_out", year=year - 2, by="month", **SENT)
    first, second = Period.objects.all()[:2]
    cash, fees = make_account(), make_account("income")
    transfer(cash.id, fees.id, effective_date=first.ends)
    held = transfer(cash.id, fees.id, effective_date=first.ends, status=EntryStatus.PENDING)
    shown = accountant.get(page("period_change", first.pk)).content.decode()
    assert "Not ready" in shown
    assert page("journalentry_change", held.id) in shown
    assert "Post or void" in act(accountant, "period_close", first.pk, accept_warnings="on", **REASON)
    accountant.post(page("journalentry_void", held.id), REASON)
    assert "Ready, with warnings" in accountant.get(page("period_change", first.pk)).content.decode()
    assert "never checked" in act(accountant, "period_close", first.pk, **REASON)
    closed = act(accountant, "period_close", first.pk, accept_warnings="on", **REASON)
    assert "The period is closed" in closed
    assert f"Closing of {first.name} in USD" in closed
    assert "Close this period" not in accountant.get(page("period_change", first.pk)).content.decode()
    assert "waits for approval" in act(accountant, "period_reopen", first.pk, **REASON)
    assert (
        page("period_change", first.pk)
        in accountant.get(reverse("admin:approvals_approval_change", args=[Approval.objects.get().pk])).content.decode()
    )
    assert console("auditor").post(page("period_close", second.pk), REASON).status_code == 403


def test_a_check_is_started_followed_and_read_with_what_to_do():
    auditor = console("auditor")
    wallet = make_wallet(funded="10.00")
    assert "A worker will check" in act(auditor, "ledgercheck_check_now", **SENT)
    check = LedgerCheck.objects.get()
    address = page("ledgercheck_change", check.pk)
    assert 'http-equiv="refresh"' in auditor.get(address).content.decode()
    run_requested_checks()
    shown = auditor.get(address).content.decode()
    assert 'http-equiv="refresh"' not in shown
    assert auditor.user.email in shown
    assert "Holds" in shown
    behind_our_back(("UPDATE ledger_balance SET credits = credits + 1 WHERE account_id = %s", wallet.id))
    failed = check_now()
    shown = auditor.get(page("ledgercheck_change", failed.pk)).content.decode()
    assert "A balance is not the sum of its postings." in shown
    assert page("account_change", wallet.id) in shown
    assert "find out who wrote to the balance" in shown
    dashboard = auditor.get("/console/").content.decode()
    assert "2 faults found" in dashboard
    assert page("ledgercheck_change", failed.pk) in dashboard


def test_the_empty_pages_say_what_to_do():
    auditor = console("auditor")
    assert "No periods yet" in auditor.get(page("period_changelist")).content.decode()
    assert "never checked" in auditor.get(page("ledgercheck_changelist")).content.decode()
    create_periods(spans=spans_of_year(clock.today().year, Cycle.YEAR))
    shown = auditor.get(page("period_change", Period.objects.get().pk)).content.decode()
    assert "close it from the day after" in shown


def test_a_rate_is_recorded_as_it_is_typed_and_shown_with_the_name_of_who_did_it(accountant):
    today = clock.today().isoformat()
    assert "Recorded: EUR/USD 1.0845" in act(
        accountant, "exchangerate_record", base="eur", quote="Usd", rate="1.0845", valid_on=today, **REASON
    )
    recorded = ExchangeRate.objects.get(base="EUR", quote="USD")
    assert accountant.user.full_name in accountant.get(page("exchangerate_change", recorded.pk)).content.decode()
    refused = {"base": "E1", "quote": "USD", "rate": "1", "valid_on": today, **REASON}
    dialog = accountant.post(page("exchangerate_record"), refused).content.decode()
    assert "Three letters, such as EUR." in dialog


def test_a_file_of_the_ecb_is_imported_whole_or_not_at_all(accountant):
    def send(content, **more):
        return act(
            accountant, "exchangerate_import_file", file=SimpleUploadedFile("rates.csv", content), **more, **SENT
        )

    days = clock.today() - timedelta(days=3), clock.today() - timedelta(days=2)
    text = f"Date,USD,JPY,\n{days[1]},1.1000,160.00,\n{days[0]},1.0900,159.00,\n"
    assert f"2 days up to {days[1]}: 4 rates added, 0 corrected, 0 unchanged." in send(text.encode())
    assert (
        accountant.user.full_name
        in accountant.get(page("exchangerate_change", ExchangeRate.objects.first().pk)).content.decode()
    )
    assert "0 rates added, 0 corrected, 4 unchanged" in send(text.encode())
    jumped = text.replace("1.1000", "1.9000").encode()
    assert "USD 1.1" in send(jumped)
    assert ExchangeRate.objects.count() == 4
    assert "1 corrected" in send(jumped, force="on")
    for broken in (b"", b"Day,USD\n", b"PK\x03\x04", b"<rates/>", text.encode() + b"2999-01-01,1.1,160,\n"):
        assert "rates added" not in send(broken)
    assert ExchangeRate.objects.count() == 5


def test_only_who_records_rates_imports_them():
    auditor = console("auditor")
    address = page("exchangerate_import_file")
    assert auditor.get(address).status_code in (302, 403)
    assert address not in auditor.get(page("exchangerate_changelist")).content.decode()


def test_a_revaluation_shows_how_its_difference_came_about_and_offers_the_end_of_the_last_month(accountant):
    shown = accountant.get(page("revaluation_change", make_revaluation().pk)).content.decode()
    for part in ("Position", "100.00", "Worth", "111.72", "Carried at", "110.00", "Unrealised gain", "1.72"):
        assert part in shown
    month_end = clock.today().replace(day=1) - timedelta(days=1)
    assert f'value="{month_end}"' in accountant.get(page("revaluation_revalue")).content.decode()


def test_an_entry_without_a_description_is_listed_by_its_kind_and_its_author_is_a_name(accountant):
    with acting_as("user", str(accountant.user.pk)):
        entry = transfer(make_account("asset").id, make_account("income").id, "7.00", description="")
    assert ">Manual</a>" in accountant.get(page("journalentry_changelist")).content.decode()
    assert (
        f"<dd>{accountant.user.full_name}</dd>"
        in accountant.get(page("journalentry_change", entry.pk)).content.decode()
    )


@pytest.mark.skipif(connection.vendor != "postgresql", reason="Reads PostgreSQL's plans")
@pytest.mark.parametrize("kind", RARE_KINDS)
def test_entries_of_a_rare_kind_are_listed_without_walking_the_others(accountant, kind):
    accountant.get(page("journalentry_changelist"))
    with CaptureQueriesContext(connection) as captured:
        accountant.get(page("journalentry_changelist"), {"kind": kind})
    listed = [query["sql"] for query in captured if f"\"kind\" = '{kind}'" in query["sql"]]
    assert listed
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for statement in listed:
            cursor.execute("EXPLAIN " + statement.replace("%", "%%"))
            assert "entry_of_rare_kind" in str(cursor.fetchall()), statement
