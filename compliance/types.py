"""What compliance judges and answers: plain frozen values. Payments, the API and imports all fill TransactionFacts."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from nexafi.core.money import Money


class Outcome(StrEnum):
    APPROVE = "approve"
    REVIEW = "review"
    BLOCK = "block"


class RiskLevel(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True)
class Party:
    """One side of a transaction. `customer_id` is set for our own customers; `since` is when they joined (UTC)."""

    name: str
    kind: str = "unknown"  # person, organization, unknown
    customer_id: UUID | None = None
    country: str = ""  # ISO 3166-1 alpha-2
    date_of_birth: date | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class TransactionFacts:
    """A transaction as compliance sees it, before it posts."""

    transaction_id: UUID
    kind: str  # payment, deposit, withdrawal
    amount: Money
    originator: Party
    beneficiary: Party
    occurred_at: datetime  # UTC
    channel: str = "api"
    description: str = ""


@dataclass(frozen=True)
class Reason:
    """Why: a rule or screening result that fired, with its actual value against its threshold, in words and data."""

    code: str
    score: int  # 0..100
    explanation: str
    actual: str = ""
    threshold: str = ""
    details: dict[str, Any] | None = None


@dataclass(frozen=True)
class Decision:
    """The answer to one assessment. `alert_id` is set when somebody must look."""

    outcome: Outcome
    score: int  # 0..100
    level: RiskLevel
    reasons: tuple[Reason, ...]
    assessment_id: UUID
    alert_id: UUID | None = None
