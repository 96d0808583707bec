"""OFAC's SDN list: SDN.CSV with ALT.CSV (aliases), ADD.CSV (addresses) and SDN_COMMENTS.CSV (remarks continued).

The format is OFAC's "SDN data specification": no header, `-0-` for null, a Ctrl-Z line at the end. Facts such as birth
dates, nationalities, documents and weak aliases are written into the remarks, separated by semicolons.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from compliance.screening.exceptions import ListUnreadable
from compliance.screening.lists.base import MAX_BYTES, ParsedList, unique
from compliance.screening.lists.countries import country_codes
from compliance.screening.lists.dates import parse_date_text
from compliance.screening.types import DateRange, EntityType, ListedDocument, ListedEntry, ListedName, NameKind
from nexafi.core import clock

Rows = dict[str, list[list[str]]]

_TYPES = {"individual": EntityType.PERSON, "vessel": EntityType.VESSEL, "aircraft": EntityType.AIRCRAFT}
_ALIAS_KINDS = {"aka": NameKind.STRONG, "fka": NameKind.FORMER, "nka": NameKind.STRONG}
_FACT = re.compile(r"^(?:alt\. |Alt\. )?(DOB|POB|nationality|citizen|Gender|a\.k\.a\.) ?(.*)$")
_DOCUMENT = re.compile(
    r"^(?:alt\. )?(?P<kind>Passport|National ID No\.|Tax ID No\.|Registration Number|Registration ID|Identification"
    r" Number|Cedula No\.|Driver's License No\.|SSN|D\.N\.I\.|C\.U\.R\.P\.|R\.F\.C\.|NIT #|RUC #|V\.A\.T\. Number|"
    r"Legal Entity Number|Government Gazette Number|Company Number|Business Registration Number|Birth Certificate"
    r" Number|SWIFT/BIC|Vessel Registration Identification|MMSI|Aircraft Tail Number|Digital Currency Address -"
    r" \w+|Unified Social Credit Code \(USCC\)) (?P<number>[^;(]+?)(?: \((?P<country>[^)]+)\))?"
    r"(?: (?:issued|expires).*)?$"
)


def parse_ofac(path: Path) -> ParsedList:
    """Read the list from a folder or from the SDN file whose neighbours are there. Raises ListUnreadable."""
    files = _files(path)
    sdn = _rows(files["sdn"], 12)
    aliases, addresses = _by_entity(files.get("alt"), 5), _by_entity(files.get("add"), 6)
    comments = _by_entity(files.get("sdn_comments"), 2)
    unread: list[str] = []
    entries = tuple(_entry(row, aliases[row[0]], addresses[row[0]], comments[row[0]], unread) for row in sdn)
    notes = _notes(files, {row[0] for row in sdn}, {"alias": aliases, "address": addresses}, unread)
    return ParsedList(entries=entries, label=_label(files["sdn"]), warnings=notes)


def _files(path: Path) -> dict[str, Path]:
    """The newest file of each part: sdn.csv or sdn-2024-05-02.csv, alt…, add…, sdn_comments…."""
    folder = path if path.is_dir() else path.parent
    found = {}
    for part in ("sdn", "alt", "add", "sdn_comments"):
        pattern = re.compile(rf"{part}(-\d{{4}}-\d{{2}}-\d{{2}})?\.csv", re.IGNORECASE)
        names = sorted(each for each in folder.glob("*") if pattern.fullmatch(each.name))
        if names:
            found[part] = names[-1]
    if path.is_file():
        found["sdn"] = path
    if "sdn" not in found:
        raise ListUnreadable(f"There is no SDN file at {path.name}.")
    return found


def _label(sdn: Path) -> str:
    """The date in the file's name where it has one, else the day of the import."""
    dated = re.search(r"\d{4}-\d{2}-\d{2}", sdn.name)
    return dated[0] if dated else clock.today().isoformat()


def _notes(files: dict[str, Path], ids: set[str], details: dict[str, Rows], unread: list[str]) -> tuple[str, ...]:
    """What an operator should know; none of it hides a name."""
    notes = [f"no {part} file: imported without it" for part in ("alt", "add") if part not in files]
    for what, rows in details.items():
        if strays := sum(len(each) for key, each in rows.items() if key not in ids):
            notes.append(f"{strays} {what} rows belong to no entry")
    if unread:
        notes.append(f"{len(unread)} birth dates could not be read, for example {unread[0]!r}")
    return tuple(notes)


