"""The blocking index: from the tokens of a query to the few listed names worth scoring.

Every listed token is reachable by itself, by any spelling one edit away (symmetric deletes) and by its sound. Names are
then ranked by the rarity (IDF) of the tokens they share with the query.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from rapidfuzz.distance import OSA, JaroWinkler

from compliance.screening.matching.config import MatcherConfig
from compliance.screening.matching.normalise import TIES, joined, normalise, sound_keys
from compliance.screening.types import DateRange, EntityType, ListedName, NameKind

MAX_POSTINGS = 1500  # a token in more names than this only ranks names that another token brought in

TIE_RARITY = 0.2  # of the rarest token's weight


@dataclass(frozen=True, slots=True)
class IndexedEntry:
    """What the matcher needs to know of a listed entry."""

    id: UUID
    list_code: str
    external_id: str
    content_hash: str
    entity_type: EntityType
    names: tuple[ListedName, ...]
    birth_dates: tuple[DateRange, ...] = ()
    countries: tuple[str, ...] = ()

    @property
    def primary_name(self) -> str:
        return self.names[0].text


@dataclass(frozen=True, slots=True)
class IndexedName:
    entry: IndexedEntry
    text: str
    kind: NameKind
    tokens: tuple[str, ...]


class NameIndex:
    """An immutable index over whole lists. Built once per set of list versions; safe to share between threads."""

    def __init__(self, entries: Iterable[IndexedEntry], config: MatcherConfig) -> None:
        self.config = config
        self.names: list[IndexedName] = []
        self.postings: dict[str, list[int]] = defaultdict(list)
        self._whole: dict[str, list[int]] = defaultdict(list)
        self._near: dict[str, list[str]] = defaultdict(list)
        self.entries = 0
        for entry in entries:
            self._add(entry)
        for token in self.postings:
            for key in _near_keys(token):
                self._near[key].append(token)
        self._top_idf = math.log(1 + len(self.names))

    def _add(self, entry: IndexedEntry) -> None:
        self.entries += 1
        for name in dict.fromkeys(entry.names):
            tokens = normalise(name.text)
            if not tokens:
                continue
            number = len(self.names)
            self.names.append(IndexedName(entry, name.text, name.kind, tokens))
            for token in dict.fromkeys(tokens):
                self.postings[token].append(number)
            for key in {joined(tokens), joined(tuple(sorted(tokens)))}:
                self._whole[key].append(number)

    def idf(self, token: str) -> float:
        """How rare a token is on the lists: log((1 + N) / (1 + n)); an unlisted token is the rarest, a tie common."""
        if token in TIES:
            return self._top_idf * TIE_RARITY
        found = self.postings.get(token)
        return self._top_idf - math.log(1 + len(found)) if found else self._top_idf

    def neighbours(self, token: str) -> dict[str, float]:
        """Listed tokens like this one, with their similarity (0 to 1), above the cutoff."""
        near = {token} if token in self.postings else set()
        for key in _near_keys(token):
            near.update(self._near.get(key, ()))
        return self.likeness(token, near)

    def likeness(self, token: str, others: Iterable[str]) -> dict[str, float]:
        """The others that are like the token, with their similarity, above the cutoff."""
        sounds = set(sound_keys(token))
        scored = ((other, self._similarity(token, other, sounds)) for other in others)
        return {other: score for other, score in scored if score >= self.config.token_cutoff}

    def _similarity(self, token: str, other: str, sounds: set[str]) -> float:
        if token == other:
            return 1.0
        spelling = (JaroWinkler.similarity(token, other) + OSA.normalized_similarity(token, other)) / 2
        alike = not sounds.isdisjoint(sound_keys(other))
        return max(spelling, (spelling + self.config.sound_similarity) / 2) if alike else spelling

    def candidates(self, tokens: tuple[str, ...], near: dict[str, dict[str, float]]) -> list[int]:
        """The numbers of the names that share most with the query, best first."""
        gains: dict[int, float] = {}
        common: list[tuple[list[int], float]] = []
        for token in sorted(near, key=self.idf, reverse=True):
            for other, similarity in near[token].items():
                found, gain = self.postings[other], self.idf(other) * similarity**3
                if len(found) > MAX_POSTINGS and gains:
                    common.append((found, gain))
                    continue
                for number in found:
                    gains[number] = gains.get(number, 0.0) + gain
        for found, gain in common:
            for number in gains.keys() & found if len(gains) < len(found) else found:
                gains[number] = gains.get(number, 0.0) + gain
        best = sorted(gains, key=gains.__getitem__, reverse=True)[: self.config.candidates]
        return list(dict.fromkeys([*self._same_whole(tokens), *best]))

    def _same_whole(self, tokens: tuple[str, ...]) -> Iterator[int]:
        for key in {joined(tokens), joined(tuple(sorted(tokens)))}:
            yield from self._whole.get(key, ())


def _near_keys(token: str) -> Iterator[str]:
    """Deletes of one letter (so that one edit on either side meets) and sounds. Short and numeric tokens stay exact."""
    if len(token) >= 4 and not token.isdigit():
        yield token
        yield from {token[:i] + token[i + 1 :] for i in range(len(token))}
        yield from sound_keys(token)
