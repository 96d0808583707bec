"""Reports over HTTP, in the console and from the command line."""

import csv
import json
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from accounts.tests.factories import make_user, signed_in_client
from ledger.models import Account, JournalEntry
from ledger.selectors.reports import REPORTS
from ledger.tests.books import make_books

pytestmark = pytest.mark.django_db
API = "/api/v1/reports"
QUARTER = "from=2026-01-01&to=2026-03-31"


@pytest.fixture
def accountant() -> Any:
    return signed_in_client(make_user("accountant"))


def query_of(name: str) -> str:
    return QUARTER if REPORTS[name].of_period else "as_of=2026-03-31"


def test_json_names_totals_lines_accounts_and_columns(accountant: Any) -> None:
    accounts = make_books()
    report = accountant.get(f"{API}/balance-sheet?as_of=2026-03-31&compare=previous_year").json()
    assert (report["as_of"], report["from"], report["currency"]) == ("2026-03-31", None, None)
    assert report["is_balanced"] is True
    assert report["totals"][0]["total_assets"] == "135800.00"
    section = report["sections"][0]
    assert [column["key"] for column in section["columns"]] == ["2026-03-31", "2025-03-31"]
    bank = next(line for line in section["lines"] if line["account_code"] == "1100")
    assert bank["account_id"] == str(accounts["1100"].id)
    assert bank["figures"] == {"2026-03-31": "99300.00", "2025-03-31": "0.00"}
    total = next(line for line in section["lines"] if line["key"] == "total_assets")
    assert (total["kind"], total["level"]) == ("total", 0)


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_report_comes_in_every_format(accountant: Any, name: str) -> None:
    make_books()
    body = accountant.get(f"{API}/{name}?{query_of(name)}").json()
    assert body["report"] == name
    files = {
        format: accountant.get(f"{API}/{name}?{query_of(name)}&format={format}") for format in ("csv", "xlsx", "pdf")
    }
    for format, response in files.items():
        assert response.status_code == 200
        dates = "2026-01-01-2026-03-31" if REPORTS[name].of_period else "2026-03-31"
        assert response["Content-Disposition"] == f'attachment; filename="{name}-{dates}.{format}"'
    rows = list(csv.DictReader(StringIO(files["csv"].content.decode())))
    assert all(row["Row"] for row in rows)
    assert load_workbook(BytesIO(files["xlsx"].content)).sheetnames
    text = PdfReader(BytesIO(files["pdf"].content)).pages[0].extract_text()
    assert body["title"] in text
    assert "example.com" in text  # by whom


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("income-statement?from=2026-02-01&to=2026-01-01", "/from"),
        ("income-statement?from=2026-02-30", "/from"),
        ("cash-flow?from=1800-01-01", "/from"),
        ("cash-flow?to=3999-01-01", "/to"),
        ("cash-flow?from=2000-01-01&to=2026-01-01&currency=USD", "/from"),
        ("balance-sheet?as_of=2026-1-1", "/as_of"),
        ("balance-sheet?as_of=2026-01-01,2026-01-01", "/as_of"),
        ("balance-sheet?as_of=2026-01-01,2025-01-01&compare=previous_year", "/as_of"),
        ("balance-sheet?compare=last_week", "/compare"),
        ("balance-sheet?currency=XXX", "/currency"),
        ("balance-sheet?format=docx", "/format"),
        ("balance-sheet?from=2026-01-01", "/from"),
        ("trial-balance?as_of=0001-01-01", "/as_of"),
        ("aged-payables?payment_days=-1", "/payment_days"),
        ("general-ledger?cursor=tampered", "/cursor"),
        ("general-ledger?account_id=01a21853-fb47-798a-969c-938d3fb33cc8", "/account_id"),
        ("general-ledger?currency=USD", "/currency"),
    ],
)
def test_bad_questions_are_refused_where_they_are_bad(accountant: Any, query: str, pointer: str) -> None:
    response = accountant.get(f"{API}/{query}")
    assert response.status_code == 400
    assert pointer in [error["pointer"] for error in response.json()["errors"]]


def test_a_missing_rate_is_a_refusal(accountant: Any) -> None:
    make_books(euro=True)
    response = accountant.get(f"{API}/balance-sheet?as_of=2026-03-31&currency=USD")
    assert (response.status_code, response.json()["code"]) == (422, "rate_unavailable")


