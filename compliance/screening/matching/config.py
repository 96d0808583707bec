"""The matcher's numbers, as one versioned value: every run and verdict says which one judged it."""

import hashlib
from dataclasses import asdict, dataclass
from functools import cached_property

from nexafi.core import json as strict_json

MATCHER_VERSION = 1  # raise when the code below judges differently with the same numbers


@dataclass(frozen=True)
class MatcherConfig:
    """Scores are 0 to 1. Chosen on name pairs and list names, judged on the UN to OFAC cross list (see benchmarks)."""

    threshold: float = 0.70  # a potential match, for a person to look at
    match_threshold: float = 0.95  # a match, if nothing contradicts it
    candidates: int = 40  # names scored in full for one query
    token_cutoff: float = 0.80  # tokens less alike than this do not pair
    sound_similarity: float = 0.96  # tokens that sound alike but are spelled differently
    missing_query_token: float = 1.0  # weight of a query token that the listed name lacks
    missing_listed_token: float = 0.45  # weight of a listed token that the query lacks
    lone_token_factor: float = 0.75  # one token of several paired, nothing else
    birth_near: float = -0.10  # born within a year of the listed date
    birth_differs: float = -0.30
    country_differs: float = -0.10
    type_differs: float = -0.20

    @cached_property
    def version(self) -> str:
        """Changes whenever a number or the matcher changes."""
        numbers = {name: str(value) for name, value in asdict(self).items()}
        digest = hashlib.sha256(strict_json.canonical(numbers)).hexdigest()
        return f"{MATCHER_VERSION}-{digest[:10]}"


CONFIG = MatcherConfig()
