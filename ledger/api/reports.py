"""Financial reports over HTTP, as JSON or as files."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.core import signing
from django.http import HttpResponseBase
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.api.downloads import attachment
from ledger.documents import FORMATS, Cell, Percent, to_file
from ledger.models import Account
from ledger.selectors.reports import REPORTS, Compare, Line, Mark, Report, Table, Terms, read_report
from ledger.selectors.reports.asked import terms_of_day, terms_of_period
from ledger.selectors.statements import Place
from nexafi.api import serializers as s
from nexafi.api.pagination import InvalidCursor
from nexafi.api.views import ApiView
from nexafi.core.errors import InvalidInput
from nexafi.core.money import Money

_SALT = "nexafi.ledger.general_ledger"
FILE_LINES = 5_000  # movements of the general ledger in one file
_FORMAT_HELP = "A file comes with its name in `Content-Disposition`."
_COMPARE_HELP = "A column beside it: the period (or month's end) before, or a year earlier."
_CURRENCY_HELP = "Convert every figure to this currency."


class _Formatted(s.Filters):
    format = s.ChoiceField(choices=["json", *FORMATS], default="json", help_text=_FORMAT_HELP)


class DayQuery(_Formatted):
    as_of = s.DateField()
    currency = s.CurrencyField(help_text=_CURRENCY_HELP)


class PositionQuery(_Formatted):
    as_of = s.CharField(help_text="A date, or up to twelve with commas between them: a column each.")
    currency = s.CurrencyField(help_text=_CURRENCY_HELP)
    compare = s.ChoiceField(choices=[each.value for each in Compare], help_text=_COMPARE_HELP)


class AgedQuery(DayQuery):
    payment_days = s.IntegerField(min_value=0, max_value=365, default=30, help_text="Days until a charge is due.")


class PeriodQuery(_Formatted):
    currency = s.CurrencyField(help_text=_CURRENCY_HELP)
    compare = s.ChoiceField(choices=[each.value for each in Compare], help_text=_COMPARE_HELP)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python."""
        return {"from": s.DateField(required=False), "to": s.DateField(required=False), **super().get_fields()}


class LedgerQuery(_Formatted):
    account_id = s.UUIDField(help_text="Of this account alone.")
    cursor = s.CharField(max_length=500)
    page_size = s.IntegerField(min_value=1, max_value=200, default=50, help_text=f"Of JSON; a file has {FILE_LINES}.")

    def get_fields(self) -> dict[str, Any]:
        return {"from": s.DateField(required=False), "to": s.DateField(required=False), **super().get_fields()}


class ReportView(ApiView):
    """A report of the registry."""

    access = {"GET": "ledger.view_reports"}
    produces = ("application/json", "text/csv", FORMATS["xlsx"], FORMATS["pdf"])
    report: ClassVar[str]

    def of_day(self, query: Mapping[str, Any]) -> HttpResponseBase:
        """The report at the end of a day, or of several."""
        terms = terms_of_day(
            REPORTS[self.report], as_of=_days(query.get("as_of")), compare=_compare(query), currency=_currency(query)
        )
        return self.answer(replace(terms, payment_days=query.get("payment_days", 30)), query["format"])

    def of_period(self, query: Mapping[str, Any]) -> HttpResponseBase:
        """The report of a period."""
        return self.answer(self.period(query), query["format"])

    def period(self, query: Mapping[str, Any]) -> Terms:
        spec, dates = REPORTS[self.report], {"since": query.get("from"), "until": query.get("to")}
        return terms_of_period(spec, **dates, compare=_compare(query), currency=_currency(query))

    def answer(self, terms: Terms, format: str) -> HttpResponseBase:
        """JSON, or the file asked for."""
        report = replace(read_report(self.report, terms), prepared_by=who(self.request.user))
        following = self._next(report.next)
        if format == "json":
            return Response(body(report) | {"next": following, "previous": None})
        response = attachment(to_file(report, format, name=file_name(report)))
        if following:
            response["Link"] = f'<{following}>; rel="next"'
        return response

    def _next(self, mark: Mark | None) -> str | None:
        if mark is None:
            return None
        query = self.request.query_params.copy()
        query["cursor"] = cursor_of(mark)
        return str(self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}"))


class TrialBalanceView(ReportView):
    report = "trial-balance"

    def get(self, request: Request) -> HttpResponseBase:
        """Every account's balance; debits equal credits in every currency."""
        return self.of_day(self.query(PositionQuery).validated_data)


class BalanceSheetView(ReportView):
    report = "balance-sheet"

    def get(self, request: Request) -> HttpResponseBase:
        """Assets against liabilities and equity, current and non-current apart."""
        return self.of_day(self.query(PositionQuery).validated_data)


class IncomeStatementView(ReportView):
    report = "income-statement"

    def get(self, request: Request) -> HttpResponseBase:
        """What was earned and spent from `from` (the first of the year) to `to` (today)."""
        return self.of_period(self.query(PeriodQuery).validated_data)


class CashFlowView(ReportView):
    report = "cash-flow"

    def get(self, request: Request) -> HttpResponseBase:
        """From the profit to the change of cash (indirect method), with a check line."""
        return self.of_period(self.query(PeriodQuery).validated_data)


class ChangesInEquityView(ReportView):
    report = "changes-in-equity"

    def get(self, request: Request) -> HttpResponseBase:
        """Each part of equity from its opening to its closing balance."""
        return self.of_period(self.query(PeriodQuery).validated_data)


