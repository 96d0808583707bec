"""The API's one body parser."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from nexafi.core import json as strict_json


class StrictJSONParser(BaseParser):
    """application/json in UTF-8 through nexafi.core.json."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return strict_json.loads(stream.read())
