"""Documents as an accountant hands them over: one description, written as CSV, XLSX or PDF.

statement = Document(
    title="Statement of account",
    subtitle=("W-1 Ada Lovelace", "1 January to 31 January 2026"),
    sections=(Section(columns=(Column("Date", 10), Column("Text", 40), Column("Balance", 16, figure=True)),
                      rows=rows, currency="USD"),),
    prepared_by="ada@example.org",
)
file = to_file(statement, "pdf", name="statement-W-1")
"""

from ledger.documents.as_csv import to_csv
from ledger.documents.as_pdf import to_pdf
from ledger.documents.as_xlsx import to_xlsx
from ledger.documents.files import FORMATS, File, to_file
from ledger.documents.types import Cell, Column, Document, Kind, Percent, Row, Section

__all__ = [
    "FORMATS",
    "Cell",
    "Column",
    "Document",
    "File",
    "Kind",
    "Percent",
    "Row",
    "Section",
    "to_csv",
    "to_file",
    "to_pdf",
    "to_xlsx",
]