class GeneralLedgerView(ReportView):
    report = "general-ledger"

    def get(self, request: Request) -> HttpResponseBase:
        """The lines of one account or of all, with opening, running and closing balances, page by page."""
        query = self.query(LedgerQuery).validated_data
        size = query["page_size"] if query["format"] == "json" else FILE_LINES
        after = mark_of(query["cursor"]) if "cursor" in query else None
        terms = replace(self.period(query), account=_account(query.get("account_id")), after=after, size=size)
        return self.answer(terms, query["format"])


class AgedReceivablesView(ReportView):
    report = "aged-receivables"

    def get(self, request: Request) -> HttpResponseBase:
        """What others owe, by how long it has been due: settlements pay the oldest charges first."""
        return self.of_day(self.query(AgedQuery).validated_data)


class AgedPayablesView(ReportView):
    report = "aged-payables"

    def get(self, request: Request) -> HttpResponseBase:
        """What is owed to others, by how long it has been due: settlements pay the oldest charges first."""
        return self.of_day(self.query(AgedQuery).validated_data)


class LiquidityCoverageView(ReportView):
    report = "liquidity-coverage"

    def get(self, request: Request) -> HttpResponseBase:
        """The liquidity coverage ratio (Basel III) from the tags of accounts."""
        return self.of_day(self.query(DayQuery).validated_data)


class CapitalRatiosView(ReportView):
    report = "capital-ratios"

    def get(self, request: Request) -> HttpResponseBase:
        """Common equity tier 1, tier 1, total capital and leverage ratios (Basel III) from the tags of accounts."""
        return self.of_day(self.query(DayQuery).validated_data)


# --- a report as plain data ------------------------------------------------------------------------------------------


def body(report: Report) -> dict[str, Any]:
    """The report in JSON. `totals` are those of the first column; `figures` of a line are named as the columns."""
    main = report.terms.main
    return {
        "report": report.name,
        "title": report.title,
        "as_of": main.until if main.since is None else None,
        "from": main.since,
        "to": None if main.since is None else main.until,
        "currency": report.terms.currency or None,
        "is_balanced": report.is_balanced,
        "totals": [{"currency": each.currency, **_totals(each)} for each in report.sections],
        "sections": [_section(each) for each in report.sections],
        "notes": list(report.notes),
        "prepared_at": report.prepared_at,
    }


def _totals(table: Table) -> dict[str, Any]:
    return {key: plain(cell) for key, cell in table.totals.items()}


def _section(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "currency": table.currency,
        "is_balanced": table.is_balanced,
        "columns": [
            {"key": each.key, "title": each.title, "from": each.span.since if each.span else None,
             "to": each.span.until if each.span else None}
            for each in table.columns[1:]
        ],
        "lines": [_line(table, each) for each in table.rows],
    }  # fmt: skip


def _line(table: Table, line: Line) -> dict[str, Any]:
    cells = dict(zip((each.key for each in table.columns), map(plain, line.cells), strict=False))
    return {
        "key": line.key or None,
        "kind": line.kind,
        "level": line.indent,
        "title": cells.pop("title", None),
        "account_id": line.account and line.account.id,
        "account_code": line.account and line.account.code,
        "entry_id": line.entry_id,
        "figures": cells,
    }


def plain(cell: Cell) -> Any:
    """A cell in JSON: amounts as decimal strings, shares as fractions of one."""
    match cell:
        case Money():
            return cell.amount
        case Percent():
            return f"{cell.fraction:f}"
        case Decimal():
            return f"{cell:f}"
        case datetime() | date() | None | int() | str():
            return cell


def file_name(report: Report) -> str:
    """balance-sheet-2026-12-31, cash-flow-2026-01-01-2026-12-31."""
    main = report.terms.main
    return "-".join([report.name, *([f"{main.since}"] if main.since else []), f"{main.until}"])


def who(user: Any) -> str:
    """By whom a document was prepared."""
    return str(getattr(user, "email", "") or user)


def cursor_of(mark: Mark) -> str:
    """Where the general ledger goes on, sealed."""
    place = mark.place and [mark.place.effective_date.isoformat(), mark.place.posting_id, mark.place.balance]
    return signing.dumps([mark.code, place], salt=_SALT)


def mark_of(cursor: str) -> Mark:
    """Raises InvalidCursor for one that was altered."""
    try:
        code, place = signing.loads(cursor, salt=_SALT)
    except (signing.BadSignature, ValueError) as error:
        raise InvalidCursor("Take the cursor from next.", pointer="/cursor") from error
    return Mark(code, place and Place(date.fromisoformat(place[0]), place[1], place[2]))


def _account(account_id: Any) -> Account | None:
    if account_id is None:
        return None
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise InvalidInput("There is no such account.", code="unknown_account", pointer="/account_id")
    return account


def _days(given: date | str | None) -> list[date]:
    """A date, or the text of one or several."""
    if not isinstance(given, str):
        return [given] if given else []
    try:
        return [s.DateField().run_validation(part.strip()) for part in given.split(",")]
    except ValidationError as error:
        raise InvalidInput("Use YYYY-MM-DD, several with commas between them.", pointer="/as_of") from error


def _compare(query: Mapping[str, Any]) -> Compare | None:
    return Compare(query["compare"]) if "compare" in query else None


def _currency(query: Mapping[str, Any]) -> str:
    return str(query.get("currency", ""))
