"""Periods: laid out without gaps, closed in order by a checklist, opened again by two people."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import DatabaseError, transaction

from accounts.tests.factories import make_user, signed_in_client
from audit.models import UnsealedEvent
from ledger.constants import CLOSING_KIND, SystemAccount
from ledger.exceptions import PeriodClosed, PeriodNotLast, PeriodNotReady
from ledger.models import Account, JournalEntry, LedgerCheck, Period
from ledger.selectors import balance_as_of, balance_of
from ledger.selectors.history import account_sums
from ledger.services.accounts import system_account
from ledger.services.drafts import save_draft
from ledger.services.periods import close_period, create_periods, reopen_period, spans_of_year
from ledger.services.revaluation import revalue
from ledger.tests.factories import make_account, make_rates, transfer
from ledger.types import Cycle, EntryDraft, EntryStatus
from nexafi.approvals.services import approve
from nexafi.core import clock
from nexafi.core.ids import uuid7
from nexafi.core.money import Money

pytestmark = pytest.mark.django_db
API = "/api/v1/periods"
NOON = datetime(2026, 4, 10, 12, tzinfo=UTC)
JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)
WHY = "The month is complete."


@pytest.fixture(autouse=True)
def _in_april():
    with clock.pinned(NOON):
        yield


@pytest.fixture
def client():
    return signed_in_client(make_user("accountant"))


@pytest.fixture
def months():
    """January to December 2026, the books checked."""
    note_check()
    return create_periods(spans=spans_of_year(2026, Cycle.MONTH))


def note_check(holds=True, at=NOON):
    fields = {"requested_by": "system", "status": "finished", "holds": holds, "finished_at": at}
    LedgerCheck.objects.create(**fields, fault_count=0 if holds else 3)


class Shop:
    """Accounts that earn and spend in a currency."""

    def __init__(self, currency="USD"):
        self.currency = currency
        self.cash, self.fees = make_account("asset", currency), make_account("income", currency)
        self.rent, self.tips = make_account("expense", currency), make_account("income", currency)

    def earn(self, amount, on, **changes):
        return transfer(self.cash.id, self.fees.id, amount, self.currency, effective_date=on, **changes)

    def spend(self, amount, on):
        return transfer(self.rent.id, self.cash.id, amount, self.currency, effective_date=on)

    @property
    def retained(self):
        return balance_of(system_account(SystemAccount.RETAINED_EARNINGS, self.currency).id).posted.amount


# --- laying out ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("by", "names"), [("month", 12), ("quarter", 4), ("year", 1)])
def test_a_year_is_laid_out_in_one_call_without_gaps(client, by, names):
    made = client.post(API, {"year": 2027, "by": by})
    assert made.status_code == 201
    rows = client.get(API).json()["results"]
    assert rows == made.json()["results"]
    assert len(rows) == names
    assert rows[0]["name"] == {"month": "2027-01", "quarter": "2027-Q1", "year": "2027"}[by]
    assert (rows[0]["starts"], rows[-1]["ends"]) == ("2027-01-01", "2027-12-31")
    dates = [(date.fromisoformat(row["starts"]), date.fromisoformat(row["ends"])) for row in rows]
    assert all(after[0] - before[1] == timedelta(days=1) for before, after in pairwise(dates))


def test_periods_follow_or_lead_up_to_those_that_are_there(client):
    assert client.post(API, {"year": 2026, "by": "quarter"}).status_code == 201
    for span in (("2027-01-02", "2027-01-31"), ("2026-12-01", "2027-01-31"), ("2025-12-01", "2025-12-30")):
        refused = client.post(API, {"starts": span[0], "ends": span[1]})
        assert (refused.status_code, refused.json()["code"]) == (409, "period_not_contiguous"), span
        assert "2027-01-01" in refused.json()["detail"]
    assert client.post(API, {"starts": "2025-12-01", "ends": "2025-12-31"}).json()["results"][0]["name"] == "2025-12"
    assert client.post(API, {"starts": "2027-01-01", "ends": "2027-01-10", "name": "Odd"}).status_code == 201
    assert client.post(API, {"starts": "2027-01-11", "ends": "2027-01-20", "name": "Odd"}).json()["code"] == (
        "duplicate_period"
    )
    assert Period.objects.count() == 6


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"starts": "2026-02-01", "ends": "2026-01-01"}, "/ends"),
        ({"year": 2062, "by": "month"}, "/starts"),
        ({"starts": "9999-01-01", "ends": "9999-12-31"}, "/starts"),
        ({"year": 2026}, ""),
        ({"year": 2026, "by": "week"}, "/by"),
        ({"starts": "2026-01-01", "ends": "2026-01-31", "by": "month"}, ""),
        ({}, ""),
    ],
)
def test_a_slip_in_the_dates_is_refused(client, body, pointer):
    refused = client.post(API, body)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert not Period.objects.exists()


# --- the checklist ---------------------------------------------------------------------------------------------------


def states(period):
    items = signed_in_client(make_user("auditor")).get(f"{API}/{period.id}").json()["checklist"]
    return {item["code"]: (item["state"], item["detail"]) for item in items}


def test_a_period_with_nothing_open_is_ready(months):
    shop = Shop()
    shop.earn("10.00", JANUARY)
    assert {state for state, _ in states(months[0]).values()} == {"ok"}


def test_the_checklist_names_what_is_open(months):
    shop = Shop()
    held = shop.earn("5.00", JANUARY, status=EntryStatus.PENDING)
    suspense = system_account(SystemAccount.SUSPENSE, "USD")
    transfer(shop.cash.id, suspense.id, "7.50", effective_date=JANUARY)
    shop.spend("1.00", JANUARY)
    Account.objects.filter(pk=shop.rent.pk).update(accepts_credits=False)
    draft = EntryDraft.transfer(debit=shop.cash.id, credit=shop.fees.id, amount=Money(1, "USD"))
    saved = save_draft(EntryDraft(lines=draft.lines, effective_date=JANUARY))
    save_draft(EntryDraft(lines=draft.lines, effective_date=FEBRUARY))
    note_check(holds=False)
    found = states(months[0])
    assert found["nothing_pending"] == ("blocking", f"Post or void what is dated up to 2026-01-31: {held.id}.")
    assert found["clearing_empty"] == ("warning", f"On 2026-01-31 {suspense.code} holds 7.50 USD.")
    assert found["no_drafts"] == ("warning", f"Post, discard or date anew: {saved.id}.")
    assert found["can_be_moved"][0] == "blocking"
    assert shop.rent.code in found["can_be_moved"][1]
    assert found["checked"][0] == "warning"
    assert "3 faults" in found["checked"][1]
    assert found["in_balance"][0] == found["earlier_closed"][0] == "ok"
    assert states(months[1])["earlier_closed"] == ("blocking", "Close first: 2026-01.")
    assert states(months[3])["period_over"][0] == "blocking"  # April is not over


def test_a_foreign_position_is_to_be_revalued_before_closing(months):
    shop = Shop("EUR")
    shop.earn("10.00", JANUARY)
    assert states(months[0])["revalued"][0] == "warning"
    assert "rate" in states(months[0])["revalued"][1]
    make_rates(JANUARY, USD="1.10")
    assert states(months[0])["revalued"] == ("warning", "Revalue EUR at 2026-01-31.")
    revalue(on=JANUARY, reason=WHY)
    assert states(months[0])["revalued"] == ("ok", "")
    close_period(period_id=months[0].id, reason=WHY)
    assert shop.retained == "10.00"


def test_an_old_check_does_not_count(months):
    with clock.pinned(NOON + timedelta(hours=40)):
        assert states(months[0])["checked"][0] == "warning"


def test_what_blocks_refuses_and_warnings_are_accepted_with_a_reason(client, months):
    LedgerCheck.objects.all().delete()
    shop = Shop()
    held = shop.earn("5.00", JANUARY, status=EntryStatus.PENDING)
    url = f"{API}/{months[0].id}/close"
    refused = client.post(url, {"reason": WHY, "accept_warnings": True}).json()
    assert (refused["status"], refused["code"]) == (409, "period_not_ready")
    assert [error["code"] for error in refused["errors"]] == ["nothing_pending"]
    client.post(f"/api/v1/journal-entries/{held.id}/void", {})
    refused = client.post(url, {"reason": WHY}).json()
    assert [(error["code"], error["pointer"]) for error in refused["errors"]] == [("checked", "/accept_warnings")]
    assert client.post(url, {"accept_warnings": True}).status_code == 400
    closed = client.post(url, {"reason": WHY, "accept_warnings": True})
    assert (closed.status_code, closed.json()["status"]) == (200, "closed")
    assert client.post(url, {"reason": WHY}).json()["code"] == "period_not_open"
    assert client.post(f"{API}/{uuid7()}/close", {"reason": WHY}).json()["code"] == "unknown_period"
    event = UnsealedEvent.objects.latest("id").body
    assert b"ledger.period_closed" in bytes(event)
    assert b'"accepted":["checked"]' in bytes(event)


# --- closing ---------------------------------------------------------------------------------------------------------


def test_closing_moves_earnings_to_retained_earnings_and_shuts_the_period(months):
    usd, eur = Shop(), Shop("EUR")
    usd.earn("100.00", JANUARY)
    usd.spend("30.00", JANUARY)
    usd.earn("5.00", FEBRUARY)
    eur.spend("8.00", date(2025, 12, 1))  # before any period: goes with the first
    period = close_period(period_id=months[0].id, reason=WHY, accept_warnings=True)
    entries = JournalEntry.objects.filter(pk__in=period.closing_entries)
    assert {(entry.kind, entry.effective_date) for entry in entries} == {(CLOSING_KIND, JANUARY)}
    assert len(entries) == 2
    assert (usd.retained, eur.retained) == ("70.00", "-8.00")
    assert [balance_as_of(account, JANUARY).minor for account in (usd.fees, usd.rent, eur.rent)] == [0, 0, 0]
    assert balance_of(usd.fees.id).posted.amount == "5.00"
    with_closing = account_sums(since=date(2026, 1, 1), until=JANUARY)
    without = account_sums(since=date(2026, 1, 1), until=JANUARY, without_closing=True)
    assert (with_closing[usd.fees.id].net, without[usd.fees.id].net) == (0, -10000)
    with pytest.raises(PeriodClosed):
        usd.earn("1.00", JANUARY)
    with pytest.raises(PeriodClosed):
        usd.earn("1.00", date(2025, 1, 1))
    usd.earn("1.00", FEBRUARY)
    close_period(period_id=months[1].id, reason=WHY, accept_warnings=True)
    assert usd.retained == "76.00"


def test_income_that_equals_expenses_leaves_retained_earnings_alone(months):
    shop = Shop()
    shop.earn("10.00", JANUARY)
    shop.spend("10.00", JANUARY)
    close_period(period_id=months[0].id, reason=WHY)
    assert balance_of(shop.fees.id).posted.minor == balance_of(shop.rent.id).posted.minor == 0
    assert shop.retained == "0.00"


def test_a_period_without_movement_closes_without_entries(months):
    assert close_period(period_id=months[0].id, reason=WHY).closing_entries == []


def test_more_accounts_than_an_entry_has_lines_are_closed_by_several(months, monkeypatch):
    monkeypatch.setattr("ledger.services.periods.MAX_LINES", 3)
    shop = Shop()
    shop.earn("10.00", JANUARY)
    shop.spend("4.00", JANUARY)
    transfer(shop.cash.id, shop.tips.id, "1.00", effective_date=JANUARY)
    assert len(close_period(period_id=months[0].id, reason=WHY).closing_entries) == 2
    assert shop.retained == "7.00"


def test_a_refused_closing_leaves_nothing_behind(months):
    shop = Shop()
    shop.earn("10.00", JANUARY)
    with pytest.raises(PeriodNotReady):
        close_period(period_id=months[1].id, reason=WHY)
    assert not JournalEntry.objects.filter(kind=CLOSING_KIND).exists()
    assert not Period.objects.filter(status="closed").exists()


def test_closing_entries_are_not_reversed_by_hand(client, months):
    Shop().earn("10.00", JANUARY)
    (entry,) = close_period(period_id=months[0].id, reason=WHY).closing_entries
    refused = client.post(f"/api/v1/journal-entries/{entry}/reverse", {"reason": "By hand."})
    assert (refused.status_code, refused.json()["code"]) == (409, "entry_owned_elsewhere")


# --- opening again ---------------------------------------------------------------------------------------------------


def test_a_second_person_opens_the_last_closed_period_again(client, months):
    shop = Shop()
    shop.earn("10.00", JANUARY)
    first, second = months[:2]
    close_period(period_id=first.id, reason=WHY)
    close_period(period_id=second.id, reason=WHY)
    refused = client.post(f"{API}/{first.id}/reopen", {"reason": "Not the last."})
    assert (refused.status_code, refused.json()["code"]) == (409, "period_not_last")
    for period in (second, first):
        asked = client.post(f"{API}/{period.id}/reopen", {"reason": "An invoice came late."})
        assert asked.status_code == 202
        assert client.get(f"{API}/{period.id}").json()["status"] == "closed"
        approve(approval_id=asked.json()["approval_id"], checker=make_user("accountant"), reason="Agreed.")
        assert client.get(f"{API}/{period.id}").json()["status"] == "open"
    assert shop.retained == "0.00"
    assert balance_as_of(shop.fees, JANUARY).amount == "10.00"
    shop.earn("2.00", JANUARY)
    close_period(period_id=first.id, reason=WHY)
    assert shop.retained == "12.00"
    assert account_sums(until=JANUARY, without_closing=True)[shop.fees.id].net == -1200


def test_what_was_approved_is_looked_at_again(months):
    for period in months[:2]:
        close_period(period_id=period.id, reason=WHY)
    with pytest.raises(PeriodNotLast):
        reopen_period(period_id=months[0].id, reason=WHY)


# --- what the database refuses -----------------------------------------------------------------------------------


def refused(**change):
    def run(period):
        with pytest.raises(DatabaseError, match=r"ledger_period|period_status_known"), transaction.atomic():
            Period.objects.filter(pk=period.pk).update(**change)

    return run


@pytest.mark.parametrize(
    ("position", "change"),
    [
        (0, {"starts": date(2025, 1, 1)}),
        (0, {"ends": date(2026, 1, 30)}),
        (3, {"name": "Else"}),
        (0, {"status": "open"}),  # closed, and not with its date
        (0, {"status": "open", "closed_at": None}),  # a later one is closed
        (3, {"status": "closed", "closed_at": NOON}),  # an earlier one is open
    ],
)
def test_a_period_is_not_altered_behind_the_service(months, position, change):
    for period in months[:2]:
        close_period(period_id=period.id, reason=WHY)
    refused(**change)(months[position])


def test_a_period_is_never_deleted(months):
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        Period.objects.filter(pk=months[0].pk).delete()
