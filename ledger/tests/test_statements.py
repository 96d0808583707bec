"""Past balances and statements over HTTP: what was believed when, pages, and files."""

import csv
from datetime import UTC, date, datetime
from io import BytesIO, StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from accounts.tests.factories import make_user, signed_in_client
from ledger import statement_files
from ledger.selectors import balance_of, statement
from ledger.services.fold import fold_postings
from ledger.tests.factories import make_account, make_wallet, transfer
from nexafi.core import clock

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture
def client():
    return signed_in_client(make_user("accountant"))


def on(day, debit, credit, amount, recorded=None, **changes):
    instant = datetime.fromisoformat(recorded or f"{day}T12:00:00+00:00")
    with clock.pinned(instant):
        return transfer(debit.id, credit.id, amount, effective_date=date.fromisoformat(day), **changes)


def rows_of(response):
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(StringIO(b"".join(response.streaming_content).decode(), newline="")))


def test_a_balance_as_of_a_day_and_as_it_was_known_at_an_instant(client):
    cash, wallet = make_account(), make_wallet()
    on("2026-03-02", cash, wallet, "10.00")
    on("2026-03-02", cash, wallet, "5.00", recorded="2026-04-03T09:00:00+00:00")  # backdated in April
    on("2026-05-01", cash, wallet, "1.00", recorded="2026-03-05T09:00:00+00:00")  # dated ahead in March
    balance = f"{API}/accounts/{wallet.id}/balance"
    for _ in range(2):
        for query, amount in {
            "as_of=2026-03-31": "15.00",
            "as_of=2026-03-31&known_at=2026-03-31T23:59:59Z": "10.00",
            "as_of=2026-03-31&known_at=2026-04-03T09:00:00Z": "15.00",
            "as_of=2026-03-31&known_at=2026-04-03T08:59:59.999999Z": "10.00",
            "as_of=2026-03-31&known_at=2026-04-03T11:00:00%2B02:00": "15.00",
            "known_at=2026-03-31T00:00:00Z": "11.00",
            "as_of=2026-03-31T00:00:00Z": "11.00",
            "as_of=2026-03-01": "0.00",
            "as_of=9999-12-31": "16.00",
        }.items():
            answer = client.get(f"{balance}?{query}").json()
            assert answer["balance"] == amount, (query, answer)
        fold_postings()
    both = client.get(f"{balance}?as_of=2026-03-31T00:00:00Z&known_at=2026-03-31T00:00:00Z")
    assert (both.status_code, both.json()["errors"][0]["pointer"]) == (400, "/as_of")
    assert client.get(f"{balance}?known_at=2026-03-31").status_code == 400
    assert client.get(f"{balance}?known_at=9999-12-31T23:59:59-12:00").status_code == 400
    now = client.get(balance).json()
    assert (now["balance"], now["known_at"], now["currency"]) == ("16.00", None, "USD")


def test_a_statement_as_csv_holds_the_whole_period_and_no_formulas(client):
    cash, wallet = make_account(), make_wallet(code="W-1", name="Ada")
    on("2026-03-01", cash, wallet, "10.00")
    on("2026-03-02", cash, wallet, "20.00", description="=HYPERLINK()", reference="-1+1")
    on("2026-03-03", wallet, cash, "7.50", description="Rent, März")
    on("2026-03-03", cash, wallet, "1.00", description="")
    on("2026-04-01", cash, wallet, "99.00")
    query = "from=2026-03-02&to=2026-03-31"
    response = client.get(f"{API}/accounts/{wallet.id}/statement?{query}&format=csv", HTTP_ACCEPT="text/csv")
    assert response["Content-Disposition"] == 'attachment; filename="statement-W-1-2026-03-02-2026-03-31.csv"'
    assert rows_of(response) == [
        ["Currency", "Date", "Text", "Reference", "Debit", "Credit", "Balance", "Row"],
        ["USD", "2026-03-02", "Opening balance", "", "", "", "10.00", "subtotal"],
        ["USD", "2026-03-02", "'=HYPERLINK()", "'-1+1", "", "20.00", "30.00", "line"],
        ["USD", "2026-03-03", "Rent, März", "", "7.50", "", "22.50", "line"],
        ["USD", "2026-03-03", cash.name, "", "", "1.00", "23.50", "line"],
        ["USD", "2026-03-31", "Closing balance", "", "7.50", "21.00", "23.50", "total"],
    ]
    page = client.get(f"{API}/accounts/{wallet.id}/statement?{query}&format=json").json()
    assert (page["opening_balance"], page["closing_balance"], page["results"][-1]["balance"]) == (
        "10.00",
        "23.50",
        "23.50",
    )


