"""Revaluation: what foreign balances are worth, realised and unrealised apart, the same total by whatever path."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.tests.factories import make_user, signed_in_client
from audit.models import UnsealedEvent
from ledger.checklist import checklist
from ledger.exceptions import PeriodClosed, RateUnavailable, RevaluationOutOfOrder, RevaluationTooEarly
from ledger.integrity import check_ledger
from ledger.models import Account, JournalEntry, Revaluation
from ledger.selectors.history import account_sums
from ledger.selectors.positions import Flow, open_positions
from ledger.services.exchange import Exchange, post_exchange
from ledger.services.fold import fold_postings
from ledger.services.periods import close_period, create_periods, span_named
from ledger.services.revaluation import revalue
from ledger.tests.factories import make_account, make_rates, make_wallet, transfer
from nexafi.console.tests.factories import console
from nexafi.core import clock
from nexafi.core.money import Money

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
INVOICED, CLOSE, PAID = date(2026, 3, 10), date(2026, 3, 31), date(2026, 4, 14)
USD_388 = Money.parse("388.00", "USD")


@pytest.fixture
def rupees(settings):
    settings.BASE_CURRENCY = "INR"


def inr(text):
    return Money.parse(text, "INR")


def results(until=None):
    """Income less expenses of exchange differences in the base currency, by (realised, unrealised)."""
    accounts = {a.id: a.subtype for a in Account.objects.filter(subtype__in=["fx", "fx_unrealised"])}
    sums = account_sums(until=until, account_ids=list(accounts))
    totals = {"fx": 0, "fx_unrealised": 0}
    for account_id, each in sums.items():
        totals[accounts[account_id]] -= each.net
    return totals["fx"], totals["fx_unrealised"]


def rate_of_dollar(day, value):
    make_rates(day, source="manual", base="USD", INR=value)


def sell_and_collect(*revalued_on):
    """USD 388 invoiced at 94.39 and paid at 94.125, with revaluations between and one after."""
    receivable, bank = make_account("asset", "USD", subtype="receivable"), make_account("asset", "INR", subtype="cash")
    income = make_account("income", "INR", subtype="revenue")
    post_exchange(Exchange(USD_388, inr("36623.32")), debit=receivable.id, credit=income.id, on=INVOICED)
    rows = [revalue(on=day, reason="Month end").revalued for day in revalued_on]
    post_exchange(Exchange(inr("36520.50"), USD_388), debit=bank.id, credit=receivable.id, on=PAID)
    return rows


def buy_and_pay(*revalued_on):
    """The same as a payable."""
    payable, bank = make_account("liability", "USD", subtype="payable"), make_account("asset", "INR", subtype="cash")
    costs = make_account("expense", "INR", subtype="technology")
    post_exchange(Exchange(inr("36623.32"), USD_388), debit=costs.id, credit=payable.id, on=INVOICED)
    rows = [revalue(on=day, reason="Month end").revalued for day in revalued_on]
    post_exchange(Exchange(USD_388, inr("36520.50")), debit=payable.id, credit=bank.id, on=PAID)
    return rows


@pytest.mark.usefixtures("rupees")
@pytest.mark.parametrize(("deal", "sign"), [(sell_and_collect, 1), (buy_and_pay, -1)])
@pytest.mark.parametrize("days", [(), (CLOSE,), (INVOICED, CLOSE), (CLOSE, CLOSE + DAY, CLOSE + 5 * DAY)])
def test_the_total_result_is_that_of_the_rates_by_whatever_path(deal, sign, days):
    for day in {INVOICED, CLOSE, CLOSE + DAY, CLOSE + 5 * DAY}:
        rate_of_dollar(day, "93.9325")
    deal(*days)
    revalue(on=PAID, reason="After payment")
    assert results() == (-10282 * sign, 0)
    assert not open_positions(PAID + DAY)


@pytest.mark.usefixtures("rupees")
def test_a_month_end_shows_the_unrealised_loss_and_the_day_after_takes_it_back():
    rate_of_dollar(CLOSE, "93.9325")
    [[row]] = sell_and_collect(CLOSE)
    assert (row.position, row.carrying, row.value, row.difference, row.realised) == (
        38800, 3662332, 3644581, -17751, 0)  # fmt: skip
    assert (row.rate, row.rate_source, row.rate_of) == (Decimal("93.9325"), "manual", CLOSE)
    assert results(until=CLOSE - DAY) == (0, 0)
    assert results(until=CLOSE) == (0, -17751)
    assert results(until=CLOSE + DAY) == (0, 0)
    assert row.reversal.reverses_id == row.entry_id
    assert (row.entry.effective_date, row.reversal.effective_date) == (CLOSE, CLOSE + DAY)
    kinds = set(JournalEntry.objects.exclude(kind="exchange").values_list("kind", flat=True))
    assert kinds == {"revaluation", "revaluation_reversal"}
    assert any(b"ledger.revalued" in bytes(event.body) for event in UnsealedEvent.objects.all())
    assert not check_ledger().faults


def test_a_movement_of_the_closing_day_counts_and_one_of_the_day_after_does_not():
    make_rates(CLOSE - DAY, USD="1.20")
    bank, cash = make_account("asset", "EUR"), make_account("asset", "USD")
    for day, amount in ((CLOSE, "100.00"), (CLOSE + DAY, "7.00")):
        euros = Money.parse(amount, "EUR")
        post_exchange(Exchange(euros, Money(euros.minor, "USD")), debit=bank.id, credit=cash.id, on=day)
    [row] = revalue(on=CLOSE, reason="Month end").revalued
    assert (row.position, row.carrying, row.value, row.rate_of) == (10000, 10000, 12000, CLOSE - DAY)


def test_a_month_end_on_a_weekend_is_valued_at_fridays_rate():
    saturday = date(2026, 10, 31)
    make_rates(saturday - DAY, USD="1.1172")
    wallet, cash = make_wallet("EUR", "50.00"), make_account("asset", "USD")
    post_exchange(Exchange(Money(5000, "EUR"), Money(5500, "USD")), debit=wallet.id, credit=cash.id, on=saturday)
    [row] = revalue(on=saturday, reason="Month end").revalued
    assert (row.rate_of, row.difference) == (saturday - DAY, 86)


def test_a_dead_currency_is_left_out_and_said_so_while_others_are_revalued():
    day = date(2026, 1, 1)
    make_rates(day - DAY, USD="1.1750", BGN="1.9558", GBP="0.87")
    cash = make_account("asset", "USD")
    for code in ("BGN", "GBP"):
        lot = Exchange(Money(10000, code), Money(6000, "USD"))
        post_exchange(
            lot, debit=make_account("asset", code).id if code == "GBP" else _old(code), credit=cash.id, on=day
        )
    done = revalue(on=day, reason="Year end")
    assert [row.currency for row in done.revalued] == ["GBP"]
    assert "withdrawn" in done.missing["BGN"]


def _old(code):
    """An account from when the currency was money, as that of its position."""
    for name, type, more in (("cash", "asset", {}), ("position", "liability", {"role": "fx_position"})):
        made = Account(code=f"{name}-{code}", name="Old", type=type, currency=code, path=f"{name}-{code}/", **more)
        made.subtype = "fx_position" if more else ""
        made.save()
    return Account.objects.get(code=f"cash-{code}").id


def test_a_currency_whose_rate_comes_later_is_done_by_the_next_call_and_nothing_twice():
    make_rates(CLOSE, USD="1.20")
    cash = make_account("asset", "USD")
    for code in ("EUR", "NGN"):
        post_exchange(
            Exchange(Money(10000, code), Money(100, "USD")),
            debit=make_account("asset", code).id,
            credit=cash.id,
            on=CLOSE,
        )
    first = revalue(on=CLOSE, reason="Month end")
    assert ([row.currency for row in first.revalued], list(first.missing)) == (["EUR"], ["NGN"])
    make_rates(CLOSE, source="manual", base="USD", NGN="1500")
    entries = JournalEntry.objects.count()
    second, third = revalue(on=CLOSE, reason="Month end"), revalue(on=CLOSE, reason="Month end")
    assert [row.currency for row in second.revalued] == ["EUR", "NGN"]
    assert [row.pk for row in third.revalued] == [row.pk for row in second.revalued]
    assert JournalEntry.objects.count() == entries + 2


def test_fees_in_a_foreign_currency_are_monetary_and_kept_at_the_rate_of_their_day():
    make_rates(CLOSE - 2 * DAY, USD="1.10")
    make_rates(CLOSE, USD="1.20")
    wallet, fees = make_wallet("EUR", "100.00"), make_account("income", "EUR", subtype="fees")
    transfer(wallet.id, fees.id, "10.00", "EUR", effective_date=CLOSE - 2 * DAY)
    fold_postings()
    transfer(wallet.id, fees.id, "5.00", "EUR", effective_date=CLOSE)
    [row] = revalue(on=CLOSE, reason="Month end").revalued
    assert (row.position, row.carrying, row.value) == (1500, 1100 + 600, 1800)


def test_what_is_not_monetary_stays_at_its_historic_rate():
    make_rates(CLOSE - 2 * DAY, USD="1.10")
    make_rates(CLOSE, USD="1.20")
    bank, cash = make_account("asset", "EUR", subtype="cash"), make_account("asset", "USD")
    machine = make_account("asset", "EUR", subtype="fixed_asset")
    lot = Exchange(Money(10000, "EUR"), Money(10500, "USD"))
    post_exchange(lot, debit=bank.id, credit=cash.id, on=CLOSE - 3 * DAY)
    transfer(machine.id, bank.id, "60.00", "EUR", effective_date=CLOSE - 2 * DAY)
    [row] = revalue(on=CLOSE, reason="Month end").revalued
    assert (row.position, row.carrying, row.value) == (4000, 4200, 4800)  # 40.00 of the lot is left, at 1.05
    assert row.realised == 300  # 60.00 bought at 1.05 were spent when they were worth 1.10


def test_customers_money_that_is_covered_is_no_position():
    make_wallet("EUR", "1000.00")
    make_rates(CLOSE, USD="1.20")
    assert revalue(on=CLOSE, reason="Month end").revalued == []


def test_only_a_day_that_is_over_is_revalued_and_only_in_order():
    make_rates(CLOSE, USD="1.20")
    with pytest.raises(RevaluationTooEarly):
        revalue(on=clock.today(), reason="Too early")
    bank, cash = make_account("asset", "EUR"), make_account("asset", "USD")
    lot = Exchange(Money(10000, "EUR"), Money(11000, "USD"))
    post_exchange(lot, debit=bank.id, credit=cash.id, on=CLOSE - 40 * DAY)
    revalue(on=CLOSE, reason="Month end")
    with pytest.raises(RevaluationOutOfOrder):
        revalue(on=CLOSE - 20 * DAY, reason="Forgotten")


def test_a_refusal_leaves_nothing_behind_and_a_gap_of_one_currency_only_that_one():
    bank, cash = make_account("asset", "EUR"), make_account("asset", "USD")
    lot = Exchange(Money(10000, "EUR"), Money(11000, "USD"))
    post_exchange(lot, debit=bank.id, credit=cash.id, on=CLOSE)
    make_rates(CLOSE, USD="1.20")
    transfer(make_account("expense", "EUR").id, bank.id, "1.00", "EUR", effective_date=CLOSE - 30 * DAY)
    gap = revalue(on=CLOSE, reason="Month end")
    assert (gap.revalued, gap.missing) == ([], {"EUR": "There is no rate of EUR in USD for 2026-03-01."})
    with pytest.raises(RateUnavailable):
        open_positions(CLOSE)
    make_rates(CLOSE - 30 * DAY, USD="1.20")
    [march] = create_periods(spans=[span_named(date(2026, 3, 1), CLOSE)])
    close_period(period_id=march.id, reason="Month end", accept_warnings=True)
    with pytest.raises(PeriodClosed):
        revalue(on=CLOSE, reason="Month end")
    assert JournalEntry.objects.filter(kind="revaluation").count() == Revaluation.objects.count() == 0


def test_a_revaluation_is_never_changed():
    make_rates(CLOSE, USD="1.20")
    bank, cash = make_account("asset", "EUR"), make_account("asset", "USD")
    lot = Exchange(Money(10000, "EUR"), Money(11000, "USD"))
    post_exchange(lot, debit=bank.id, credit=cash.id, on=CLOSE)
    revalue(on=CLOSE, reason="Month end")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Revaluation.objects.update(realised=1)


# --- properties --------------------------------------------------------------------------------------------------

TRADES = st.lists(st.tuples(st.integers(-50_000, 50_000).filter(bool), st.integers(5_000, 20_000)), max_size=12)


@given(TRADES, st.integers(5_000, 20_000), st.sets(st.integers(0, 11)))
def test_realised_and_unrealised_add_up_to_the_same_total_wherever_it_is_cut(trades, closing, cuts):
    """Prices are in 1/100 of the base's minor unit; a cut realises what is closed, as a revaluation does."""
    flow, realised = Flow(), 0
    for number, (amount, price) in enumerate(trades):
        if number in cuts:
            realised += flow.realised
            flow = Flow(open=flow.position, open_value=flow.carrying)
        flow = flow.moved(amount, amount * price)
    realised += flow.realised
    unrealised = flow.position * closing - flow.carrying
    assert realised + unrealised == sum(amount * (closing - price) for amount, price in trades)
    if not flow.position:
        assert unrealised == 0


