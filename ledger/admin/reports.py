"""Financial reports in the console: a page that lists them, a page each, and their files."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse

from ledger.api.downloads import attachment
from ledger.api.reports import FILE_LINES, cursor_of, file_name, mark_of, who
from ledger.documents import FORMATS, Cell, Kind, to_file
from ledger.documents.print import is_negative, printed
from ledger.models import Account
from ledger.selectors.chart import chart_currencies
from ledger.selectors.reports import (
    REPORTS,
    Compare,
    FigureColumn,
    Line,
    Report,
    Span,
    Spec,
    Table,
    Terms,
    read_report,
)
from ledger.selectors.reports.asked import terms_of_day, terms_of_period
from ledger.selectors.reports.spans import months_before
from ledger.selectors.reports.types import DAY
from nexafi.console.pages import register_page
from nexafi.core import clock
from nexafi.core.errors import DomainError, InvalidInput

_PAGE_LINES = 200  # movements of the general ledger on one page
_CODES = {"reference", "counterparty_account_code"}  # columns of codes, as long as a wallet's
_CODE_END = 8  # characters of a code that stay in view: ids differ at their end
_COMPARE = [("", "Nothing"), (Compare.PREVIOUS_PERIOD, "Period before"), (Compare.PREVIOUS_YEAR, "Year before")]


def _day(**attributes: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "nx-input"}, format="%Y-%m-%d")
    return forms.DateField(required=False, widget=widget, **attributes)


def _choice(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "nx-input"})
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=widget)


class ReportForm(forms.Form):
    """What a report may be asked; the fields that one does not know are left out."""

    since = _day(label="From")
    until = _day(label="To")
    as_of = _day(label="As of")
    account = forms.CharField(
        label="Account", required=False, max_length=64,
        widget=forms.TextInput(attrs={"class": "nx-input", "size": 18, "placeholder": "All, or the code of one"}),
    )  # fmt: skip
    compare = _choice("Compare with", _COMPARE)
    currency = _choice("Currency", [])

    def __init__(self, spec: Spec, data: QueryDict | None = None) -> None:
        super().__init__(data, initial=_initial(spec))
        unused = {"as_of"} if spec.of_period else {"since", "until"}
        unused |= set() if spec.compares else {"compare"}
        unused |= set() if spec.converts else {"currency"}
        unused |= set() if spec.name == "general-ledger" else {"account"}
        for name in unused:
            del self.fields[name]
        if "currency" in self.fields:
            choices: Any = self.fields["currency"]
            unasked = f"{settings.BASE_CURRENCY} (base)" if spec.in_base else "Each its own"
            choices.choices = [("", unasked), *((code, code) for code in chart_currencies())]

    def terms(self, spec: Spec) -> Terms:
        """Raises InvalidInput."""
        if not self.is_valid():
            raise InvalidInput("; ".join(f"{name}: {errors[0]}" for name, errors in self.errors.items()))
        given = self.cleaned_data
        how = Compare(given["compare"]) if given.get("compare") else None
        currency = given.get("currency") or ""
        if spec.of_period:
            days = {"since": given["since"], "until": given["until"]}
            return terms_of_period(spec, **days, compare=how, currency=currency)
        return terms_of_day(spec, as_of=[given["as_of"]] if given["as_of"] else [], compare=how, currency=currency)


def _initial(spec: Spec) -> dict[str, date]:
    today = clock.today()
    return {"since": today.replace(month=1, day=1), "until": today, "as_of": today}


@register_page(
    route="ledger/reports/", name="ledger_reports", permission="ledger.view_reports", group="Money", title="Reports",
    icon="summarize", order=80, key="f",
)  # fmt: skip
def reports_page(request: HttpRequest) -> HttpResponseBase:
    """Every report with its period and its files."""
    context = admin.site.each_context(request) | {
        "title": "Reports",
        "trail": [("Money", "")],
        "reports": [(spec, ReportForm(spec)) for spec in REPORTS.values()],
        "formats": list(FORMATS),
    }
    return TemplateResponse(request, "ledger/reports.html", context)


@register_page(route="ledger/reports/<slug:name>/", name="ledger_report", permission="ledger.view_reports")
def report_page(request: HttpRequest, name: str) -> HttpResponseBase:
    """One report as a page, or as the file that `format` names."""
    if name not in REPORTS:
        raise Http404("There is no such report.")
    spec = REPORTS[name]
    form = ReportForm(spec, _with_defaults(spec, request.GET))
    format, problem, report = request.GET.get("format", ""), "", None
    try:
        report = replace(read_report(name, _terms(spec, form, request)), prepared_by=who(request.user))
    except DomainError as error:
        problem = error.detail
    if report and format in FORMATS:
        return attachment(to_file(report, format, name=file_name(report)))
    return TemplateResponse(request, "ledger/report.html", _context(request, spec, form, report, problem))


def _with_defaults(spec: Spec, given: QueryDict) -> QueryDict:
    """What was not given is as the form stands when it is opened."""
    data = given.copy()
    for field, value in _initial(spec).items():
        if not data.get(field):
            data[field] = value.isoformat()
    return data


def _terms(spec: Spec, form: ReportForm, request: HttpRequest) -> Terms:
    terms = form.terms(spec)
    if spec.name != "general-ledger":
        return terms
    code, cursor = form.cleaned_data["account"].strip(), request.GET.get("cursor", "")
    account = Account.objects.filter(code=code).first() if code else None
    if code and account is None:
        raise InvalidInput(f"There is no account {code}.")
    size = FILE_LINES if request.GET.get("format") in FORMATS else _PAGE_LINES
    return replace(terms, account=account, after=mark_of(cursor) if cursor else None, size=size)


def _context(request: HttpRequest, spec: Spec, form: ReportForm, report: Report | None, problem: str) -> dict[str, Any]:
    query = request.GET.copy()
    for name in ("format", "cursor"):
        query.pop(name, None)
    following = f"?{urlencode(query.dict() | {'cursor': cursor_of(report.next)})}" if report and report.next else ""
    return admin.site.each_context(request) | {
        "title": spec.title,
        "trail": [("Money", ""), ("Reports", reverse("admin:ledger_reports"))],
        "spec": spec,
        "form": form,
        "problem": problem,
        "report": report,
        "tables": [ShownTable(table, spec) for table in report.sections] if report else [],
        "verdict": verdict(spec, report) if report else None,
        "presets": presets(spec),
        "formats": list(FORMATS),
        "next": following,
    }


def verdict(spec: Spec, report: Report) -> tuple[str, str] | None:
    """What the report proves, in words and as a badge's tone; None where it proves nothing."""
    met = [table.totals["meets_minimum"] for table in report.sections if "meets_minimum" in table.totals]
    if met:
        return ("Minimum met", "good") if all(met) else ("Minimum NOT met", "bad")
    if not (spec.proves and report.sections):
        return None
    return ("Balanced", "good") if report.is_balanced else ("NOT balanced", "bad")


