"""How alike a query and a listed name are, token by token, with the reasons kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import OSA

from compliance.screening.matching.index import IndexedName, NameIndex

Near = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class TokenPair:
    """A query token beside its listed counterpart; one side is empty when nothing paired."""

    query: str
    listed: str
    similarity: float
    weight: float


@dataclass(frozen=True, slots=True)
class Alignment:
    score: float
    pairs: tuple[TokenPair, ...]


def align(index: NameIndex, tokens: tuple[str, ...], near: Near, name: IndexedName) -> Alignment:
    """Pair tokens greedily, best first, and weigh each pair by its rarity.

    score = sum(weight * similarity^3 over pairs) / (weights of pairs + of what is left on either side)
    """
    if "".join(tokens) == "".join(name.tokens):
        return Alignment(1.0, tuple(TokenPair(t, t, 1.0, index.idf(t)) for t in name.tokens))
    pairs = list(_pairs(index, tokens, near, name.tokens))
    left, right = _residue(tokens, [p.query for p in pairs]), _residue(name.tokens, [p.listed for p in pairs])
    pairs += _initials_and_joins(index, left, right)
    config = index.config
    gained = sum(pair.weight * pair.similarity**3 for pair in pairs)
    weight = sum(pair.weight for pair in pairs)
    weight += config.missing_query_token * sum(map(index.idf, left))
    weight += config.missing_listed_token * sum(map(index.idf, right))
    score = gained / weight if weight else 0.0
    if len(pairs) == 1 and " " not in pairs[0].query + pairs[0].listed and (left or right):
        score *= config.lone_token_factor
    lone = [TokenPair(t, "", 0.0, index.idf(t)) for t in left] + [TokenPair("", t, 0.0, index.idf(t)) for t in right]
    return Alignment(score, (*pairs, *lone))


def _pairs(index: NameIndex, tokens: tuple[str, ...], near: Near, listed: tuple[str, ...]) -> Iterator[TokenPair]:
    """The best pair first; each token is used once."""
    options = sorted(
        ((near[q][t], i, j) for i, q in enumerate(tokens) for j, t in enumerate(listed) if t in near[q]),
        reverse=True,
    )
    used_query: set[int] = set()
    used_listed: set[int] = set()
    for similarity, i, j in options:
        if i not in used_query and j not in used_listed:
            used_query.add(i)
            used_listed.add(j)
            yield TokenPair(tokens[i], listed[j], similarity, index.idf(listed[j]))


def _residue(tokens: tuple[str, ...], used: list[str]) -> list[str]:
    left = list(tokens)
    for token in used:
        left.remove(token)
    return left


def _initials_and_joins(index: NameIndex, left: list[str], right: list[str]) -> Iterator[TokenPair]:
    """Pair what is left: an initial with its name, and neighbours written as one word. Removes what it pairs."""
    for a, b in [(a, b) for a in left for b in right if 1 in (len(a), len(b)) and a[0] == b[0] and a.isalpha()]:
        if a in left and b in right:
            left.remove(a)
            right.remove(b)
            yield TokenPair(a, b, 0.9, min(index.idf(a), index.idf(b)) / 2)
    yield from _joins(index, left, right)
    yield from (TokenPair(b, a, s, w) for a, b, s, w in _as_tuples(_joins(index, right, left)))


def _as_tuples(pairs: Iterator[TokenPair]) -> Iterator[tuple[str, str, float, float]]:
    for pair in pairs:
        yield pair.query, pair.listed, pair.similarity, pair.weight


def _joins(index: NameIndex, apart: list[str], whole: list[str]) -> Iterator[TokenPair]:
    for first, second in list(pairwise(apart)):
        for token in whole:
            similarity = OSA.normalized_similarity(first + second, token)
            if similarity >= 0.85 and first in apart and second in apart:
                apart.remove(first)
                apart.remove(second)
                whole.remove(token)
                yield TokenPair(f"{first} {second}", token, similarity, index.idf(token))
                break