def test_a_statement_on_paper(client, settings):
    settings.INSTITUTION_NAME = "Bank of Ada"
    cash, wallet = make_account(), make_wallet(code="W-1", name="Ada <Lovelace>")
    for number in range(60):
        on("2026-03-02", cash, wallet, "10.00", description=f"Deposit {number} & more")
    response = client.get(f"{API}/accounts/{wallet.id}/statement?from=2026-03-01&to=2026-03-31&format=pdf")
    assert response["Content-Type"] == "application/pdf"
    pages = [page.extract_text() for page in PdfReader(BytesIO(b"".join(response.streaming_content))).pages]
    assert len(pages) == 2
    for expected in ("Bank of Ada", "Statement of account", "W-1 Ada <Lovelace>", "01 March 2026 to 31 March 2026"):
        assert expected in pages[0]
    assert "Page 1 of 2" in pages[0]
    assert "Deposit 59 & more" in pages[1]
    assert "600.00" in pages[1].split("Closing balance")[1]


def test_what_is_asked_wrongly_or_is_too_long_is_refused_clearly(client, monkeypatch):
    cash, wallet = make_account(), make_wallet()
    for _ in range(3):
        on("2026-03-02", cash, wallet, "10.00")
    url = f"{API}/accounts/{wallet.id}/statement"
    march = "from=2026-03-01&to=2026-03-31"
    monkeypatch.setitem(statement_files.STATEMENT_LINES, "csv", 3)
    monkeypatch.setitem(statement_files.STATEMENT_LINES, "pdf", 2)
    assert len(rows_of(client.get(f"{url}?{march}&format=csv"))) == 6
    long = client.get(f"{url}?{march}&format=pdf")
    assert (long.status_code, long.json()["code"]) == (422, "statement_too_long")
    assert client.get(f"{url}?{march}&format=xml").status_code == 400
    assert client.get(f"{url}?from=2026-03-02&to=2026-03-01").status_code == 400
    assert client.get(f"{url}?{march}&cursor=x").json()["code"] == "invalid_cursor"
    assert client.get(f"{url}?{march}", HTTP_ACCEPT="image/png").status_code == 406
    assert rows_of(client.get(f"{url}?to=0001-01-02&format=csv"))[1][6] == "0.00"
    assert client.get(f"{url}?from=0001-01-01&to=9999-12-31").json()["closing_balance"] == "30.00"


def test_pages_go_on_where_they_ended_also_within_one_busy_day():
    cash, wallet = make_account(), make_account("liability")
    for number in range(1, 8):
        on("2026-03-02", *((cash, wallet) if number % 3 else (wallet, cash)), f"{number}.00")
    read, place = [], None
    for _ in range(4):
        page = statement(wallet, since=date(2026, 3, 1), until=date(2026, 3, 2), after=place, size=2)
        read, place = [*read, *page.lines], page.next
    assert place is None
    assert [line.amount.amount for line in read] == ["1.00", "2.00", "-3.00", "4.00", "5.00", "-6.00", "7.00"]
    assert read[-1].balance == page.closing == balance_of(wallet.id).posted
    with CaptureQueriesContext(connection) as captured:
        statement(wallet, since=date(2026, 3, 1), until=date(2026, 3, 2), size=7)
    assert len(captured) <= 8  # the snapshot, two balances with the mark of each, two sides


def test_files_are_for_those_who_see_the_books(client):
    wallet = make_wallet()
    url = f"{API}/accounts/{wallet.id}/statement?format=csv"
    assert signed_in_client(make_user("customer")).get(url).status_code == 403
    with clock.pinned(datetime(2026, 3, 31, tzinfo=UTC)):
        assert rows_of(client.get(url))[1][:3] == ["USD", "2026-03-01", "Opening balance"]
