"""An account's statement as a file: what a bank sends, and what a spreadsheet reads."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from django.http import FileResponse

from ledger.documents import FORMATS, Column, Document, Kind, Row, Section, to_csv, to_pdf
from ledger.models import Account
from ledger.selectors.statements import WholeStatement, whole_statement
from nexafi.core.money import Money

STATEMENT_LINES: Final = {"csv": 50_000, "pdf": 10_000}  # the most movements; a page of paper holds about fifty
_IN_MEMORY = 1024 * 1024  # bytes; what is longer waits on disk
_COLUMNS = (
    Column("Date", 12),
    Column("Text", 32),
    Column("Reference", 14),
    Column("Debit", 13, figure=True),
    Column("Credit", 13, figure=True),
    Column("Balance", 15, figure=True),
)


def statement_file(account: Account, *, since: date, until: date, format: str, prepared_by: str = "") -> FileResponse:
    """The whole statement as "csv" or "pdf", to be saved. Raises StatementTooLong above STATEMENT_LINES."""
    with whole_statement(account, since=since, until=until, limit=STATEMENT_LINES[format]) as found:
        content = _written(_document(found, prepared_by), format)
    name = f"statement-{account.code}-{since}-{until}.{format}"
    headers = {"Cache-Control": "no-store"}
    return FileResponse(content, as_attachment=True, filename=name, content_type=FORMATS[format], headers=headers)


def _written(document: Document, format: str) -> IO[bytes]:
    """CSV goes to disk line by line while the database is read; the client may then be as slow as it likes."""
    if format == "pdf":
        return BytesIO(to_pdf(document))
    spool: Any = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  the response closes it
    spool.writelines(line.encode() for line in to_csv(document))
    spool.seek(0)
    return spool


def _document(found: WholeStatement, prepared_by: str) -> Document:
    account = found.account
    return Document(
        title="Statement of account",
        subtitle=(f"{account.code} {account.name}", f"{found.since:%d %B %Y} to {found.until:%d %B %Y}"),
        sections=(Section(_COLUMNS, _rows(found), currency=account.currency),),
        prepared_by=prepared_by,
    )


def _rows(found: WholeStatement) -> Iterator[Row]:
    account, debits, credits = found.account, 0, 0
    yield Row((found.since, "Opening balance", None, None, None, found.opening), Kind.SUBTOTAL)
    for line in found.lines:
        posting, debited = line.posting, line.posting.debit_id == account.id
        amount = Money(posting.amount, account.currency)
        debits, credits = debits + posting.amount * debited, credits + posting.amount * (not debited)
        sides = (amount, None) if debited else (None, amount)
        text = posting.entry.description or line.counterparty.name
        yield Row((posting.effective_date, text, posting.entry.reference, *sides, line.balance))
    totals = (Money(debits, account.currency), Money(credits, account.currency))
    yield Row((found.until, "Closing balance", None, *totals, found.closing), Kind.TOTAL)
