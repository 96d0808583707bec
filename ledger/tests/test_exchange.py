"""Exchange: every currency balances by itself, and the counter-value moves with the position."""

import random
from datetime import date
from decimal import Decimal

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from accounts.tests.factories import make_user, signed_in_client
from ledger.exceptions import InsufficientFunds, InvalidExchange, RateUnavailable
from ledger.models import Account
from ledger.selectors import balance_of, lines_of
from ledger.selectors.rates import Rate
from ledger.services.exchange import Exchange, post_exchange, priced
from ledger.tests.factories import make_account, make_rates, make_wallet
from ledger.types import Side
from nexafi.core.ids import uuid7
from nexafi.core.money import Money

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 30)


def usd(text):
    return Money.parse(text, "USD")


def eur(text):
    return Money.parse(text, "EUR")


def rate(base, quote, value):
    return Rate(base, quote, Decimal(value), DAY, "ecb", (base, quote))


def held(code):
    return balance_of(Account.objects.get(code=code).id).posted.amount


def test_a_customers_euros_become_dollars_less_spread_and_fee():
    euros, dollars = make_wallet("EUR", "1000.00"), make_wallet("USD")
    exchange = priced(eur("100.00"), rate("EUR", "USD", "1.0845"), markup_bps=50)
    assert (exchange.target, exchange.spread) == (usd("107.90"), usd("0.55"))  # of 108.45
    entry = post_exchange(
        Exchange(exchange.source, exchange.target, exchange.spread, fee=eur("0.35"), rate=exchange.rate),
        debit=euros.id, credit=dollars.id, on=DAY,
    )  # fmt: skip
    assert balance_of(euros.id).posted == eur("899.65")
    assert balance_of(dollars.id).posted == usd("107.90")
    assert (held("2400-EUR"), held("2410-USD-EUR")) == ("100.00", "-108.45")
    assert (held("4200-USD"), held("4100-EUR")) == ("0.55", "0.35")
    assert entry.metadata == {"exchange_rate": "1.0845", "rate_source": "ecb", "rate_of": "2026-10-30"}
    assert entry.effective_date == DAY


def test_dollars_become_euros_and_the_position_is_short():
    dollars, euros = make_wallet("USD", "500.00"), make_wallet("EUR")
    post_exchange(Exchange(usd("108.45"), eur("100.00")), debit=dollars.id, credit=euros.id)
    assert (held("2400-EUR"), held("2410-USD-EUR")) == ("-100.00", "108.45")


def test_two_foreign_currencies_meet_at_their_value_in_the_base_currency():
    make_rates(DAY, USD="1.10", GBP="0.85")
    euros, pounds = make_wallet("EUR", "1000.00"), make_wallet("GBP")
    exchange = Exchange(eur("100.00"), Money.parse("84.00", "GBP"), spread=Money.parse("1.00", "GBP"))
    post_exchange(exchange, debit=euros.id, credit=pounds.id, on=DAY)
    assert (held("2400-EUR"), held("2410-USD-EUR")) == ("100.00", "-110.00")
    assert (held("2400-GBP"), held("2410-USD-GBP")) == ("-85.00", "110.00")
    with pytest.raises(RateUnavailable):
        post_exchange(exchange, debit=euros.id, credit=pounds.id, on=date(2026, 9, 1))
    given_value = Exchange(exchange.source, exchange.target, base_value=usd("111.00"))
    post_exchange(given_value, debit=euros.id, credit=pounds.id, on=date(2026, 9, 1))
    assert held("2410-USD-EUR") == "-221.00"


def test_nothing_is_written_when_the_wallet_cannot_pay_or_the_exchange_makes_no_sense():
    euros, dollars = make_wallet("EUR", "10.00"), make_wallet("USD")
    with pytest.raises(InsufficientFunds):
        post_exchange(Exchange(eur("100.00"), usd("108.00")), debit=euros.id, credit=dollars.id)
    assert not Account.objects.filter(code__startswith="2410").exists()
    for wrong in (
        Exchange(eur("1.00"), eur("1.00")),
        Exchange(eur("1.00"), usd("0.00")),
        Exchange(eur("1.00"), usd("1.00"), spread=eur("0.10")),
        Exchange(eur("1.00"), usd("1.00"), spread=usd("-0.10")),
        Exchange(eur("1.00"), usd("1.00"), fee=usd("0.10")),
        Exchange(eur("1.00"), usd("1.00"), base_value=eur("1.00")),
    ):
        with pytest.raises(InvalidExchange):
            post_exchange(wrong, debit=euros.id, credit=dollars.id)
    assert balance_of(euros.id).posted == eur("10.00")


AMOUNTS = st.integers(1, 10**9)