def presets(spec: Spec) -> list[tuple[str, str]]:
    """Common days and periods, with the query that asks for them."""
    today = clock.today()
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    last_month = Span(months_before(month, 1), month - DAY)
    last_year = Span(year.replace(year=year.year - 1), year - DAY)
    if not spec.of_period:
        days = [("Today", today), ("End of last month", last_month.until), ("End of last year", last_year.until)]
        return [(title, urlencode({"as_of": day})) for title, day in days]
    spans = [("This month", Span(month, today)), ("Last month", last_month),
             ("This year", Span(year, today)), ("Last year", last_year)]  # fmt: skip
    return [(title, urlencode({"since": span.since, "until": span.until})) for title, span in spans]


# --- a table with its links ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownCell:
    text: str
    figure: bool
    negative: bool = False
    link: str = ""
    day: bool = False
    code: bool = False

    @property
    def halves(self) -> tuple[str, str]:
        """A code as what may be cut short on a narrow screen, and its end, which stays."""
        return self.text[:-_CODE_END], self.text[-_CODE_END:]


@dataclass(frozen=True)
class ShownTable:
    """A table as the template takes it: figures lead to the lines of their account and time, lines to their entry."""

    table: Table
    spec: Spec

    @property
    def link(self) -> str:
        """Of the title: the account that a table of the general ledger is of."""
        account = self.table.rows[0].account if self.table.rows and self.spec.name == "general-ledger" else None
        return _page_of(account) if account else ""

    @property
    def shares(self) -> list[int]:
        """How much of the width each column takes, in percent; alike in tables of the same columns."""
        whole = sum(column.width for column in self.table.columns)
        return [100 * column.width // whole for column in self.table.columns]

    @property
    def rows(self) -> list[tuple[Line, list[ShownCell], int]]:
        """Each line with its cells and how many columns the first one spans."""
        return [(line, self._cells(line), self._span(line)) for line in self.table.rows]

    def _span(self, line: Line) -> int:
        alone = line.kind in (Kind.HEADING, Kind.NOTE) and len(line.cells) == 1
        return len(self.table.columns) if alone else 1

    def _cells(self, line: Line) -> list[ShownCell]:
        blanks = (None,) * (len(self.table.columns) - len(line.cells))
        if self._span(line) > 1:
            return [ShownCell(printed(line.cells[0]), figure=False)]
        cells = zip(self.table.columns, (*line.cells, *blanks), strict=True)
        return [self._cell(line, column, cell) for column, cell in cells]

    def _cell(self, line: Line, column: FigureColumn, cell: Cell) -> ShownCell:
        text, link = printed(cell), self._link(line, column, cell)
        is_code = bool(text) and column.key in _CODES
        return ShownCell(text, column.figure, is_negative(cell), link, isinstance(cell, date), is_code)

    def _link(self, line: Line, column: FigureColumn, cell: Cell) -> str:
        if line.entry_id and column.key == "title":
            return reverse("admin:ledger_journalentry_change", args=[line.entry_id])
        if line.account is None or cell is None or self.spec.name == "general-ledger":
            return ""
        if column.key == "title":
            return _page_of(line.account)
        return _lines_of(line.account, column.span) if column.figure and column.span else ""


def _page_of(account: Account) -> str:
    return reverse("admin:ledger_account_change", args=[account.pk])


def _lines_of(account: Account, span: Span) -> str:
    """The general ledger of the account over the span; up to a day, from the first of the year."""
    since = span.since or span.until.replace(month=1, day=1)
    query = urlencode({"account": account.code, "since": since, "until": span.until})
    return f"{reverse('admin:ledger_report', args=['general-ledger'])}?{query}"