def test_the_general_ledger_is_read_page_by_page(accountant: Any) -> None:
    make_books()
    page = accountant.get(f"{API}/general-ledger?{QUARTER}&page_size=5").json()
    dates = []
    while True:
        dates += [line["figures"]["date"] for each in page["sections"] for line in each["lines"] if line["entry_id"]]
        if page["next"] is None:
            break
        page = accountant.get(page["next"]).json()
    assert len(dates) == 2 * 13 + 1  # both sides of thirteen postings, and the bank's side of the customer's


# --- console ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def console() -> Client:
    client = Client()
    client.force_login(make_user("accountant"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def shown(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_reports_page_leads_to_every_report(console: Client) -> None:
    page = shown(console.get(reverse("admin:ledger_reports")))
    for name in REPORTS:
        assert reverse("admin:ledger_report", args=[name]) in page
    assert page.count('value="xlsx"') == len(REPORTS)


def test_a_figure_leads_to_its_lines_and_a_line_to_its_entry(console: Client) -> None:
    make_books()
    sheet = shown(console.get(reverse("admin:ledger_report", args=["balance-sheet"]), {"as_of": "2026-03-31"}))
    link = (
        reverse("admin:ledger_report", args=["general-ledger"])
        + "?account=1100&amp;since=2026-01-01&amp;until=2026-03-31"
    )
    assert f'<a href="{link}">99,300.00</a>' in sheet
    assert "(2,500.00)" in sheet
    assert "Balanced" in sheet
    ledger = shown(console.get(link.replace("&amp;", "&")))
    entry = JournalEntry.objects.get(description="Salaries")
    assert f'<a href="{reverse("admin:ledger_journalentry_change", args=[entry.pk])}">Salaries</a>' in ledger
    assert reverse("admin:ledger_account_change", args=[Account.objects.get(code="1100").pk]) in ledger


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_each_report_is_a_page_and_a_file(console: Client, name: str) -> None:
    make_books()
    address = reverse("admin:ledger_report", args=[name])
    assert REPORTS[name].title in shown(console.get(address))
    file = console.get(address, {"format": "csv"})
    assert file["Content-Disposition"].startswith("attachment")


def test_a_bad_question_is_answered_on_the_page(console: Client) -> None:
    address = reverse("admin:ledger_report", args=["cash-flow"])
    assert "from is after to" in shown(console.get(address, {"since": "2026-02-01", "until": "2026-01-01"}))
    assert 'role="alert"' in shown(console.get(address, {"since": "yesterday"}))
    ledger = reverse("admin:ledger_report", args=["general-ledger"])
    assert "no account NONE" in shown(console.get(ledger, {"account": "NONE"}))
    assert 'role="alert"' in shown(console.get(ledger, {"cursor": "tampered"}))
    assert console.get(reverse("admin:ledger_report", args=["weather"])).status_code == 404


def test_only_who_may_view_reports_sees_them() -> None:
    client = Client()
    client.force_login(make_user("compliance_analyst"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("admin:ledger_reports")).status_code == 403
    assert client.get(reverse("admin:ledger_report", args=["trial-balance"])).status_code == 403
    assert reverse("admin:ledger_reports") not in shown(client.get("/console/"))


# --- command ---------------------------------------------------------------------------------------------------------


def test_the_command_prints_and_writes(capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    make_books()
    call_command("report", "balance-sheet", "--as-of", "2026-03-31", "2025-12-31")
    printed = capsys.readouterr().out
    assert "Total assets" in printed
    assert "Balanced." in printed
    call_command("report", "aged-payables", "--as-of", "1999-12-31")
    assert "Nothing to report for this time." in capsys.readouterr().out
    call_command("report", "income-statement", "--from", "2026-01-01", "--to", "2026-03-31", "--format", "json")
    assert json.loads(capsys.readouterr().out)["totals"][0]["profit"] == "5200.00"
    path = tmp_path / "sheet.xlsx"
    call_command("report", "trial-balance", "--format", "xlsx", "--output", str(path))
    assert load_workbook(path).sheetnames == ["US Dollar"]
    with pytest.raises(CommandError, match="after to"):
        call_command("report", "cash-flow", "--from", "2026-02-01", "--to", "2026-01-01")
