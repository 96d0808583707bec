"""What compliance hears from other rooms."""

from uuid import UUID

from compliance.cases.services.decisions import close_for_transaction
from nexafi.outbox.registry import Event, subscribe


@subscribe("payments.payment_cancelled")
def close_alerts_of_cancelled_payment(event: Event) -> None:
    """A payment that its customer withdrew no longer waits for a decision."""
    close_for_transaction(UUID(event.payload["payment_id"]), note="The payment was cancelled.")
