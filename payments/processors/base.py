"""The interface to a payment processor: submit, ask, and read its signed events."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from nexafi.core.money import Money


class TransferState(StrEnum):
    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True)
class TransferInstruction:
    """What a processor is asked to do. `id` is our transfer's id: repeating an instruction never moves money twice."""

    id: UUID
    kind: str  # deposit or withdrawal
    amount: Money


@dataclass(frozen=True)
class TransferReport:
    """What has become of an instruction."""

    instruction_id: UUID
    reference: str  # the processor's own
    state: TransferState
    amount: Money
    failure_code: str = ""


@dataclass(frozen=True)
class ReceivedEvent:
    """An authentic event: its id is the processor's, the same each time it is delivered."""

    id: str
    type: str
    report: TransferReport


class ProcessorUnavailable(Exception):
    """No answer, or not in time: the outcome is unknown and is asked for later."""


class Processor(Protocol):
    """Every call may raise ProcessorUnavailable and is made outside database transactions."""

    name: str

    def submit(self, instruction: TransferInstruction) -> TransferReport:
        """Hand over an instruction; safe to repeat."""

    def fetch(self, instruction_id: UUID) -> TransferReport | None:
        """What became of an instruction; None when it never arrived."""

    def read_event(self, headers: Mapping[str, str], body: bytes) -> ReceivedEvent:
        """Check an event's signature and age and read it. Raises InvalidSignature."""
