"""Search: one query against an index, to matches with explanations."""

from typing import Any

from compliance.screening.matching.index import IndexedName, NameIndex
from compliance.screening.matching.normalise import normalise
from compliance.screening.matching.qualify import Qualifier, qualifiers
from compliance.screening.matching.score import Alignment, align
from compliance.screening.types import EntityType, Match, NameKind, Query, Result

# A person is never a ship; an organization may own, be or run one under the same name.
_THINGS = frozenset({EntityType.ORGANIZATION, EntityType.VESSEL, EntityType.AIRCRAFT})


def search(index: NameIndex, query: Query, *, threshold: float | None = None) -> tuple[Match, ...]:
    """Listed entries whose best name scores at least `threshold` (the configured one by default), best first."""
    tokens = normalise(query.name)
    if not tokens:
        return ()
    floor = index.config.threshold if threshold is None else threshold
    near = {token: index.neighbours(token) for token in tokens}
    best: dict[Any, Match] = {}
    for number in index.candidates(tokens, near):
        name = index.names[number]
        if not _comparable(query.entity_type, name.entry.entity_type):
            continue
        match = _judge(index, query, align(index, tokens, near, name), name)
        if match.score >= floor and _standing(match, best.get(match.entry_id)):
            best[match.entry_id] = match
    return tuple(sorted(best.values(), key=lambda match: (-match.score, match.list_code, match.external_id)))


def result_of(matches: tuple[Match, ...], match_threshold: float) -> Result:
    """`match` needs a score that high, more than one token or a birth date to carry it, and no contradiction."""
    if not matches:
        return Result.CLEAR
    sure = any(match.score >= match_threshold and match.explanation["corroborated"] for match in matches)
    return Result.MATCH if sure else Result.POTENTIAL_MATCH


def comparable(name: str) -> bool:
    """Whether anything of the name is left to compare; otherwise a person must look."""
    return bool(normalise(name))


def _comparable(asked: EntityType, listed: EntityType) -> bool:
    return EntityType.UNKNOWN in (asked, listed) or asked is listed or {asked, listed} <= _THINGS


def _standing(match: Match, best: Match | None) -> bool:
    return best is None or match.score > best.score


def _judge(index: NameIndex, query: Query, alignment: Alignment, name: IndexedName) -> Match:
    found = qualifiers(query, name.entry, index.config)
    score = max(0.0, alignment.score + sum(each.effect for each in found))
    if name.kind is NameKind.WEAK and _paired(alignment) < 2 and not _agrees(found, "date_of_birth"):
        score = 0.0
    return Match(
        list_code=name.entry.list_code,
        entry_id=name.entry.id,
        entry_hash=name.entry.content_hash,
        external_id=name.entry.external_id,
        name=name.entry.primary_name,
        matched_name=name.text,
        name_kind=name.kind,
        score=round(score, 4),
        explanation=_explanation(index, alignment, found),
    )


def _paired(alignment: Alignment) -> int:
    return sum(len(pair.listed.split()) for pair in alignment.pairs if pair.query and pair.listed)


def _agrees(found: list[Qualifier], name: str) -> bool:
    return any(each.name == name and each.agrees for each in found)


def _explanation(index: NameIndex, alignment: Alignment, found: list[Qualifier]) -> dict[str, Any]:
    contradicted = any(each.agrees is False for each in found)
    return {
        "name_score": round(alignment.score, 4),
        "tokens": [
            {"query": p.query, "listed": p.listed, "similarity": round(p.similarity, 3), "weight": round(p.weight, 2)}
            for p in alignment.pairs
        ],
        "qualifiers": [
            {"name": q.name, "query": q.query, "listed": q.listed, "effect": q.effect, "agrees": q.agrees}
            for q in found
        ],
        "corroborated": not contradicted and (_paired(alignment) > 1 or _agrees(found, "date_of_birth")),
        "threshold": index.config.threshold,
        "match_threshold": index.config.match_threshold,
        "config_version": index.config.version,
    }
