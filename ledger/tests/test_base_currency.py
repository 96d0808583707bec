"""The base currency is kept from the first exchange, revaluation or closing on."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.test import override_settings
from django.urls import reverse

from accounts.tests.factories import make_user, signed_in_client
from audit.services.seal import seal_pending
from ledger.exceptions import BaseCurrencyChanged, PeriodNotReady
from ledger.integrity import check_ledger
from ledger.models import Account, BaseCurrency, JournalEntry, Revaluation
from ledger.selectors.reports import REPORTS, read_report
from ledger.selectors.reports.asked import terms_of_day
from ledger.services.exchange import Exchange, post_exchange
from ledger.services.periods import close_period, create_periods, span_named
from ledger.services.revaluation import revalue
from ledger.tests.factories import make_account, make_rates, transfer
from ledger.tests.tampering import behind_our_back
from nexafi.console.tests.factories import console
from nexafi.core import clock
from nexafi.core.money import Money

pytestmark = pytest.mark.django_db
WHY = "Month end"
ELSEWHERE = override_settings(BASE_CURRENCY="GBP")


@pytest.fixture
def yesterday():
    day = clock.today() - timedelta(days=1)
    make_rates(day, USD="1.10", GBP="0.85")
    return day


def exchange(day):
    bank, till = make_account("asset", "EUR"), make_account("asset", "USD")
    return post_exchange(
        Exchange(Money.parse("100.00", "EUR"), Money.parse("110.00", "USD")), debit=bank.id, credit=till.id, on=day
    )


def earn(day, currency="USD"):
    cash, fees = make_account("asset", currency), make_account("income", currency, subtype="fees")
    return transfer(cash.id, fees.id, "10.00", currency, effective_date=day)


def close(day):
    (period,) = create_periods(spans=[span_named(day, day)])
    return close_period(period_id=period.id, reason=WHY, accept_warnings=True)


def revalue_euros(day):
    earn(day, "EUR")
    return revalue(on=day, reason=WHY)


def close_with_results(day):
    earn(day)
    return close(day)


@pytest.mark.parametrize("act", [exchange, revalue_euros, close_with_results])
def test_the_first_that_is_worked_out_in_it_settles_it(yesterday, act):
    assert not BaseCurrency.objects.exists()
    act(yesterday)
    assert BaseCurrency.objects.get().currency == "USD"
    assert check_ledger().holds
    seal_pending()
    assert check_ledger().holds


def test_what_does_not_depend_on_it_leaves_the_choice(yesterday):
    earn(yesterday - timedelta(days=1))
    transfer(make_account("asset").id, make_account("liability").id, effective_date=yesterday)
    revalue(on=yesterday - timedelta(days=2), reason=WHY)  # nothing is open
    with transaction.atomic():
        exchange(yesterday)
        transaction.set_rollback(True)
    assert not BaseCurrency.objects.exists()
    with ELSEWHERE:
        exchange(yesterday)
    assert BaseCurrency.objects.get().currency == "GBP"


@contextmanager
def unchanged_books():
    def books():
        return [model.objects.count() for model in (Account, JournalEntry, Revaluation)]

    before = books()
    yield
    assert books() == before


@pytest.fixture
def settled(yesterday):
    """Dollar books with something to exchange, revalue, close and convert."""
    exchange(yesterday)
    earn(yesterday)
    return yesterday


def test_with_another_setting_nothing_is_worked_out(settled):
    bank, till = make_account("asset", "EUR"), make_account("asset", "USD")
    deal = Exchange(Money.parse("1.00", "EUR"), Money.parse("1.00", "USD"))
    with ELSEWHERE, unchanged_books():
        with pytest.raises(BaseCurrencyChanged, match="kept in USD, BASE_CURRENCY is GBP"):
            post_exchange(deal, debit=bank.id, credit=till.id, on=settled)
        with pytest.raises(BaseCurrencyChanged):
            revalue(on=settled, reason=WHY)
        with pytest.raises(PeriodNotReady) as refused:
            close(settled)
    assert [error.code for error in refused.value.errors] == ["base_currency"]
    assert revalue(on=settled, reason=WHY).revalued


def test_with_another_setting_reports_are_read_but_not_converted(settled):
    spec = REPORTS["trial-balance"]
    with ELSEWHERE:
        assert read_report(spec.name, terms_of_day(spec, as_of=[settled])).is_balanced
        for name, currency in (("trial-balance", "EUR"), ("liquidity-coverage", "")):
            with pytest.raises(BaseCurrencyChanged):
                read_report(name, terms_of_day(REPORTS[name], as_of=[settled], currency=currency))
    assert read_report(spec.name, terms_of_day(spec, as_of=[settled], currency="EUR")).is_balanced


def test_over_http_it_is_a_503_with_its_code(settled):
    client, page = signed_in_client(make_user("accountant")), console("accountant")
    with ELSEWHERE:
        answers = [
            client.post("/api/v1/revaluations", {"on": settled.isoformat(), "reason": WHY}),
            client.get(f"/api/v1/reports/trial-balance?as_of={settled}&currency=EUR"),
        ]
        shown = page.get(reverse("admin:ledger_report", args=["trial-balance"]), {"currency": "EUR"})
        with pytest.raises(CommandError, match="set it back"):
            call_command("revalue", on=settled.isoformat(), reason=WHY)
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(503, "base_currency_changed")] * 2
    assert "The books are kept in USD" in shown.content.decode()


def errors():
    return [error.msg for error in run_checks(databases=["default"]) if error.id == "ledger.E001"]


def test_the_system_check_and_the_check_of_the_books_say_so(settled):
    assert errors() == []
    with ELSEWHERE:
        assert errors() == ["The books are kept in USD, BASE_CURRENCY is GBP: set it back."]
        assert [fault.check for fault in check_ledger().faults] == ["base_currency_changed"]


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize(
    "change", ["UPDATE ledger_basecurrency SET currency = 'GBP'", "DELETE FROM ledger_basecurrency"]
)
def test_a_base_currency_altered_in_the_database_is_located(settled, sealed, change):
    if sealed:
        seal_pending()
    behind_our_back((change,))
    with ELSEWHERE:
        assert [fault.check for fault in check_ledger().faults] == ["base_currency_altered"]


def test_a_base_currency_without_an_event_is_located():
    BaseCurrency.objects.create(currency="USD")
    assert [fault.check for fault in check_ledger().faults] == ["base_currency_altered"]


def test_the_database_keeps_the_one_row(settled):
    changes = [
        lambda: BaseCurrency.objects.update(currency="GBP"),
        lambda: BaseCurrency.objects.all()._raw_delete("default"),
        lambda: BaseCurrency.objects.create(currency="GBP"),
        lambda: BaseCurrency.objects.create(id=2, currency="GBP"),
    ]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert BaseCurrency.objects.get().currency == "USD"
