"""The UN Security Council Consolidated List, XML as published at scsanctions.un.org."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from compliance.screening.exceptions import ListUnreadable
from compliance.screening.lists.base import MAX_BYTES, ParsedList, unique
from compliance.screening.lists.countries import country_codes
from compliance.screening.lists.dates import parse_date_text
from compliance.screening.types import DateRange, EntityType, ListedDocument, ListedEntry, ListedName, NameKind
from nexafi.core.xml import XMLRefused, read_xml

_QUALITY = {"Low": NameKind.WEAK, "f.k.a.": NameKind.FORMER}
_NAME_PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_SHAPES = (("INDIVIDUALS", "INDIVIDUAL", EntityType.PERSON), ("ENTITIES", "ENTITY", EntityType.ORGANIZATION))


def parse_un(path: Path) -> ParsedList:
    """Read the whole list. Raises ListUnreadable for anything but a complete, plain document of the right shape."""
    try:
        root = read_xml(path, max_bytes=MAX_BYTES)
    except XMLRefused as error:
        raise ListUnreadable(str(error)) from error
    if root.tag != "CONSOLIDATED_LIST" or root.find("INDIVIDUALS") is None or root.find("ENTITIES") is None:
        raise ListUnreadable(f"{path.name} is not a UN consolidated list.")
    entries = tuple(_entries(root))
    if not entries:
        raise ListUnreadable(f"{path.name} has no entries.")
    return ParsedList(entries=entries, label=root.get("dateGenerated", "")[:10] or path.stem)


def _entries(root: Any) -> Iterator[ListedEntry]:
    for group, tag, entity_type in _SHAPES:
        for node in root.iterfind(f"{group}/{tag}"):
            yield _entry(node, tag, entity_type)


def _entry(node: Any, tag: str, entity_type: EntityType) -> ListedEntry:
    nationalities = unique(_values(node, "NATIONALITY/VALUE"))
    address_countries = _values(node, f"{tag}_ADDRESS/COUNTRY")
    return ListedEntry(
        external_id=_required(node, "DATAID"),
        reference=_required(node, "REFERENCE_NUMBER"),
        entity_type=entity_type,
        names=_names(node, tag),
        birth_dates=unique(_birth_dates(node)),
        birth_places=unique(_joined(node, "INDIVIDUAL_PLACE_OF_BIRTH")),
        nationalities=nationalities,
        countries=country_codes([*nationalities, *address_countries]),
        documents=unique(_documents(node)),
        addresses=unique(_joined(node, f"{tag}_ADDRESS")),
        programmes=unique([_text(node, "UN_LIST_TYPE")]),
        gender=_text(node, "GENDER").casefold(),
        title="; ".join(unique([*_values(node, "TITLE/VALUE"), *_values(node, "DESIGNATION/VALUE")])),
        listed_on=_text(node, "LISTED_ON"),
        remarks=_text(node, "COMMENTS1"),
    )


def _text(node: Any, path: str) -> str:
    return " ".join((node.findtext(path) or "").split())


def _values(node: Any, path: str) -> list[str]:
    return [" ".join((each.text or "").split()) for each in node.iterfind(path)]


def _required(node: Any, path: str) -> str:
    if not (text := _text(node, path)):
        raise ListUnreadable(f"Line {node.sourceline}: an entry without {path}.")
    return text


def _names(node: Any, tag: str) -> tuple[ListedName, ...]:
    primary = " ".join(filter(None, (_text(node, part) for part in _NAME_PARTS)))
    if not primary:
        raise ListUnreadable(f"Line {node.sourceline}: an entry without a name.")
    listed = [ListedName(primary, NameKind.PRIMARY)]
    for alias in node.iterfind(f"{tag}_ALIAS"):
        if text := _text(alias, "ALIAS_NAME"):
            listed.append(ListedName(text, _QUALITY.get(_text(alias, "QUALITY"), NameKind.STRONG)))
    if original := _text(node, "NAME_ORIGINAL_SCRIPT"):
        listed.append(ListedName(original, NameKind.ORIGINAL_SCRIPT))
    return unique(listed)


def _birth_dates(node: Any) -> Iterator[DateRange | None]:
    for each in node.iterfind("INDIVIDUAL_DATE_OF_BIRTH"):
        circa = _text(each, "TYPE_OF_DATE") == "APPROXIMATELY"
        if day := _text(each, "DATE"):
            first = _iso(day)
            yield DateRange(first.first, first.last, circa) if first else None
        elif year := _text(each, "YEAR") or _text(each, "FROM_YEAR"):
            last = _text(each, "TO_YEAR") or year
            plausible = year.isdigit() and last.isdigit() and 1800 < int(year) <= int(last) < 2100
            yield DateRange.years(int(year), int(last), circa=circa) if plausible else None
        else:
            yield parse_date_text(_text(each, "NOTE").replace(".", ""))


def _iso(text: str) -> DateRange | None:
    try:
        return DateRange.day(date.fromisoformat(text[:10]))
    except ValueError:
        return None


def _documents(node: Any) -> Iterator[ListedDocument | None]:
    for each in node.iterfind("INDIVIDUAL_DOCUMENT"):
        number = _text(each, "NUMBER")
        kind = _text(each, "TYPE_OF_DOCUMENT") or _text(each, "TYPE_OF_DOCUMENT2")
        country = _text(each, "ISSUING_COUNTRY") or _text(each, "COUNTRY_OF_ISSUE")
        yield ListedDocument(kind, number, country) if number else None


def _joined(node: Any, tag: str) -> list[str]:
    parts = ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY")
    return [", ".join(filter(None, (_text(each, part) for part in parts))) for each in node.iterfind(tag)]
