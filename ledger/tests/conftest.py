"""Fixtures of the ledger's tests."""

from typing import Any

import pytest

from ledger.services.accounts import system_account
from ledger.services.entries import post_pending, reverse_entry, void_pending
from ledger.services.posting import post_entries
from ledger.tests.factories import make_wallet, transfer
from ledger.types import EntryDraft, EntryStatus, LineDraft, Side
from nexafi.core.money import Money


@pytest.fixture
def books(db: None) -> dict[str, Any]:
    """A little of everything: singles, a batch, a many-sided entry, pending ones in every state, a reversal."""
    cash, fees = system_account("settlement", "USD"), system_account("fees", "USD")
    wallet, other = make_wallet(), make_wallet()
    first = transfer(cash.id, wallet.id, "100.00", description="Deposit", metadata={"source": "bank"})
    usd = [Money(minor, "USD") for minor in (700, 100, 600)]
    split = EntryDraft(
        lines=(
            LineDraft(wallet.id, Side.DEBIT, usd[0], "pays"),
            LineDraft(fees.id, Side.CREDIT, usd[1]),
            LineDraft(other.id, Side.CREDIT, usd[2]),
        )
    )
    small = EntryDraft.transfer(debit=wallet.id, credit=other.id, amount=Money(250, "USD"))
    batch = post_entries([split, small, small])
    pending = [transfer(wallet.id, other.id, "5.00", status=EntryStatus.PENDING) for _ in range(3)]
    post_pending(entry_id=pending[0].id)
    void_pending(entry_id=pending[1].id, reason="test")
    reversal = reverse_entry(entry_id=batch[1].id, reason="test")
    return {
        "cash": cash, "wallet": wallet, "other": other, "first": first, "split": batch[0], "reversal": reversal,
        "small": batch[2], "captured": pending[0], "voided": pending[1], "open": pending[2],
    }  # fmt: skip
