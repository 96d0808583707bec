"""The euro reference rates of the European Central Bank: eurofxref-hist.csv or .zip, and eurofxref-daily.xml.

https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates. They are for information: good
for valuation and reports, not the rate of a deal.
"""

import csv
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit

from ledger.exceptions import RatesUnavailable, RatesUnreadable
from ledger.types import RateSheet
from nexafi.core.errors import UnknownCurrency
from nexafi.core.money import currency
from nexafi.core.outside import OutsideParty, OutsidePartyDown
from nexafi.core.xml import XMLRefused, read_xml

MAX_BYTES: Final = 32 << 20  # of a file, also unpacked; 28 years are 2 MB
_RATE = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")
_NONE = ("", "N/A")
_BROKEN = (XMLRefused, zipfile.BadZipFile, zlib.error, UnicodeDecodeError, csv.Error, OSError, EOFError, RuntimeError)
_ecb = OutsideParty("The source of exchange rates", read_seconds=20, reset_seconds=300)


def fetch_rates(url: str, folder: Path) -> Path:
    """Download the file at `url` into `folder`. Raises RatesUnavailable."""
    target = folder / "rates"
    try:
        _ecb.download(url, target, max_bytes=MAX_BYTES)
    except OutsidePartyDown as error:
        raise RatesUnavailable(f"{urlsplit(url).netloc}: {error.detail}") from error
    return target


def read_sheets(path: Path) -> list[RateSheet]:
    """Every day of a file, the oldest first; what kind of file it is is seen from its content.

    Raises RatesUnreadable for anything but a whole, well-formed file.
    """
    try:
        sheets = sorted(_sheets(path), key=lambda sheet: sheet.valid_on)
    except _BROKEN as error:
        raise RatesUnreadable(f"{path.name}: {error}") from error
    days = [sheet.valid_on for sheet in sheets]
    if not sheets or len(set(days)) != len(days):
        raise RatesUnreadable(f"{path.name} has no rates." if not sheets else f"{path.name} has a day twice.")
    return sheets


def _sheets(path: Path) -> Iterable[RateSheet]:
    with path.open("rb") as file:
        start = file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
    if start.startswith(b"PK"):
        return _unpacked(path)
    if start.startswith(b"<"):
        return _from_xml(path)
    if path.stat().st_size > MAX_BYTES:
        raise RatesUnreadable(f"{path.name} is larger than {MAX_BYTES} bytes.")
    with path.open("rb") as file:
        return list(_from_csv(file))


def _unpacked(path: Path) -> list[RateSheet]:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) != 1 or members[0].file_size > MAX_BYTES:
            raise RatesUnreadable(f"{path.name} does not hold one file of at most {MAX_BYTES} bytes.")
        with archive.open(members[0]) as file:
            return list(_from_csv(file))


def _from_csv(file: IO[bytes]) -> Iterator[RateSheet]:
    """A header "Date,USD,JPY,...", then a line a day; a currency that was not quoted has "N/A"."""
    rows = csv.reader(TextIOWrapper(file, encoding="utf-8-sig", newline=""), skipinitialspace=True)
    header = next(rows, [])
    codes = [code.strip() for code in header[1:]]
    if header[:1] != ["Date"] or "USD" not in codes:
        raise RatesUnreadable('The file does not begin with "Date" and currency codes.')
    for row in rows:
        if len(row) != len(header):
            raise RatesUnreadable(f"Line {rows.line_num} has {len(row)} fields, the header {len(header)}.")
        quoted = ((code, text) for code, text in zip(codes, row[1:], strict=True) if text not in _NONE)
        yield _sheet(row[0], quoted)


def _from_xml(path: Path) -> Iterator[RateSheet]:
    """<Cube time="2026-10-30"><Cube currency="USD" rate="1.1172"/>...</Cube>, for one day or several."""
    root = read_xml(path, max_bytes=MAX_BYTES)
    for day in root.iterfind(".//{*}Cube[@time]"):
        yield _sheet(
            day.get("time"), ((cube.get("currency", ""), cube.get("rate", "")) for cube in day.iterfind("{*}Cube"))
        )


def _sheet(day: str, quoted: Iterable[tuple[str, str]]) -> RateSheet:
    """Raises RatesUnreadable. A currency that this installation does not know is left out."""
    rates: dict[str, Decimal] = {}
    for code, text in quoted:
        if not _RATE.fullmatch(text) or not Decimal(text) or code in rates or code == "EUR":
            raise RatesUnreadable(f"{day}: {code} {text!r} is not a rate.")
        if _known(code):
            rates[code] = Decimal(text)
    try:
        valid_on = date.fromisoformat(day)
    except ValueError as error:
        raise RatesUnreadable(f"{day!r} is not a day.") from error
    if not rates:
        raise RatesUnreadable(f"{day} has no rates.")
    return RateSheet(valid_on, rates)


def _known(code: str) -> bool:
    try:
        currency(code)
    except UnknownCurrency:
        return False
    return True
