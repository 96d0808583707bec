"""The API's body parsers."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser, MultiPartParser

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


class UploadParser(MultiPartParser):
    """multipart/form-data, for views that take files: `parser_classes = [UploadParser]`."""

    def accepts(self, content_type: str) -> bool:
        return content_type.lower().startswith("multipart/form-data;")
