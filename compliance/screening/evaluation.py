"""How well names are matched, measured on labelled public data (in the folder NEXAFI_DATA, else ../shared/data)."""

import csv
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from django.conf import settings

from compliance.screening.matching.index import IndexedEntry, IndexedName, NameIndex
from compliance.screening.matching.normalise import normalise
from compliance.screening.matching.score import align
from compliance.screening.matching.search import search
from compliance.screening.types import DateRange, EntityType, NameKind, Query

_TYPES = {"Person": EntityType.PERSON, "Organization": EntityType.ORGANIZATION, "Company": EntityType.ORGANIZATION}
FLOOR = 0.1  # scores below it count as nothing found
_NOBODY = IndexedEntry(UUID(int=0), "", "", "", EntityType.UNKNOWN, ())


@dataclass(frozen=True)
class Labelled:
    """A question and, where it is known, the external id of the entry that it should find."""

    query: Query
    gold: str = ""


def data_folder() -> Path | None:
    """Where the labelled data is; None when it is not on this machine."""
    named = os.environ.get("NEXAFI_DATA")
    places = [Path(named)] if named else [settings.BASE_DIR.parents[n] / "shared/data" for n in (0, 1)]
    return next((place for place in places if (place / "screening").is_dir()), None)


def crosslist(folder: Path) -> list[Labelled]:
    """Names of UN-listed people and the OFAC entry that shares an identity document with them."""
    rows = _rows(folder / "screening/crosslist_un_to_ofac.csv")
    return [
        Labelled(Query(row["query_name"], _TYPES.get(row["schema"], EntityType.UNKNOWN)), row["gold_ofac_ent"][5:])
        for row in rows
    ]


def customers(folder: Path, name: str, *, limit: int) -> list[Labelled]:
    """The first customers of "innocent_customers" or "un_customers", with their birth dates."""
    rows = _rows(folder / f"screening/{name}.csv")[:limit]
    return [Labelled(Query(row["full_name"], EntityType.UNKNOWN, _born(row["date_of_birth"]))) for row in rows]


def pairs_f1(index: NameIndex, folder: Path, threshold: float) -> float:
    """F1 on labelled name pairs at one fixed threshold; token rarity is the index's."""
    hits = [(row["is_match"] == "true", pair_score(index, row["name1"], row["name2"]) >= threshold)
            for row in _rows(folder / "screening/name_pairs.csv")]  # fmt: skip
    true = sum(label and found for label, found in hits)
    return 2 * true / (sum(label for label, _ in hits) + sum(found for _, found in hits))


def pair_score(index: NameIndex, left: str, right: str) -> float:
    """How alike two names are, neither of which needs to be listed."""
    tokens, listed = normalise(left), normalise(right)
    if not tokens or not listed:
        return 0.0
    near = {token: index.likeness(token, listed) for token in tokens}
    return align(index, tokens, near, IndexedName(_NOBODY, right, NameKind.PRIMARY, listed)).score


@dataclass(frozen=True)
class Best:
    """The best score of a question: on the name alone, and with what else is known. 0 when nothing was found."""

    name_alone: float
    qualified: float


def best_scores(index: NameIndex, asked: Iterable[Labelled]) -> list[Best]:
    """The best score of each question, of the gold entry where one is known."""
    scores = []
    for each in asked:
        found = search(index, each.query, threshold=FLOOR)
        right = [match for match in found if each.gold in ("", match.external_id)]
        name_alone = max((match.explanation["name_score"] for match in right), default=0.0)
        scores.append(Best(name_alone, max((match.score for match in right), default=0.0)))
    return scores


def share(scores: list[float], threshold: float) -> float:
    """The share of scores at or above the threshold, 0 to 1."""
    return sum(score >= threshold for score in scores) / len(scores)


def recall_at(scores: list[float], innocent: list[float], alert_rate: float) -> float:
    """Recall at the threshold that alerts on this share of innocent names."""
    threshold = sorted(innocent, reverse=True)[int(len(innocent) * alert_rate)]
    return sum(score > threshold for score in scores) / len(scores)


def timed(work: Callable[[Labelled], object], asked: list[Labelled]) -> list[float]:
    """Milliseconds of each call, ascending."""
    times = []
    for each in asked:
        start = time.perf_counter()
        work(each)
        times.append(1000 * (time.perf_counter() - start))
    return sorted(times)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _born(text: str) -> DateRange | None:
    if not text:
        return None
    return DateRange.day(date.fromisoformat(text)) if len(text) == 10 else DateRange.years(int(text[:4]))
