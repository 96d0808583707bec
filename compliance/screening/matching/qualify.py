"""What else is known than the name: each qualifier lowers a score or leaves it, and says why."""

from dataclasses import dataclass
from datetime import timedelta

from compliance.screening.matching.config import MatcherConfig
from compliance.screening.matching.index import IndexedEntry
from compliance.screening.types import DateRange, EntityType, Query

YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Qualifier:
    """`agrees` is True when the facts corroborate, False when they contradict, None when they do not tell."""

    name: str
    query: str
    listed: str
    effect: float
    agrees: bool | None


def qualifiers(query: Query, entry: IndexedEntry, config: MatcherConfig) -> list[Qualifier]:
    """Every qualifier that can be judged on what both sides know."""
    found = []
    if query.entity_type is not EntityType.UNKNOWN and query.entity_type is not entry.entity_type:
        found.append(Qualifier("entity_type", query.entity_type, entry.entity_type, config.type_differs, agrees=False))
    if query.date_of_birth and entry.birth_dates:
        found.append(_birth(query.date_of_birth, entry.birth_dates, config))
    if query.country and entry.countries:
        agrees = query.country in entry.countries
        effect = 0.0 if agrees else config.country_differs
        found.append(Qualifier("country", query.country, ", ".join(entry.countries), effect, agrees=agrees))
    return found


def _birth(born: DateRange, listed: tuple[DateRange, ...], config: MatcherConfig) -> Qualifier:
    text = "; ".join(map(str, listed))
    if any(born.meets(each) or _same_year(born, each) for each in listed):
        return Qualifier("date_of_birth", str(born), text, 0.0, agrees=True)
    if any(born.meets(each, slack=YEAR * (2 if each.circa else 1)) for each in listed):
        return Qualifier("date_of_birth", str(born), text, config.birth_near, agrees=None)
    return Qualifier("date_of_birth", str(born), text, config.birth_differs, agrees=False)


def _same_year(born: DateRange, listed: DateRange) -> bool:
    return born.first.year == born.last.year == listed.first.year == listed.last.year
