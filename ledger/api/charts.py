"""The chart of accounts as a CSV file, over HTTP."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.selectors.chart import chart_csv
from ledger.services.chart import Imported, import_chart
from nexafi.api import serializers as s
from nexafi.api.parsers import CsvParser, UploadParser, one_file
from nexafi.api.views import MEBIBYTE, ApiView
from nexafi.core.errors import InvalidInput

_FILE = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}


class ExportQuery(s.Filters):
    currency = s.CurrencyField()
    format = s.ChoiceField(choices=["csv"], default="csv")


class ImportQuery(s.Filters):
    currency = s.CharField(max_length=200, help_text="For rows that name none: codes with commas between them.")
    dry_run = s.BooleanField(default=False)


class ChartExportView(ApiView):
    access = {"GET": "ledger.view"}
    produces = ("text/csv",)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponse:
        """Every open account but customers' as CSV, as the import reads it."""
        currency = self.query(ExportQuery).validated_data.get("currency")
        return csv_response(currency)


class ChartImportView(ApiView):
    access = {"POST": "ledger.manage_accounts"}
    parser_classes = [CsvParser, UploadParser]
    max_body = 4 * MEBIBYTE

    @extend_schema(request={"text/csv": {"type": "string"}, "multipart/form-data": _FILE})
    def post(self, request: Request) -> Response:
        """Open or change the accounts of a CSV file, all or none; a faulty file's problem points at every faulty row by
        its line (`/rows/7/type`). Code, type, currency, parent and role of an account never change."""
        query = self.query(ImportQuery).validated_data
        text = request.data if isinstance(request.data, str) else utf8(one_file(request).read())
        codes = query["currency"].split(",") if query.get("currency") else []
        done = import_chart(text=text, currencies=codes, dry_run=query["dry_run"])
        return Response(imported_body(done, dry_run=query["dry_run"]))


def imported_body(done: Imported, *, dry_run: bool) -> dict[str, Any]:
    return {"dry_run": dry_run, "opened": done.opened, "changed": done.changed, "unchanged": done.unchanged}


def csv_response(currency: str | None) -> HttpResponse:
    """The chart to download."""
    name = f"chart-{currency}.csv" if currency else "chart.csv"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(chart_csv(currency), content_type="text/csv; charset=utf-8", headers=disposition)


def utf8(content: bytes) -> str:
    """Raises InvalidInput."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput("The file is not in UTF-8.", pointer="/file") from error
