"""Charts of accounts: those that ship, and files that operators export and import."""

from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import make_customer, make_user, signed_in_client
from ledger.charts import ChartRow, read_chart, shipped_chart, shipped_charts, write_chart
from ledger.constants import SystemAccount
from ledger.integrity import check_ledger
from ledger.models import Account
from ledger.selectors import balance_of
from ledger.services.accounts import open_account, system_account
from ledger.services.chart import load_chart
from ledger.tests.factories import make_wallet, transfer
from nexafi.core.ids import uuid7

pytestmark = pytest.mark.django_db
EXPORT, IMPORT = "/api/v1/accounts/export", "/api/v1/accounts/import"
HEADER = "code,name,type,subtype,parent,currency,description,minimum_balance,maximum_balance,tags,role\r\n"


@pytest.fixture
def client():
    return signed_in_client(make_user("accountant"))


def send(client, text, query=""):
    return client.generic("POST", f"{IMPORT}{query}", text.encode(), content_type="text/csv")


def counts(answer):
    assert answer.status_code == 200, answer.content
    return tuple(answer.json()[name] for name in ("opened", "changed", "unchanged"))


@pytest.mark.parametrize("name", shipped_charts())
def test_payments_work_with_every_chart_that_ships(name, settings):
    settings.CHART_OF_ACCOUNTS = name
    rows = shipped_chart(name)
    assert sorted(row.role for row in rows if row.role) == sorted(SystemAccount)
    settlement, funds = system_account("settlement", "EUR"), system_account("customer_funds", "EUR")
    there = Account.objects.count()
    assert load_chart(currency="EUR").opened == len(rows) - there
    assert load_chart(currency="EUR").unchanged == len(rows)
    assert system_account("settlement", "EUR") == settlement
    wallet = make_wallet("EUR", owner_id=make_customer().id, parent=funds)
    transfer(settlement.id, wallet.id, "10.00", "EUR")
    assert balance_of(settlement.id).posted.amount == "10.00"
    assert {account.type for account in Account.objects.filter(parent=None)} == {
        "asset", "liability", "equity", "income", "expense"
    }  # fmt: skip
    assert check_ledger().holds


def test_a_second_chart_in_a_currency_is_refused_whole():
    load_chart(currency="USD", name="default")
    before = Account.objects.count()
    with pytest.raises(CommandError, match="Another account has that role"):
        call_command("load_chart", chart="ifrs", currency=["EUR", "USD"], stdout=StringIO())
    assert Account.objects.count() == before


def test_a_chart_goes_out_and_comes_back_the_same(client):
    load_chart(currency="USD")
    make_wallet(owner_id=make_customer().id, parent=system_account("customer_funds", "USD"))
    open_account(
        code="=cmd|' calc'!A1", name="'=1+1", type="asset", currency="JPY", description="two\nlines, \"quoted\"",
        floor_minor=-500, ceiling_minor=9000, tags=["hqla:level1", "rwa:20"], subtype="@cash",
    )  # fmt: skip
    text = client.get(EXPORT)
    assert (text["Content-Type"], text.status_code) == ("text/csv; charset=utf-8", 200)
    text = text.content.decode()
    assert "wallet:" not in text
    assert "'=cmd" in text
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in text.splitlines() for cell in line.split(","))
    assert counts(send(client, text)) == (0, 0, len(shipped_chart("default")) + 1)
    elsewhere = text.replace("-USD", "-EUR").replace(",USD,", ",EUR,").replace("JPY", "KRW").replace("cmd", "cmd2")
    assert counts(send(client, elsewhere)) == (len(shipped_chart("default")) + 1, 0, 0)
    copy = Account.objects.get(currency="KRW")
    assert (copy.name, copy.floor, copy.ceiling, copy.tags) == ("'=1+1", -500, 9000, ["hqla:level1", "rwa:20"])
    assert copy.description == 'two\nlines, "quoted"'
    assert client.get(f"{EXPORT}?currency=KRW").content.decode().count("\r\n") == 2
    assert check_ledger().holds


@pytest.mark.parametrize("name", ["=1", "'=1", "''+1", "'s", "-", "@x", "plain", "'"])
def test_no_cell_is_a_formula_and_every_cell_comes_back(name):
    row = ChartRow(line=2, code="1", name=name, type="asset")
    text = write_chart([row])
    assert text.splitlines()[1].split(",")[1][0] not in "=+-@"
    assert read_chart(text)[0].name == name


