"""Every report against figures worked out by hand (ledger.tests.books)."""

from datetime import date, timedelta
from typing import Any

import pytest

from ledger.exceptions import RateUnavailable
from ledger.selectors.reports import REPORTS, Compare, Report, read_report
from ledger.selectors.reports.asked import terms_of_day, terms_of_period
from ledger.tests.books import make_books
from ledger.tests.factories import make_account, make_rates, transfer
from nexafi.core.money import Money

pytestmark = pytest.mark.django_db
QUARTER = {"since": date(2026, 1, 1), "until": date(2026, 3, 31)}
END = date(2026, 3, 31)


def of_day(name: str, *days: date, **terms: Any) -> Report:
    return read_report(name, terms_of_day(REPORTS[name], as_of=days or [END], **terms))


def of_period(name: str, **terms: Any) -> Report:
    return read_report(name, terms_of_period(REPORTS[name], **(QUARTER | terms)))


def totals(report: Report, table: int = 0) -> dict[str, str]:
    return {key: plain(cell) for key, cell in report.sections[table].totals.items()}


def plain(cell: Any) -> Any:
    return cell.amount if isinstance(cell, Money) else cell


def lines(report: Report, table: int = 0) -> dict[str, tuple[Any, ...]]:
    """The figures of each line by its title."""
    return {str(row.cells[0]): tuple(map(plain, row.cells[1:])) for row in report.sections[table].rows}


def test_trial_balance() -> None:
    make_books()
    report = of_day("trial-balance")
    assert report.is_balanced
    assert totals(report) == {"debits": "148700.00", "credits": "148700.00"}
    shown = lines(report)
    assert shown["1100 Bank"] == ("99300.00", None)
    assert shown["1590 Depreciation of equipment"] == (None, "2500.00")
    assert shown["2100 Customer funds"] == (None, "7000.00")
    assert "W-1" not in str(shown)
    assert shown["Total"] == ("148700.00", "148700.00")


def test_balance_sheet() -> None:
    make_books()
    report = of_day("balance-sheet", compare=Compare.PREVIOUS_YEAR)
    assert report.is_balanced
    assert totals(report) == {
        "total_assets": "135800.00", "total_liabilities": "28600.00", "total_equity": "107200.00",
    }  # fmt: skip
    shown = {title: figures[:1] for title, figures in lines(report).items() if figures}
    assert shown["Total current assets"] == ("106300.00",)
    assert shown["Total non-current assets"] == ("29500.00",)
    assert shown["Total current liabilities"] == ("8600.00",)
    assert shown["2400 Exchange position"] == ("-300.00",)
    assert shown["Total non-current liabilities"] == ("20000.00",)
    assert shown["Profit not yet closed"] == ("4900.00",)
    assert shown["Unrealised exchange differences"] == ("300.00",)
    assert shown["Total liabilities and equity"] == ("135800.00",)
    assert lines(report)["Total assets"] == ("135800.00", "0.00")


def test_several_dates_stand_beside_each_other() -> None:
    make_books()
    report = of_day("balance-sheet", END, date(2025, 12, 31), date(2025, 12, 5))
    assert lines(report)["Total assets"] == ("135800.00", "104000.00", "100000.00")
    assert lines(report)["3200 Retained earnings"] == ("4000.00", "4000.00", "0.00")
    assert report.is_balanced


def test_income_statement() -> None:
    make_books()
    report = of_period("income-statement", compare=Compare.PREVIOUS_PERIOD)
    assert [span.title for span in report.terms.spans] == [
        "1 January 2026 to 31 March 2026", "1 October 2025 to 31 December 2025",
    ]  # fmt: skip
    shown = {title: figures for title, figures in lines(report).items() if figures}
    assert shown["Total revenue"] == ("13000.00", "5000.00")
    assert shown["Gross profit"] == ("11500.00", "5000.00")
    assert shown["5600 Depreciation"] == ("-1500.00", "-1000.00")
    assert shown["Operating profit"] == ("6000.00", "4000.00")
    assert shown["Total finance income and costs"] == ("-200.00", "0.00")
    assert shown["Profit before tax"] == ("6100.00", "4000.00")
    assert shown["Total income tax"] == ("-900.00", "0.00")
    assert shown["Profit for the period"] == ("5200.00", "4000.00")
    assert totals(report)["profit"] == "5200.00"


