"""The sandbox: a processor for trial and tests that keeps its own books and answers like a real one.

It accepts an instruction at once and tells the outcome later by a signed event. The last two digits of the amount
in minor units choose what happens:

| digits | outcome |
| --- | --- |
| 51 | the bank declines: an event says failed with `declined_by_bank` |
| 52 | the answer to the instruction is lost and no event comes; asking later finds it completed |
| 53 | the confirmation takes ten seconds |
| 54 | the confirmation is delivered twice |
| any other | confirmed after half a second |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings

from nexafi.core import clock
from nexafi.core import json as strict_json
from nexafi.core.money import Money
from payments.models import SandboxTransfer
from payments.processors.base import (
    ProcessorUnavailable,
    ReceivedEvent,
    TransferInstruction,
    TransferReport,
    TransferState,
)
from payments.processors.signatures import sign, verify


@dataclass(frozen=True)
class Behaviour:
    """How the sandbox treats one amount."""

    delay: timedelta = timedelta(milliseconds=500)
    events: int = 1
    failure_code: str = ""
    answers: bool = True


BEHAVIOURS = {
    51: Behaviour(failure_code="declined_by_bank"),
    52: Behaviour(answers=False, events=0),
    53: Behaviour(delay=timedelta(seconds=10)),
    54: Behaviour(events=2),
}


def behaviour_of(amount_minor: int) -> Behaviour:
    return BEHAVIOURS.get(amount_minor % 100, Behaviour())


@dataclass(frozen=True)
class SignedEvent:
    """An event on its way: headers and body, as an HTTP delivery would carry them."""

    headers: dict[str, str]
    body: bytes


class SandboxProcessor:
    """A `Processor` over the SandboxTransfer table."""

    name = "sandbox"

    def submit(self, instruction: TransferInstruction) -> TransferReport:
        behaviour = behaviour_of(instruction.amount.minor)
        row, created = SandboxTransfer.objects.get_or_create(
            instruction_id=instruction.id,
            defaults={
                "kind": instruction.kind,
                "amount_minor": instruction.amount.minor,
                "currency": instruction.amount.currency,
                "failure_code": behaviour.failure_code,
                "settles_at": clock.now() + behaviour.delay,
                "events_left": behaviour.events,
            },
        )
        if created and not behaviour.answers:
            raise ProcessorUnavailable("The sandbox took the instruction and did not answer.")
        return _report(row)

    def fetch(self, instruction_id: UUID) -> TransferReport | None:
        row = SandboxTransfer.objects.filter(instruction_id=instruction_id).first()
        return _report(row) if row else None

    def read_event(self, headers: Mapping[str, str], body: bytes) -> ReceivedEvent:
        event_id = verify(secret=settings.SANDBOX_EVENT_SECRET, headers=headers, body=body)
        content = strict_json.loads(body)
        data = content["data"]
        report = TransferReport(
            instruction_id=UUID(data["instruction_id"]),
            reference=data["reference"],
            state=TransferState(data["state"]),
            amount=Money.parse(data["amount"], data["currency"]),
            failure_code=data["failure_code"],
        )
        return ReceivedEvent(id=event_id, type=content["type"], report=report)


def event_of(row: SandboxTransfer) -> SignedEvent:
    """The event that tells a transfer's outcome; every delivery has the same id."""
    state = TransferState.FAILED if row.failure_code else TransferState.COMPLETED
    body = strict_json.canonical(
        {
            "type": f"transfer.{state}",
            "data": {
                "instruction_id": str(row.instruction_id),
                "reference": _reference(row),
                "state": state,
                "amount": Money(row.amount_minor, row.currency).amount,
                "currency": row.currency,
                "failure_code": row.failure_code,
            },
        }
    )
    headers = sign(secret=settings.SANDBOX_EVENT_SECRET, event_id=f"evt_{row.id.hex}", at=clock.now(), body=body)
    return SignedEvent(headers, body)


def _report(row: SandboxTransfer) -> TransferReport:
    settled = TransferState.FAILED if row.failure_code else TransferState.COMPLETED
    return TransferReport(
        instruction_id=row.instruction_id,
        reference=_reference(row),
        state=settled if row.settles_at <= clock.now() else TransferState.PENDING,
        amount=Money(row.amount_minor, row.currency),
        failure_code=row.failure_code,
    )


def _reference(row: SandboxTransfer) -> str:
    return f"sbx_{row.id.hex}"