def test_an_import_opens_changes_and_leaves_alone(client):
    text = HEADER + "10,Cash,asset,,,USD,,,,,\r\n11,Till,asset,cash,10,USD,,0.00,500.00,rwa:0,\r\n"
    assert counts(send(client, text, "?dry_run=true")) == (2, 0, 0)
    assert Account.objects.count() == 0
    children_first = HEADER + "\r\n".join(reversed(text.splitlines()[1:]))
    assert counts(send(client, children_first)) == (2, 0, 0)
    assert counts(send(client, text)) == (0, 0, 2)
    assert counts(send(client, text.replace("Till", "Front till").replace("500.00", "600.00"))) == (0, 1, 1)
    till = Account.objects.get(code="11")
    assert (till.name, till.ceiling, till.parent.code, till.path) == ("Front till", 60000, "10", "10/11/")
    assert counts(send(client, "code,name,type,parent,currency\n11,Front till,asset,10,USD")) == (0, 0, 1)
    till.refresh_from_db()
    assert till.ceiling == 60000  # a column that the file does not have says nothing


def test_rows_without_a_currency_are_opened_in_each_that_is_asked_for(client):
    text = "code,name,type,parent\n10,Cash,asset,\n11,Till,asset,10\n"
    assert counts(send(client, text, "?currency=USD,EUR")) == (4, 0, 0)
    assert Account.objects.get(code="11-EUR").parent.code == "10-EUR"
    assert send(client, text).json()["errors"][0]["code"] == "unknown_currency"


def test_every_faulty_row_is_named_and_nothing_is_written(client):
    open_account(code="10", name="Cash", type="asset", currency="USD")
    make_wallet(code="W-1", owner_id=make_customer().id)
    rows = [
        "10,Cash,liability,,,USD,,,,,",  # line 2
        "11,Till,asset,,10,USD,,1.001,,,",
        "12,,asset,,10,USD,,,,,",
        "13,Far,asset,,99,USD,,,,,",
        "14,Euro,asset,,10,EUR,,,,,",
        "15,Tags,asset,,10,USD,,,,a a,",
        "16,Role,asset,,10,USD,,,,,king",
        "17,Sea,asset,,18,USD,,,,,",
        "18,Saw,asset,,17,USD,,,,,",
        "20,Good,asset,,,USD,,,,,",
        "W-1,Wallet,liability,wallet,,USD,,,,,",
        "21,Currency,asset,,,XXX,,,,,",
        "22,Kind,thing,,,USD,,,,,",
        "23,Limits,asset,,,USD,,5.00,1.00,,",
        "24,Below,asset,,22,USD,,,,,",
        '"25",Twice,asset,,,USD,,,,,',
        "25,Twice,asset,,,USD,,,,,",
    ]
    answer = send(client, HEADER + "\r\n".join(rows))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_chart")
    pointers = {error["pointer"]: error["code"] for error in answer.json()["errors"]}
    lines = {int(pointer.split("/")[2]) for pointer in pointers}
    assert lines == {2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 14, 15, 17, 18}  # 6 and 16 stand below faulty ones
    assert pointers["/rows/3/minimum_balance"] == "invalid_amount"
    assert pointers["/rows/17/code"] == "repeated"
    assert Account.objects.count() == 2


def test_rows_that_contradict_the_books_are_named(client):
    open_account(code="10", name="Cash", type="asset", currency="USD")
    open_account(code="30", name="Bank", type="asset", currency="USD", role="settlement")
    open_account(code="40", name="Other", type="asset", currency="USD")
    rows = [
        "10,Cash,liability,,,USD,,,,,",
        "13,Far,asset,,99,USD,,,,,",
        "20,Liability,liability,,10,USD,,,,,",
        "14,Euro,asset,,40,EUR,,,,,",
        "15,Bank,asset,,40,USD,,,,,settlement",
        "30,Bank,asset,,,USD,,1.00,,,",
    ]
    answer = send(client, HEADER + "\r\n".join(rows))
    faults = {error["pointer"]: error["code"] for error in answer.json()["errors"]}
    assert faults == {
        "/rows/2/type": "fixed",
        "/rows/3/parent": "unknown_account",
        "/rows/5/code": "parent_differs",
        "/rows/6/code": "role_taken",
        "/rows/7/code": "busy_account",
    }  # line 4 stands below line 2
    cycle = send(client, HEADER + "17,Sea,asset,,18,USD,,,,,\r\n18,Saw,asset,,17,USD,,,,,\r\n")
    assert cycle.json()["errors"][0]["code"] == "cycle"