def test_cash_flow() -> None:
    make_books()
    report = of_period("cash-flow")
    assert report.is_balanced
    assert totals(report) == {
        "operating": "8300.00", "investing": "-8000.00", "financing": "18000.00", "net_change": "18300.00",
        "opening_cash": "81000.00", "closing_cash": "99300.00", "check": "0.00",
    }  # fmt: skip
    shown = lines(report)
    assert shown["Depreciation"] == ("1500.00",)
    assert shown["Unrealised exchange gains"] == ("-300.00",)
    assert shown["Trade and other receivables"] == ("-7000.00",)
    assert shown["Customer funds"] == ("7000.00",)
    assert shown["Intangible assets"] == ("-8000.00",)
    assert shown["Dividends"] == ("-2000.00",)
    assert "Property, plant and equipment" not in shown  # only depreciated
    assert "Currency exchange position" not in shown  # only revalued


def test_changes_in_equity() -> None:
    make_books()
    report = of_period("changes-in-equity")
    assert report.is_balanced
    assert [column.title for column in report.sections[0].columns] == [
        "", "Share capital", "Retained earnings", "Dividends", "Total",
    ]  # fmt: skip
    shown = lines(report)
    assert shown["Balance on 31 December 2025"] == ("100000.00", "4000.00", "0.00", "104000.00")
    assert shown["Profit for the period"] == ("0.00", "5200.00", "0.00", "5200.00")
    assert shown["Dividends"] == ("0.00", "0.00", "-2000.00", "-2000.00")
    assert shown["Balance on 31 March 2026"] == ("100000.00", "9200.00", "-2000.00", "107200.00")


def test_aged_receivables_and_payables() -> None:
    make_books()
    buckets = lines(of_day("aged-receivables"))["1200 Receivables"]
    assert buckets == ("0.00", "3000.00", "4000.00", "0.00", "0.00", "7000.00")
    assert lines(of_day("aged-payables"))["2500 Payables"] == ("1000.00", *["0.00"] * 4, "1000.00")
    later = lines(of_day("aged-receivables", date(2026, 6, 30)))["1200 Receivables"]
    assert later == ("0.00", "0.00", "0.00", "0.00", "7000.00", "7000.00")


def test_an_overpaid_receivable_is_not_due_and_negative() -> None:
    receivable = make_account("asset", subtype="receivable")
    transfer(make_account("asset").id, receivable.id, "5.00", effective_date=END)
    assert totals(of_day("aged-receivables"))["not_due"] == "-5.00"
    assert totals(of_day("aged-receivables"))["over_90"] == "0.00"


def test_general_ledger_of_all_accounts_and_of_one() -> None:
    accounts = make_books()
    report = of_period("general-ledger")
    bank = next(table for table in report.sections if table.title == "1100 Bank")
    cells = [tuple(map(plain, row.cells)) for row in bank.rows]
    assert cells[0] == (None, "Opening balance", None, None, None, None, "81000.00")
    assert cells[1] == (date(2026, 2, 5), "Paid on invoice 1", "", "1200", "6000.00", None, "87000.00")
    assert cells[-1][-1] == "99300.00"
    assert bank.rows[1].entry_id
    funds = next(table for table in report.sections if table.title == "2100 Customer funds")
    assert [tuple(map(plain, row.cells)) for row in funds.rows][1:] == [
        (None, "Customers' accounts, net", None, None, None, "7000.00", "7000.00"),
        (None, "Closing balance", None, None, None, None, "7000.00"),
    ]
    terms = terms_of_period(REPORTS["general-ledger"], **QUARTER)
    alone = read_report("general-ledger", _with(terms, account=accounts["W-1"]))
    assert [table.title for table in alone.sections] == ["W-1 Test liability"]
    assert totals(alone) == {"opening": "0.00", "closing": "7000.00"}


