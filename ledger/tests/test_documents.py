"""Documents read back as CSV, XLSX and PDF."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from ledger.documents import Column, Document, Kind, Percent, Row, Section, to_file
from nexafi.core.money import Money

COLUMNS = (Column("Account", 40), Column("Day", 12), Column("Share", 10, figure=True), Column("2026", 16, figure=True))
DOCUMENT = Document(
    title="Balance sheet",
    subtitle=("As of 31 January 2026",),
    institution="Банк & Söhne",
    prepared_by="ada@example.org",
    prepared_at=datetime(2026, 2, 1, 9, 30, tzinfo=UTC),
    sections=(
        Section(
            title="Dollars: [all]",
            currency="USD",
            columns=COLUMNS,
            rows=(
                Row(("Assets",), Kind.HEADING),
                Row(("Ελλάδα / Россия", date(2026, 1, 31), Percent(Decimal("0.855")), Money(-123450, "USD")), indent=1),
                Row(('=HYPERLINK("http://x")', None, None, Money(0, "USD")), indent=1),
                Row(("Total", None, None, Money(123456789012345678, "USD")), Kind.TOTAL),
            ),
        ),
        Section(
            title="Yen", currency="JPY", columns=COLUMNS, rows=(Row(("Cash", None, None, Money(5, "JPY"))),),
        ),
    ),
)  # fmt: skip


def test_csv_has_plain_amounts_and_no_formula() -> None:
    file = to_file(DOCUMENT, "csv", name="balance sheet/ü")
    assert file.name == "balance-sheet-.csv"
    rows = list(csv.reader(file.content.decode().splitlines()))
    assert rows == [
        ["Section", "Currency", "Account", "Day", "Share", "2026", "Row"],
        ["Dollars: [all]", "USD", "Assets", "", "", "", "heading"],
        ["Dollars: [all]", "USD", "Ελλάδα / Россия", "2026-01-31", "0.855", "-1234.50", "line"],
        ["Dollars: [all]", "USD", '\'=HYPERLINK("http://x")', "", "", "0.00", "line"],
        ["Dollars: [all]", "USD", "Total", "", "", "1234567890123456.78", "total"],
        ["Yen", "JPY", "Cash", "", "", "5", "line"],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_is_a_formula_in_csv(start: str) -> None:
    section = Section(columns=(Column("Text", 10),), rows=(Row((f"{start}1",)),))
    content = to_file(Document("T", (section,)), "csv", name="t").content.decode()
    assert next(csv.reader([content.split("\r\n", 1)[1]]))[0].startswith("'")


def test_a_workbook_holds_numbers_with_the_decimals_of_their_currency() -> None:
    book = load_workbook(BytesIO(to_file(DOCUMENT, "xlsx", name="t").content))
    assert book.sheetnames == ["Dollars   all", "Yen"]
    sheet = book["Dollars   all"]
    found = {row[0].value: row for row in sheet.iter_rows()}
    amount = found["Ελλάδα / Россия"][3]
    assert (amount.value, amount.number_format) == (-1234.5, '#,##0.00_);(#,##0.00);"–"_)')
    assert found["Ελλάδα / Россия"][1].value == datetime(2026, 1, 31)
    assert found["Ελλάδα / Россия"][2].number_format == "0.00%"
    assert found['=HYPERLINK("http://x")'][0].data_type == "s"
    assert found["Total"][3].value == "1,234,567,890,123,456.78"  # more digits than a spreadsheet's number holds
    assert sheet.freeze_panes == f"B{found['Assets'][0].row}"
    assert sheet.print_title_rows
    assert book["Yen"].cell(book["Yen"].max_row, 4).number_format.startswith("#,##0_)")


def test_pages_of_a_pdf_repeat_the_head_and_are_numbered() -> None:
    rows = [Row((f"Account {n} & <more>", None, None, Money(-n, "USD"))) for n in range(120)]
    section = Section(title="Many", columns=COLUMNS, rows=iter(rows), currency="USD")
    document = Document("Balance sheet", (section, *DOCUMENT.sections), prepared_by="ada@example.org")
    reader = PdfReader(BytesIO(to_file(document, "pdf", name="t").content))
    texts = [page.extract_text() for page in reader.pages]
    assert len(texts) > 2
    for number, text in enumerate(texts, 1):
        assert f"Page {number} of {len(texts)}" in text
        assert "Account" in text
        assert "UTC by ada@example.org" in text
    whole = "".join(texts)
    assert "Account 119 & <more>" in whole
    assert "(1.19)" in whole
    assert "Ελλάδα / Россия" in whole
    assert reader.metadata is not None
    assert reader.metadata.title == "Balance sheet"


@pytest.mark.parametrize("format", ["csv", "xlsx", "pdf"])
def test_an_empty_document_opens(format: str) -> None:
    empty = Section(columns=COLUMNS, rows=())
    assert to_file(Document("Nothing", (empty,)), format, name="t").content


@pytest.mark.parametrize("format", ["csv", "xlsx", "pdf"])
def test_a_document_of_nothing_says_so(format: str) -> None:
    content = to_file(Document("Nothing", ()), format, name="t").content
    match format:
        case "csv":
            text = content.decode()
        case "xlsx":
            text = str(list(load_workbook(BytesIO(content)).active.values))
        case _:
            text = PdfReader(BytesIO(content)).pages[0].extract_text()
    assert "Nothing to report for this time." in text
