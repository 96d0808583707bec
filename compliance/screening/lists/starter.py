"""The short built-in list: real designations, so that a fresh start screens without a network."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from compliance.screening.lists.base import ParsedList
from compliance.screening.lists.dates import parse_date_text
from compliance.screening.types import DateRange, EntityType, ListedDocument, ListedEntry, ListedName, NameKind

PATH = Path(__file__).parent.parent / "data" / "starter_list.json"


def starter_lists() -> dict[str, ParsedList]:
    """The built-in entries by list code."""
    data = json.loads(PATH.read_text(encoding="utf-8"))
    return {code: ParsedList(tuple(map(_entry, rows)), label="starter") for code, rows in data["lists"].items()}


def _entry(row: dict[str, Any]) -> ListedEntry:
    return ListedEntry(
        external_id=row["external_id"],
        reference=row["reference"],
        entity_type=EntityType(row["entity_type"]),
        names=tuple(ListedName(text, NameKind(kind)) for kind, text in row["names"]),
        birth_dates=tuple(map(_born, row.get("born", ()))),
        documents=tuple(ListedDocument(*each) for each in row.get("documents", ())),
        gender=row.get("gender", ""),
        listed_on=row.get("listed_on", ""),
        nationalities=tuple(row.get("nationalities", ())),
        countries=tuple(row.get("countries", ())),
        programmes=tuple(row.get("programmes", ())),
    )


def _born(text: str) -> DateRange:
    found = DateRange.day(date.fromisoformat(text)) if "-" in text else parse_date_text(text)
    assert found is not None, text
    return found