def test_pages_of_the_general_ledger_hold_every_line_once() -> None:
    make_books()
    terms = terms_of_period(REPORTS["general-ledger"], since=date(2025, 1, 1), until=END)
    whole = _ledger_rows(read_report("general-ledger", _with(terms, size=1000)))
    paged, after = [], None
    while True:
        report = read_report("general-ledger", _with(terms, size=3, after=after))
        paged += _ledger_rows(report)
        after = report.next
        if after is None:
            break
    assert paged == whole


def _ledger_rows(report: Report) -> list[Any]:
    return [(table.title, row.cells) for table in report.sections for row in table.rows]


def _with(terms: Any, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(terms, **changes)


# --- in one currency -------------------------------------------------------------------------------------------------


@pytest.fixture
def rates() -> None:
    """A euro costs 1.10 dollars in February, 1.20 in March, 1.25 at the end of April."""
    for start, end, rate in (
        (date(2026, 2, 2), date(2026, 2, 27), "1.10"),
        (date(2026, 3, 2), date(2026, 3, 31), "1.20"),
        (date(2026, 4, 27), date(2026, 4, 30), "1.25"),
    ):
        for number in range((end - start).days + 1):
            make_rates(start + timedelta(days=number), USD=rate)


@pytest.mark.usefixtures("rates")
def test_everything_in_dollars() -> None:
    """1,500 EUR at 1.25 = 1,875; capital 1,000 at 1.10 = 1,100; fees 500 at 1.20 = 600; the difference is 175."""
    make_books(euro=True)
    day = date(2026, 4, 30)
    sheet = of_day("balance-sheet", day, currency="USD")
    assert sheet.is_balanced
    assert len(sheet.sections) == 1
    assert totals(sheet)["total_assets"] == "137675.00"
    assert lines(sheet)["3100-EUR Share capital"] == ("1100.00",)
    assert lines(sheet)["Accumulated profit"] == ("9500.00",)  # 4,000 closed, 4,900 and 600
    assert lines(sheet)["Translation difference"] == ("175.00",)
    balance = of_day("trial-balance", day, currency="USD")
    assert balance.is_balanced
    assert lines(balance)["Translation difference"] == (None, "175.00")
    statement = of_period("income-statement", until=day, currency="USD")
    assert totals(statement)["profit"] == "5800.00"
    flow = of_period("cash-flow", until=day, currency="USD")
    assert flow.is_balanced
    assert totals(flow)["net_change"] == "20175.00"
    assert lines(flow)["Effect of exchange rates on cash"] == ("175.00",)
    equity = of_period("changes-in-equity", until=day, currency="USD")
    assert equity.is_balanced
    assert lines(equity)["Balance on 30 April 2026"][-1] == "109075.00"
    assert lines(equity)["Translation difference"][-1] == "175.00"


@pytest.mark.usefixtures("rates")
def test_each_currency_is_a_table_of_its_own_without_a_reporting_currency() -> None:
    make_books(euro=True)
    report = of_day("balance-sheet")
    assert [table.currency for table in report.sections] == ["EUR", "USD"]
    assert totals(report)["total_assets"] == "1500.00"
    assert totals(report, 1)["total_assets"] == "135800.00"


def test_without_a_rate_nothing_is_converted() -> None:
    make_books(euro=True)
    with pytest.raises(RateUnavailable):
        of_day("balance-sheet", currency="USD")


# --- Basel III -------------------------------------------------------------------------------------------------------


def _tagged(type: str, amount: str, *tags: str) -> None:
    account = make_account(type, tags=tags)
    other = make_account("liability" if type == "asset" else "asset", subtype="untagged")
    sides = (account, other) if type in ("asset", "expense") else (other, account)
    transfer(sides[0].id, sides[1].id, amount, effective_date=END)


def test_liquidity_coverage_below_its_caps() -> None:
    """Stock 100 + 0.85 x 20 = 117; outflows 5 % of 400 + 40 % of 200 = 100; inflows 50 % of 60 = 30; 117 / 70."""
    _tagged("asset", "100.00", "hqla:level1")
    _tagged("asset", "20.00", "hqla:level2a")
    _tagged("liability", "400.00", "lcr_outflow:retail_stable")
    _tagged("liability", "200.00", "lcr_outflow:corporate", "segment:b")
    _tagged("asset", "60.00", "lcr_inflow:retail")
    _tagged("asset", "60.00", "lcr_inflow:unheard_of")
    report = of_day("liquidity-coverage")
    found = totals(report)
    assert (found["stock"], found["outflows"], found["inflows_counted"]) == ("117.00", "100.00", "30.00")
    assert (found["net_outflows"], str(found["lcr"].fraction)) == ("70.00", "1.6714")
    assert found["meets_minimum"] is True
    assert report.notes == ("Not known and not counted: lcr_inflow:unheard_of.",)


def test_liquidity_coverage_at_its_caps() -> None:
    """Level 1 60, 2A 0.85 x 40 = 34, 2B 0.5 x 80 = 40: 134 in all. The cap of 15 % takes max(40 - 15/85 x 94, 40 - 15)
    = 25, leaving 15 of 2B; that of 40 % takes 34 + 15 - 40 = 9; the stock is 100. Inflows of 90 count as 75 of 100."""
    _tagged("asset", "60.00", "hqla:level1")
    _tagged("asset", "40.00", "hqla:level2a")
    _tagged("asset", "80.00", "hqla:level2b_equity")
    _tagged("liability", "100.00", "lcr_outflow:financial")
    _tagged("asset", "90.00", "lcr_inflow:financial")
    found = totals(of_day("liquidity-coverage"))
    assert (found["before_caps"], found["cap_level2b"], found["cap_level2"]) == ("134.00", "-25.00", "-9.00")
    assert (found["stock"], found["inflows_counted"], found["net_outflows"]) == ("100.00", "75.00", "25.00")
    assert str(found["lcr"].fraction) == "4.0000"


def test_capital_ratios() -> None:
    """CET1 80 - 10 - loss 5 = 65; tier 1 75; total 95; weighted assets 20 % of 500 + 100 % of 600 = 700; exposure: all
    assets 1,220 less 10 deducted."""
    _tagged("equity", "80.00", "capital:cet1")
    _tagged("equity", "10.00", "capital:at1")
    _tagged("liability", "20.00", "capital:tier2")
    _tagged("asset", "10.00", "capital:cet1_deduction")
    _tagged("asset", "500.00", "rwa:20")
    _tagged("asset", "600.00", "rwa:100")
    transfer(make_account("expense").id, make_account("liability").id, "5.00", effective_date=END)
    found = totals(of_day("capital-ratios"))
    assert (found["cet1"], found["tier1_capital"], found["total_capital"]) == ("65.00", "75.00", "95.00")
    assert found["risk_weighted_assets"] == "700.00"
    assert found["exposure"] == "1210.00"
    shares = {key: str(found[f"{key}_ratio"].fraction) for key in ("cet1", "tier1", "total", "leverage")}
    assert shares == {"cet1": "0.0929", "tier1": "0.1071", "total": "0.1357", "leverage": "0.0620"}
    assert found["meets_minimum"] is True


def test_a_movement_without_a_description_is_called_by_its_kind() -> None:
    cash, wallet = make_account(), make_account("liability")
    transfer(cash.id, wallet.id, "5.00", kind="deposit", effective_date=END)
    report = of_period("general-ledger", since=END)
    table = next(table for table in report.sections if table.title.startswith(cash.code))
    assert [row.cells[1] for row in table.rows if row.entry_id] == ["Deposit"]
