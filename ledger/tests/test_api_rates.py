"""Exchange rates over HTTP and in the console."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.tests.factories import make_user, signed_in_client
from audit.models import UnsealedEvent
from ledger.models import ExchangeRate
from ledger.tests.factories import make_rates
from nexafi.console.tests.factories import console
from nexafi.core import clock

pytestmark = pytest.mark.django_db
URL = "/api/v1/exchange-rates"
FRIDAY = date(2026, 10, 30)
NEW = {"base": "USD", "quote": "NGN", "rate": "1482.5", "valid_on": "2026-10-30", "reason": "Central bank's fixing"}


@pytest.fixture
def customer():
    return signed_in_client(make_user("customer"))


@pytest.fixture
def accountant():
    return signed_in_client(make_user("accountant"))


def test_a_rate_is_quoted_as_of_a_date_with_its_source_and_path(customer):
    make_rates(FRIDAY, USD="1.1172", GBP="0.8338")
    for address in (URL, "/api/v1/multicurrency/exchange-rates"):
        answer = customer.get(address, {"base": "USD", "quote": "GBP", "on": "2026-11-01"})
        assert answer.status_code == 200
        assert answer.json()["results"] == [
            {
                "base": "USD", "quote": "GBP", "rate": "0.7463301109917651271034729681",
                "valid_on": "2026-10-30", "source": "ecb", "path": ["USD", "EUR", "GBP"],
            }
        ]  # fmt: skip


def test_without_a_quote_every_currency_is_listed_in_the_base_currency(customer):
    make_rates(clock.today(), USD="1.25", GBP="0.8338")
    rows = customer.get(URL).json()["results"]
    assert [(row["base"], row["quote"]) for row in rows] == [("USD", "EUR"), ("USD", "GBP")]
    assert rows[0]["rate"] == "0.8"
    assert customer.get(URL, {"source": "manual"}).json()["results"] == []


def test_no_rate_is_a_refusal_with_its_code(customer):
    make_rates(FRIDAY, USD="1.1172", BGN="1.9558")
    for pair in (("USD", "GBP"), ("BGN", "EUR")):
        answer = customer.get(URL, {"base": pair[0], "quote": pair[1], "on": "2026-10-30"})
        assert (answer.status_code, answer.json()["code"]) == (422, "rate_unavailable")
    for day in ("2026-11-04", "0001-01-01", "9999-12-31"):
        assert customer.get(URL, {"base": "USD", "quote": "EUR", "on": day}).status_code == 422


@pytest.mark.parametrize(
    "query", [{"base": "usd"}, {"base": "XXZ"}, {"on": "30.10.2026"}, {"source": "moon"}, {"pair": "EURUSD"}]
)
def test_a_query_that_makes_no_sense_is_refused(customer, query):
    answer = customer.get(URL, query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"/{next(iter(query))}"


def test_an_accountant_records_a_rate_with_its_reason_once(accountant):
    answers = [accountant.post(URL, NEW | {"rate": 1482.5}, headers={"Idempotency-Key": "rate-1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    row = ExchangeRate.objects.get()
    assert answers[1].json()["id"] == str(row.id)
    assert (row.source, row.rate, row.reason) == ("manual", Decimal("1482.5"), NEW["reason"])
    assert any(b"ledger.rate_recorded" in bytes(event.body) for event in UnsealedEvent.objects.all())
    quoted = accountant.get(URL, {"base": "NGN", "quote": "USD", "on": "2026-10-31"}).json()["results"][0]
    assert (quoted["source"], Decimal(quoted["rate"])) == ("manual", 1 / Decimal("1482.5"))


TOMORROW = (clock.today() + timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rate": "0"}, "invalid_rate"), ({"rate": "-1"}, "invalid_rate"), ({"rate": "1e3"}, "invalid_rate"),
        ({"rate": True}, "invalid_rate"), ({"rate": "NaN"}, "invalid_rate"), ({"rate": "1" * 13}, "invalid_rate"),
        ({"rate": [1]}, "invalid_rate"), ({"rate": "1." + "1" * 13}, "invalid_rate"), ({"rate": "٣"}, "invalid_rate"),
        ({"quote": "USD"}, "invalid_rate"), ({"quote": "HRK"}, "unknown_currency"), ({"base": 1}, "invalid"),
        ({"valid_on": TOMORROW}, "invalid_rate"), ({"reason": ""}, "blank"), ({"source": "ecb"}, "unknown_field"),
    ],
)  # fmt: skip
def test_a_rate_that_makes_no_sense_is_refused_where_it_is_wrong(accountant, change, code):
    answer = accountant.post(URL, NEW | change)
    assert answer.status_code == 400
    error = answer.json()["errors"][0]
    assert (error["code"], error["pointer"]) == (code, f"/{next(iter(change))}")
    assert not ExchangeRate.objects.exists()


def test_recorded_rates_are_listed_page_by_page(accountant):
    for n in range(5):
        make_rates(FRIDAY - timedelta(days=n), USD=f"1.1{n}", GBP="0.8")
    answer = accountant.get(f"{URL}/recorded", {"quote": "USD", "since": "2026-10-27", "page_size": 3}).json()
    days = [row["valid_on"] for row in answer["results"]]
    while answer["next"]:
        answer = accountant.get(answer["next"]).json()
        days += [row["valid_on"] for row in answer["results"]]
    assert days == ["2026-10-30", "2026-10-29", "2026-10-28", "2026-10-27"]


def test_the_console_shows_rates_their_age_and_takes_one_by_hand():
    make_rates(clock.today() - timedelta(days=6), USD="1.1172")
    page, record = reverse("admin:ledger_exchangerate_changelist"), reverse("admin:ledger_exchangerate_record")
    browser = console("accountant")
    form = {key: value for key, value in NEW.items() if key != "reason"} | {"_form_submitted": "True"}
    assert "at least 10 characters" in browser.post(record, form | {"reason": "short"}).content.decode()
    assert browser.post(record, form | {"reason": NEW["reason"]}).headers["HX-Redirect"] == page
    browser.post(record, form | {"reason": NEW["reason"], "base": "NGN"})
    listed = browser.get(page).content.decode()
    assert "Recorded: USD/NGN 1482.5" in listed
    assert "A currency has no rate in itself." in listed
    assert ExchangeRate.objects.filter(source="manual").count() == 1
    found = browser.get(page, {"q": "usd/ngn"}).content.decode()
    assert "USD/NGN" in found
    assert "EUR/USD" not in found
    cache.delete("ledger.newest_rates")
    assert "6 days" in browser.get("/console/").content.decode()
    assert console("auditor").post(record, form | {"reason": NEW["reason"]}).status_code == 403