@given(TRADES)
def test_a_position_is_carried_between_the_lowest_and_the_highest_price_that_made_it(trades):
    flow = Flow()
    for amount, price in trades:
        flow = flow.moved(amount, amount * price)
    if flow.position:
        prices = [price for amount, price in trades if (amount > 0) == (flow.position > 0)]
        assert min(prices) * abs(flow.position) <= abs(flow.carrying) <= max(prices) * abs(flow.position)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    trades=st.lists(
        st.tuples(st.sampled_from(("EUR", "GBP")), st.booleans(), st.integers(100, 90_000), st.integers(0, 9)),
        min_size=1, max_size=6,
    ),
    runs=st.sets(st.integers(0, 9), max_size=3),
)  # fmt: skip
def test_the_books_show_the_same_total_whatever_days_are_revalued(trades, runs):
    with transaction.atomic():
        _check_total(trades, runs)
        transaction.set_rollback(True)


def _check_total(trades, runs):
    start = date(2026, 5, 4)
    for number in range(11):
        make_rates(start + number * DAY, USD=f"1.{10 + number}", GBP=f"0.{80 + number % 3}")
    cash, expected = make_account("asset", "USD"), 0
    accounts = {code: make_account("asset", code) for code in ("EUR", "GBP")}
    for code, buys, minor, number in sorted(trades, key=lambda trade: trade[3]):
        for day in sorted(day for day in runs if day < number):
            revalue(on=start + day * DAY, reason="Between")
            runs = runs - {day}
        dollars = Money(minor + minor // 7, "USD")
        sides = (accounts[code], cash) if buys else (cash, accounts[code])
        amounts = (Money(minor, code), dollars) if buys else (dollars, Money(minor, code))
        post_exchange(Exchange(*amounts), debit=sides[0].id, credit=sides[1].id, on=start + number * DAY)
        expected += -dollars.minor if buys else dollars.minor
    end = start + 10 * DAY
    revalue(on=end, reason="End")
    values = {row.currency: row.value for row in Revaluation.objects.filter(on=end)}
    assert sum(results(until=end)) == expected + sum(values.values())
    assert results(until=end)[1] == sum(row.difference for row in Revaluation.objects.filter(on=end))
    assert results(until=end + DAY)[1] == 0


# --- from outside ------------------------------------------------------------------------------------------------

URL = "/api/v1/revaluations"


@pytest.fixture
def lot():
    make_rates(CLOSE, USD="1.20")
    bank, cash = make_account("asset", "EUR"), make_account("asset", "USD")
    post_exchange(Exchange(Money(10000, "EUR"), Money(11000, "USD")), debit=bank.id, credit=cash.id, on=CLOSE)


@pytest.mark.usefixtures("lot")
def test_an_accountant_revalues_over_http_once_per_day():
    client = signed_in_client(make_user("accountant"))
    body = {"on": CLOSE.isoformat(), "reason": "Month end"}
    answers = [client.post(URL, body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    [row] = answers[1].json()["revalued"]
    assert row == answers[0].json()["revalued"][0]
    shown = ("currency", "position", "carrying_amount", "value_amount", "unrealised_amount", "realised_amount")
    assert [row[name] for name in shown] == ["EUR", "100.00", "110.00", "120.00", "10.00", "0.00"]
    entry = client.get(f"/api/v1/journal-entries/{row['entry_id']}").json()
    assert (entry["kind"], entry["entry_date"]) == ("revaluation", "2026-03-31")
    assert client.get(URL, {"currency": "EUR", "on": "2026-03-31"}).json()["results"] == [row]
    assert client.get(URL, {"currency": "GBP"}).json()["results"] == []
    today = client.post(URL, body | {"on": clock.today().isoformat()})
    assert (today.status_code, today.json()["code"]) == (422, "revaluation_too_early")
    earlier = client.post(URL, body | {"on": "2026-03-30"})
    assert (earlier.status_code, earlier.json()["code"]) == (409, "revaluation_out_of_order")


@pytest.mark.usefixtures("lot")
def test_an_operator_revalues_and_is_told_what_lacks_a_rate(capsys):
    naira, cash = make_account("asset", "NGN"), make_account("asset", "USD")
    lot = Exchange(Money(150000, "NGN"), Money(100, "USD"))
    post_exchange(lot, debit=naira.id, credit=cash.id, on=CLOSE)
    with pytest.raises(CommandError, match="NGN") as missing:
        call_command("revalue", "--on", "2026-03-31", "--json")
    assert missing.value.returncode == 3
    assert [row["currency"] for row in json.loads(capsys.readouterr().out)["revalued"]] == ["EUR"]
    make_rates(CLOSE, source="manual", base="USD", NGN="1500")
    call_command("revalue", "--on", "2026-03-31")
    assert "EUR 100.00: carried at 110.00, worth 120.00 USD; unrealised 10.00" in capsys.readouterr().out
    for day in ("2026-13-01", "tomorrow", clock.today().isoformat()):
        with pytest.raises(CommandError):
            call_command("revalue", "--on", day)


@pytest.mark.usefixtures("lot")
def test_the_console_shows_revaluations_and_a_period_asks_for_one():
    [march] = create_periods(spans=[span_named(date(2026, 3, 1), CLOSE)])

    def item():
        return next(each for each in checklist(march) if each.code == "revalued")

    assert (item().state, item().detail) == ("warning", "Revalue EUR at 2026-03-31.")
    browser, page = console("accountant"), reverse("admin:ledger_revaluation_changelist")
    form = {"on": "2026-03-31", "reason": "End of March 2026", "_form_submitted": "True"}
    browser.post(reverse("admin:ledger_revaluation_revalue"), form)
    listed = browser.get(page).content.decode()
    assert "Revalued on 2026-03-31: EUR." in listed
    assert "110.00" in listed
    assert item().state == "ok"
    row = Revaluation.objects.get()
    shown = browser.get(reverse("admin:ledger_revaluation_change", args=[row.pk])).content.decode()
    assert reverse("admin:ledger_journalentry_change", args=[row.entry_id]) in shown
    assert console("auditor").post(reverse("admin:ledger_revaluation_revalue"), form).status_code == 403
