"""From a validated request body to what the services take."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from ledger.constants import MAX_LINES
from ledger.exceptions import AccountCurrencyMismatch, InvalidLines
from ledger.models import Account
from ledger.types import EntryDraft, EntryStatus, LineDraft, Side
from nexafi.api.serializers import money
from nexafi.core.errors import FieldError, InvalidInput

_LIMITS = {"minimum_balance": "floor", "maximum_balance": "ceiling"}
_FREEZES = {"debits_frozen": "accepts_debits", "credits_frozen": "accepts_credits"}
_COLUMNS = {"account_subtype": "subtype", **_LIMITS, **_FREEZES}


def account_changes(body: Mapping[str, Any], account: Account) -> dict[str, Any]:
    """What a client wants changed of an account, as `change_account` takes it. Raises MoneyError with a pointer."""
    changes = {_COLUMNS.get(name, name): value for name, value in body.items()}
    for name, column in _LIMITS.items():
        if body.get(name) is not None:
            changes[column] = money(body[name], account.currency, pointer=f"/{name}").minor
    for name, column in _FREEZES.items():
        if name in body:
            changes[column] = not body[name]
    return changes


def entry_draft(body: Mapping[str, Any]) -> EntryDraft:
    """The entry a client asks for. Raises InvalidInput with a pointer for unknown accounts and bad amounts."""
    return EntryDraft(
        lines=_lines(body["lines"]),
        description=body["description"],
        status=EntryStatus(body["status"]),
        effective_date=body["entry_date"],
        external_id=body["external_id"],
        reference=body["reference_number"],
        expires_at=body["expires_at"],
        metadata=body["metadata"],
    )


def _lines(lines: Sequence[Mapping[str, Any]]) -> tuple[LineDraft, ...]:
    if len(lines) > MAX_LINES:
        raise InvalidLines(f"An entry has 2 to {MAX_LINES:,} lines.", pointer="/lines")
    currencies = _currencies(lines)
    return tuple(_line(index, line, currencies[line["account_id"]]) for index, line in enumerate(lines))


def _currencies(lines: Sequence[Mapping[str, Any]]) -> dict[UUID, str]:
    """Each account's currency, in one query."""
    wanted = {line["account_id"] for line in lines}
    known = dict(Account.objects.filter(pk__in=wanted).values_list("pk", "currency"))
    unknown = [
        FieldError(f"/lines/{index}/account_id", "unknown_account", "There is no such account.")
        for index, line in enumerate(lines)
        if line["account_id"] not in known
    ]
    if unknown:
        raise InvalidInput("A line names an account that does not exist.", code="unknown_account", errors=unknown[:20])
    return known


def _line(index: int, line: Mapping[str, Any], currency: str) -> LineDraft:
    pointer = f"/lines/{index}"
    if line.get("currency", currency) != currency:
        raise AccountCurrencyMismatch(f"The account is in {currency}.", pointer=f"{pointer}/currency")
    side = Side.DEBIT if "debit_amount" in line else Side.CREDIT
    name = f"{side}_amount"
    return LineDraft(
        account_id=line["account_id"],
        side=side,
        amount=money(line[name], currency, pointer=f"{pointer}/{name}"),
        description=line["description"],
    )
