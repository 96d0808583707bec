"""From reasons to one score, a level and an outcome.

The score is the sum of the reasons' scores, capped at 99: weak signs add up to a review, never to a refusal. Only a
single reason of 100 (a confirmed sanctions match, a country under FATF countermeasures) makes it 100, and 100 blocks.
"""

from collections.abc import Sequence
from typing import Final

from compliance.types import Outcome, Reason, RiskLevel

BLOCK_AT: Final = 100
REVIEW_AT: Final = 50
MEDIUM_AT: Final = 25


def combine(reasons: Sequence[Reason]) -> int:
    """The score of all reasons together, 0..100."""
    scores = [reason.score for reason in reasons]
    return max([min(sum(scores), BLOCK_AT - 1), *scores])


def level_of(score: int) -> RiskLevel:
    """low below 25, medium below 50, high from 50: high is what a person looks at."""
    if score >= REVIEW_AT:
        return RiskLevel.HIGH
    return RiskLevel.MEDIUM if score >= MEDIUM_AT else RiskLevel.LOW


def outcome_of(score: int) -> Outcome:
    """approve below 50, review from 50, block at 100."""
    if score >= BLOCK_AT:
        return Outcome.BLOCK
    return Outcome.REVIEW if score >= REVIEW_AT else Outcome.APPROVE