@pytest.mark.parametrize(
    "text",
    [" \n", "code,name\n1,x", "code,name,type,colour\n1,x,asset,red", "code,name,type\n", "code,name,type\n1,x",
     'code,name,type\n1,"x,asset', "code,name,type,type\n1,x,asset,asset", "code,name,type,currency\n\x00,x,asset,USD",
     "code,name,type,currency\n1,a\x00b,asset,USD", "code,name,type,parent,currency\n1,a,asset,\x00,USD"],
)  # fmt: skip
def test_what_is_no_chart_is_a_400(client, text):
    answer = send(client, text)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_chart")


def test_a_chart_is_uploaded_as_a_file_too(client):
    file = SimpleUploadedFile("chart.csv", "\ufeffcode,name,type,currency\n10,Cäsh,asset,USD\n".encode())
    assert counts(client.post(IMPORT, {"file": file}, format="multipart")) == (1, 0, 0)
    latin = SimpleUploadedFile("chart.csv", "code,name,type,currency\n10,Cäsh,asset,USD\n".encode("latin-1"))
    assert client.post(IMPORT, {"file": latin}, format="multipart").status_code == 400
    assert send(client, "x" * (4 * 2**20 + 1)).status_code == 413
    assert client.post(IMPORT, {}).status_code == 415
    assert signed_in_client(make_user("auditor")).post(IMPORT, {}).status_code == 403


def test_the_commands_write_and_read_the_same_file(tmp_path):
    load_chart(currency="USD")
    file = tmp_path / "chart.csv"
    call_command("export_chart", output=str(file))
    out = StringIO()
    call_command("import_chart", str(file), stdout=out)
    assert f"0 opened, 0 changed, {len(shipped_chart('default'))} unchanged" in out.getvalue()
    file.write_text("code,name,type,currency\n10,Cash,thing,USD\n")
    with pytest.raises(CommandError, match="Line 2, type"):
        call_command("import_chart", str(file), stdout=out)


def test_an_account_with_a_role_stays_open_and_is_the_only_one(client):
    fees = system_account("fees", "USD")
    answer = client.post(f"/api/v1/accounts/{fees.id}/close", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "account_has_role")
    text = f"code,name,type,currency,role\n{uuid7()},More fees,income,USD,fees\n"
    assert send(client, text).json()["errors"][0]["code"] == "role_taken"


def test_the_console_exports_and_imports():
    console, other = Client(), Client()
    console.force_login(make_user("accountant"), backend="django.contrib.auth.backends.ModelBackend")
    other.force_login(make_user("auditor"), backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("admin:ledger_account_import")

    def send_file(text, **fields):
        return console.post(url, {"file": SimpleUploadedFile("c.csv", text), **fields}).content.decode()

    assert "CSV file" in console.get(url).content.decode()
    assert other.get(url).status_code == 403
    assert "Import</a>" not in other.get(reverse("admin:ledger_account_chart")).content.decode()
    assert "Line 2, type" in send_file(b"code,name,type\n10,<b>,thing\n", currencies="usd")
    rows = b"code,name,type\n10,Cash,asset\n"
    assert "trial" in send_file(rows, currencies="usd, eur", dry_run="on")
    assert Account.objects.count() == 0
    send_file(rows, currencies="usd, eur")
    assert set(Account.objects.values_list("code", flat=True)) == {"10-USD", "10-EUR"}
    assert "not in UTF-8" in send_file(b"\xff")
    export = other.get(reverse("admin:ledger_account_export"), {"currency": "EUR"})
    assert export.content.decode().splitlines()[1].startswith("10-EUR,Cash,asset")
    for currency in ("", "XXX", 'E"\r\nX: y', "\0"):
        assert other.get(reverse("admin:ledger_account_export"), {"currency": currency}).status_code == 404
