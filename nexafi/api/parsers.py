"""The API's body parsers."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request

from nexafi.core import json as strict_json
from nexafi.core.errors import InvalidInput


class UnsupportedEncoding(InvalidInput):
    code, status, title = "unsupported_media_type", 415, "Unsupported Media Type"


class StrictJSONParser(BaseParser):
    """application/json in UTF-8 through nexafi.core.json."""

    media_type = "application/json"

    def accepts(self, content_type: str) -> bool:
        """Exactly application/json, with no parameter but `charset=utf-8`."""
        kind, _, parameters = content_type.lower().partition(";")
        return kind.strip() == self.media_type and parameters.strip() in ("", "charset=utf-8", 'charset="utf-8"')

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read()
        if body.startswith((BOM_UTF8, BOM_UTF16_LE, BOM_UTF16_BE)) or 0 in body[:4]:  # UTF-16 and 32 begin with NULs
            raise UnsupportedEncoding("JSON is sent in UTF-8 without a byte order mark.")
        return strict_json.loads(body)


class CsvParser(BaseParser):
    """text/csv in UTF-8, for views that take a table: `request.data` is its text."""

    media_type = "text/csv"

    def accepts(self, content_type: str) -> bool:
        kind, _, parameters = content_type.lower().partition(";")
        return kind.strip() == self.media_type and parameters.strip() in ("", "charset=utf-8", 'charset="utf-8"')

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return str(stream.read(), "utf-8")
        except UnicodeDecodeError as error:
            raise UnsupportedEncoding("CSV is sent in UTF-8.") from error


class UploadParser(MultiPartParser):
    """multipart/form-data, for views that take files: `parser_classes = [UploadParser]`."""

    def accepts(self, content_type: str) -> bool:
        return content_type.lower().startswith("multipart/form-data;")


def one_file(request: Request) -> Any:
    """The only file of an upload. Raises InvalidInput for none or several."""
    files = [file for name in request.FILES for file in request.FILES.getlist(name)]
    if len(files) != 1:
        raise InvalidInput("Send exactly one file.", pointer="/file")
    return files[0]
