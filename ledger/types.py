"""What the ledger takes and gives: plain frozen values, amounts as Money."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from nexafi.core.errors import DomainError
from nexafi.core.money import Money

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Side(StrEnum):
    DEBIT = "debit"
    CREDIT = "credit"

    @property
    def opposite(self) -> "Side":
        return Side.CREDIT if self is Side.DEBIT else Side.DEBIT


class EntryStatus(StrEnum):
    DRAFT = "draft"
    PENDING = "pending"
    POSTED = "posted"
    VOIDED = "voided"
    EXPIRED = "expired"


class LineDraft(NamedTuple):
    """One debit or credit of an entry; `amount` is positive."""

    account_id: UUID
    side: Side
    amount: Money
    description: str = ""


class EntryDraft(NamedTuple):
    """An entry to be written: lines that balance in every currency.

    `status` is posted or pending (a hold, until `expires_at` if given). `external_id` is the caller's own unique id;
    `id` may be chosen by the caller (a UUIDv7 kept beforehand); `reverses` is set by the reversing service.
    `metadata` holds text, whole numbers, booleans, lists and maps.

    `capture_limit`: a pending entry in one currency may be posted for up to this total instead of its own. `balancing`:
    the amount of a two-line entry is the most to move; what limits allow is moved. `linked`: stands or falls with the
    next entry of its batch.
    """

    lines: tuple[LineDraft, ...]
    description: str = ""
    status: EntryStatus = EntryStatus.POSTED
    kind: str = "manual"
    effective_date: date | None = None  # today when absent
    external_id: str | None = None
    reference: str = ""
    expires_at: datetime | None = None
    metadata: Mapping[str, Any] = _NOTHING
    id: UUID | None = None
    reverses: UUID | None = None
    capture_limit: Money | None = None
    balancing: bool = False
    linked: bool = False

    @classmethod
    def transfer(cls, *, debit: UUID, credit: UUID, amount: Money, **changes: Any) -> "EntryDraft":
        """The common two-line entry."""
        lines = (LineDraft(debit, Side.DEBIT, amount), LineDraft(credit, Side.CREDIT, amount))
        return cls(lines=lines, **changes)


@dataclass(frozen=True)
class RefusedDraft:
    """A place in a batch whose entry was refused while it was read."""

    refusal: DomainError
    linked: bool = False


class Written(NamedTuple):
    """An entry that was written: its id, and the amounts moved where a balancing entry left them to the ledger."""

    id: UUID
    recorded_at: datetime
    amount: Money | None = None


@dataclass(frozen=True)
class Balances:
    """An account's position in its own currency, signed to its normal side (a wallet, a liability, is credit-normal).

    `available` = posted less what pending entries may still take out; the floor is kept against it.
    """

    posted: Money
    available: Money
    pending_debits: Money
    pending_credits: Money


class Cycle(StrEnum):
    """How a year is cut into periods."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True)
class Span:
    """Effective dates from `starts` to `ends`, both included, under a name."""

    starts: date
    ends: date
    name: str


class ItemState(StrEnum):
    """A blocking item refuses closing; a warning must be accepted with a reason."""

    OK = "ok"
    WARNING = "warning"
    BLOCKING = "blocking"


@dataclass(frozen=True)
class ChecklistItem:
    """One line of the checklist of closing a period; `detail` says what was found and what to do."""

    code: str
    title: str
    state: ItemState
    detail: str


@dataclass(frozen=True)
class RateSheet:
    """What one unit of a source's own currency costs in others on a day."""

    valid_on: date
    rates: Mapping[str, Decimal]
