"""A document as a file to download."""

import re
from dataclasses import dataclass
from typing import Final

from ledger.documents.as_csv import to_csv
from ledger.documents.as_pdf import to_pdf
from ledger.documents.as_xlsx import to_xlsx
from ledger.documents.types import Document

FORMATS: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


@dataclass(frozen=True)
class File:
    """`name` is plain ASCII, fit for a Content-Disposition header."""

    name: str
    content_type: str
    content: bytes


def to_file(document: Document, format: str, *, name: str) -> File:
    """The document in one of FORMATS; `name` without its ending. Raises KeyError for another format."""
    content_type = FORMATS[format]
    match format:
        case "csv":
            content = "".join(to_csv(document)).encode()
        case "xlsx":
            content = to_xlsx(document)
        case _:
            content = to_pdf(document)
    return File(f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name)}.{format}", content_type, content)
