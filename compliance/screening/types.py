"""What a list says, what is asked, and what screening answers: plain frozen values."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID


class EntityType(StrEnum):
    PERSON = "person"
    ORGANIZATION = "organization"
    VESSEL = "vessel"
    AIRCRAFT = "aircraft"
    UNKNOWN = "unknown"


class NameKind(StrEnum):
    """How an authority vouches for a name. A weak alias never matches on one token alone."""

    PRIMARY = "primary"
    STRONG = "strong"
    WEAK = "weak"
    FORMER = "former"
    ORIGINAL_SCRIPT = "original_script"


class Result(StrEnum):
    """The answer to a screening. `not_screened` means that no list was there to compare with: never clear."""

    CLEAR = "clear"
    POTENTIAL_MATCH = "potential_match"
    MATCH = "match"
    NOT_SCREENED = "not_screened"


@dataclass(frozen=True)
class DateRange:
    """A birth date as lists give it: a day, a month, a year or a span of years, as first and last possible day."""

    first: date
    last: date
    circa: bool = False

    @classmethod
    def day(cls, value: date) -> Self:
        return cls(value, value)

    @classmethod
    def years(cls, first: int, last: int | None = None, *, circa: bool = False) -> Self:
        return cls(date(first, 1, 1), date(last or first, 12, 31), circa)

    @property
    def is_exact(self) -> bool:
        return self.first == self.last and not self.circa

    def meets(self, other: "DateRange", *, slack: timedelta = timedelta()) -> bool:
        """Whether the spans share a day, each widened by `slack`."""
        return self.first - slack <= other.last and other.first - slack <= self.last

    def __str__(self) -> str:
        if self.is_exact:
            return self.first.isoformat()
        span = str(self.first.year) if self.first.year == self.last.year else f"{self.first.year}-{self.last.year}"
        return f"circa {span}" if self.circa else span

    def as_json(self) -> dict[str, Any]:
        return {"first": self.first.isoformat(), "last": self.last.isoformat(), "circa": self.circa}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(date.fromisoformat(data["first"]), date.fromisoformat(data["last"]), data["circa"])


@dataclass(frozen=True)
class ListedName:
    text: str
    kind: NameKind


@dataclass(frozen=True)
class ListedDocument:
    """An identity document, registration, vessel or wallet number. `country` is the text of the list."""

    kind: str
    number: str
    country: str = ""


@dataclass(frozen=True)
class ListedEntry:
    """One designation as its authority publishes it, in the shape all lists share."""

    external_id: str  # the authority's own key, stable between versions
    reference: str  # what people quote: the UN reference number, the OFAC unique id
    entity_type: EntityType
    names: tuple[ListedName, ...]
    birth_dates: tuple[DateRange, ...] = ()
    birth_places: tuple[str, ...] = ()
    nationalities: tuple[str, ...] = ()  # country names as listed
    countries: tuple[str, ...] = ()  # ISO 3166-1 alpha-2, from nationalities and addresses
    documents: tuple[ListedDocument, ...] = ()
    addresses: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    gender: str = ""
    title: str = ""
    listed_on: str = ""  # ISO date, where the list gives one
    remarks: str = ""

    @property
    def primary_name(self) -> str:
        return self.names[0].text

    def as_json(self) -> dict[str, Any]:
        """The entry as stored and hashed."""
        return {
            **vars(self),
            "names": [vars(each) for each in self.names],
            "documents": [vars(each) for each in self.documents],
            "birth_dates": [each.as_json() for each in self.birth_dates],
        }


@dataclass(frozen=True)
class Query:
    """Whom to look for. `country` is ISO 3166-1 alpha-2; `entity_id` is the asker's own reference."""

    name: str
    entity_type: EntityType = EntityType.UNKNOWN
    date_of_birth: DateRange | None = None
    country: str = ""
    entity_id: str = ""


@dataclass(frozen=True)
class Match:
    """One listed entry that resembles the query. Scores run from 0 to 1."""

    list_code: str
    entry_id: UUID
    entry_hash: str
    external_id: str
    name: str
    matched_name: str
    name_kind: str
    score: float
    explanation: dict[str, Any]


@dataclass(frozen=True)
class ScreeningResult:
    """The recorded answer: the best score and every match above the threshold, best first."""

    id: UUID
    result: Result
    score: float
    matches: tuple[Match, ...]
    list_versions: dict[str, str]
    config_version: str