def _rows(path: Path, width: int) -> list[list[str]]:
    """Every row with its nulls emptied. One malformed row refuses the whole file: a list is whole or it is nothing."""
    if path.stat().st_size > MAX_BYTES:
        raise ListUnreadable(f"{path.name} is larger than {MAX_BYTES} bytes.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ListUnreadable(f"{path.name} is not UTF-8 at byte {error.start}.") from error
    if "\0" in text:
        raise ListUnreadable(f"{path.name} holds NUL bytes.")
    try:
        rows = list(_read(text.rstrip("\x1a\r\n "), path.name, width))
    except csv.Error as error:
        raise ListUnreadable(f"{path.name}: {error}") from error
    if not rows:
        raise ListUnreadable(f"{path.name} is empty.")
    return rows


def _read(text: str, name: str, width: int) -> Iterator[list[str]]:
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    for row in reader:
        if len(row) != width or not row[0].strip().isdigit():
            raise ListUnreadable(f"{name} line {reader.line_num}: expected {width} columns that start with an id.")
        yield ["" if cell.strip() == "-0-" else cell.strip() for cell in row]


def _by_entity(path: Path | None, width: int) -> Rows:
    grouped: Rows = defaultdict(list)
    for row in _rows(path, width) if path else ():
        grouped[row[0]].append(row)
    return grouped


def _entry(
    row: list[str], aliases: list[list[str]], addresses: list[list[str]], more: list[list[str]], unread: list[str]
) -> ListedEntry:
    remarks = row[11] + "".join(comment[1] for comment in more)
    facts = [fact.strip().rstrip(".") for fact in remarks.split(";") if fact.strip()]
    known = _facts(facts)
    nationalities = unique([*known["nationality"], *known["citizen"]])
    places = [*nationalities, *(address[4] for address in addresses)]
    if row[9]:
        places.append(row[9])
    return ListedEntry(
        external_id=row[0],
        reference=f"OFAC {row[0]}",
        entity_type=_TYPES.get(row[2], EntityType.ORGANIZATION),
        names=_names(row[1], aliases, known["a.k.a."]),
        birth_dates=_birth_dates(known["DOB"], unread),
        birth_places=unique(known["POB"]),
        nationalities=nationalities,
        countries=country_codes(places),
        documents=_documents(facts),
        addresses=unique([", ".join(filter(None, address[2:5])) for address in addresses]),
        programmes=unique([each.strip("[] ") for each in row[3].split("] [")]),
        gender=next(iter(known["Gender"]), "").casefold(),
        title=row[4],
        remarks=remarks,
    )


def _facts(facts: list[str]) -> dict[str, list[str]]:
    known: dict[str, list[str]] = defaultdict(list)
    for fact in facts:
        if found := _FACT.match(fact):
            known[found[1]].append(found[2].strip())
    return known


def _names(primary: str, aliases: list[list[str]], weak: list[str]) -> tuple[ListedName, ...]:
    """The primary name first; quoted a.k.a.'s in the remarks are what OFAC calls weak aliases."""
    listed = [ListedName(primary, NameKind.PRIMARY)]
    listed += [ListedName(row[3], _ALIAS_KINDS.get(row[2], NameKind.STRONG)) for row in aliases if row[3]]
    listed += [ListedName(name.strip("'"), NameKind.WEAK) for name in weak if name.strip("'")]
    return unique(listed)


def _birth_dates(texts: list[str], unread: list[str]) -> tuple[DateRange, ...]:
    found = [parse_date_text(text) for text in texts]
    unread += [text for text, span in zip(texts, found, strict=True) if span is None]
    return unique([span for span in found if span])


def _documents(facts: list[str]) -> tuple[ListedDocument, ...]:
    found = filter(None, map(_DOCUMENT.match, facts))
    return unique([ListedDocument(each["kind"], each["number"].strip(), each["country"] or "") for each in found])
