"""What the ledger's API gives."""

from typing import Any

from ledger.models import Account, DraftEntry, EntryResolution, JournalEntry, JournalLine
from ledger.selectors import balances_of_account, captured_lines, visible_lines
from ledger.services.drafts import entry_draft
from ledger.types import EntryStatus, LineDraft, Side
from nexafi.core.money import Money


def account(row: Account) -> dict[str, Any]:
    """An account with its position; `balances` are best prefetched."""
    position = balances_of_account(row)
    return {
        "id": row.id,
        "account_code": row.code,
        "name": row.name,
        "description": row.description,
        "account_type": row.type,
        "account_subtype": row.subtype,
        "currency": row.currency,
        "parent_id": row.parent_id,
        "owner_id": row.owner_id,
        "status": row.status,
        "balance": position.posted.amount,
        "available_balance": position.available.amount,
        "pending_debits": position.pending_debits.amount,
        "pending_credits": position.pending_credits.amount,
        "minimum_balance": _limit(row, row.floor),
        "maximum_balance": _limit(row, row.ceiling),
        "debits_frozen": not row.accepts_debits,
        "credits_frozen": not row.accepts_credits,
        "tags": row.tags,
        "created_at": row.created_at,
    }


def _limit(of: Account, minor: int | None) -> str | None:
    return None if minor is None else Money(minor, of.currency).amount


def entry(row: JournalEntry) -> dict[str, Any]:
    """An entry without its lines, as lists show it; needs `with_status()`."""
    return {
        "id": row.id,
        "status": row.status,
        "kind": row.kind,
        "description": row.description,
        "reference_number": row.reference,
        "external_id": row.external_id,
        "entry_date": row.effective_date,
        "created_at": row.recorded_at,
        "expires_at": row.expires_at,
        "reverses_id": row.reverses_id,
        "metadata": row.metadata,
        "created_by": {"kind": row.actor_kind, "id": row.actor_id},
    }


def entry_in_full(row: JournalEntry) -> dict[str, Any]:
    """An entry with its lines, how it ended and what reversed it."""
    reversals = list(row.reversals.all())
    resolution = getattr(row, "resolution", None)
    return {
        **entry(row),
        "reversed_by_id": reversals[0].id if reversals else None,
        "resolution": _resolution(resolution) if resolution else None,
        "linked_with_id": row.linked_with,
        "lines": [_line(row, line) for line in visible_lines(row)],
        "posted_lines": [_line(row, line) for line in captured_lines(row)] if row.pending else None,
    }


def _resolution(row: EntryResolution) -> dict[str, Any]:
    return {
        "outcome": row.outcome,
        "reason": row.reason,
        "created_at": row.recorded_at,
        "created_by": {"kind": row.actor_kind, "id": row.actor_id},
    }


def _line(of: JournalEntry, line: JournalLine) -> dict[str, Any]:
    return {
        "account_id": line.account_id,
        "account_code": line.account.code,
        "debit_amount": Money(line.debit, line.currency).amount if line.debit else None,
        "credit_amount": Money(line.credit, line.currency).amount if line.credit else None,
        "currency": line.currency,
        "description": of.line_descriptions.get(str(line.line), ""),
    }


def draft(row: DraftEntry) -> dict[str, Any]:
    """A draft in the shape of an entry."""
    value = entry_draft(row)
    return {
        "id": row.id,
        "status": EntryStatus.DRAFT,
        "kind": value.kind,
        "description": value.description,
        "reference_number": value.reference,
        "external_id": value.external_id,
        "entry_date": value.effective_date,
        "created_at": row.created_at,
        "expires_at": value.expires_at,
        "reverses_id": None,
        "metadata": value.metadata,
        "created_by": {"kind": "user", "id": row.created_by},
    }


def draft_in_full(row: DraftEntry, codes: dict[Any, str]) -> dict[str, Any]:
    """A draft with its lines; `codes` are the accounts' codes by id."""
    lines = [_draft_line(line, codes) for line in entry_draft(row).lines]
    return {
        **draft(row),
        "reversed_by_id": None,
        "resolution": None,
        "linked_with_id": None,
        "lines": lines,
        "posted_lines": None,
    }


def _draft_line(line: LineDraft, codes: dict[Any, str]) -> dict[str, Any]:
    return {
        "account_id": line.account_id,
        "account_code": codes.get(line.account_id),
        "debit_amount": line.amount.amount if line.side is Side.DEBIT else None,
        "credit_amount": line.amount.amount if line.side is Side.CREDIT else None,
        "currency": line.amount.currency,
        "description": line.description,
    }