@given(st.data(), AMOUNTS, st.decimals("0.001", "2000", places=4), st.integers(0, 500))
def test_the_price_never_gives_more_than_the_middle_value(data, minor, value, markup):
    source, target = data.draw(st.permutations(("EUR", "USD", "JPY", "KWD")))[:2]
    exchange = priced(Money(minor, source), rate(source, target, value), markup_bps=markup)
    middle = exchange.rate.convert(exchange.source, "ROUND_CEILING").decimal
    assert exchange.target.minor >= 0
    assert exchange.spread.minor >= 0
    assert exchange.target.decimal + exchange.spread.decimal <= middle
    assert exchange.target.decimal <= Money(minor, source).decimal * value * (10_000 - markup) / 10_000


@override_settings(BASE_CURRENCY="USD")
@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_exchanged_every_currency_of_an_entry_balances(seed):
    rng = random.Random(seed)
    make_rates(DAY, USD="1.10", JPY="170", KWD="0.33")
    accounts = {code: make_account("asset", code) for code in ("EUR", "USD", "JPY", "KWD")}
    for _ in range(12):
        source, target = rng.sample(sorted(accounts), 2)
        exchange = Exchange(
            Money(rng.randint(1, 10**6), source), Money(rng.randint(1, 10**6), target),
            spread=Money(rng.choice((0, 7)), target), fee=Money(rng.choice((0, 3)), source),
        )  # fmt: skip
        entry = post_exchange(exchange, debit=accounts[source].id, credit=accounts[target].id, on=DAY)
        sums = {}
        for line in lines_of(entry):
            sign = 1 if line.side is Side.DEBIT else -1
            sums[line.amount.currency] = sums.get(line.amount.currency, 0) + sign * line.amount.minor
        assert set(sums.values()) == {0}
    roles = Account.objects.filter(code__startswith="2400")
    assert {account.currency for account in roles} <= {"EUR", "JPY", "KWD"}


# --- by hand, over HTTP --------------------------------------------------------------------------------------------

URL = "/api/v1/exchanges"


def test_an_accountant_posts_a_foreign_invoice_and_reverses_it_like_any_entry():
    client = signed_in_client(make_user("accountant"))
    receivable, income = make_account("asset", "EUR", subtype="receivable"), make_account("income", "USD")
    body = {
        "debit_account_id": str(receivable.id), "credit_account_id": str(income.id), "source_amount": "100.00",
        "target_amount": "108.45", "description": "Invoice 17", "reference_number": "17", "entry_date": "2026-10-30",
    }  # fmt: skip
    answer = client.post(URL, body, headers={"Idempotency-Key": "invoice-17"})
    assert answer.status_code == 201
    assert (answer.json()["kind"], answer.json()["entry_date"]) == ("manual", "2026-10-30")
    assert answer.json()["metadata"] == {"exchange_rate": "1.0845"}
    assert client.post(URL, body, headers={"Idempotency-Key": "invoice-17"}).json()["id"] == answer.json()["id"]
    assert (held("2400-EUR"), held("2410-USD-EUR")) == ("100.00", "-108.45")
    reversal = client.post(f"/api/v1/journal-entries/{answer.json()['id']}/reverse", {"reason": "Wrong customer"})
    assert reversal.status_code == 202


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"source_amount": "1.005"}, 400, "invalid_amount"), ({"target_amount": "0"}, 400, "not_positive"),
        ({"source_amount": "-1"}, 400, "not_positive"), ({"debit_account_id": None}, 400, "null"),
        ({"debit_account_id": str(uuid7())}, 400, "unknown_account"), ({"rate": "1"}, 400, "unknown_field"),
    ],
)  # fmt: skip
def test_an_exchange_that_makes_no_sense_is_refused_where_it_is_wrong(change, status, code):
    client = signed_in_client(make_user("accountant"))
    accounts = make_account("asset", "EUR"), make_account("asset", "USD")
    body = {"debit_account_id": str(accounts[0].id), "credit_account_id": str(accounts[1].id),
            "source_amount": "1.00", "target_amount": "1.08", "description": "x"}  # fmt: skip
    answer = client.post(URL, body | change, headers={"Idempotency-Key": "k"})
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["code"], error["pointer"]) == (status, code, f"/{next(iter(change))}")


def test_one_currency_is_no_exchange():
    client = signed_in_client(make_user("accountant"))
    accounts = make_account("asset", "EUR"), make_account("asset", "EUR")
    body = {"debit_account_id": str(accounts[0].id), "credit_account_id": str(accounts[1].id),
            "source_amount": "1.00", "target_amount": "1.00", "description": "x"}  # fmt: skip
    answer = client.post(URL, body, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_exchange")
