"""From validated request bodies to what the services take."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from ledger.constants import MAX_LINES
from ledger.exceptions import AccountCurrencyMismatch, CaptureTooLarge, InvalidLines, UnknownAccount, UnknownEntry
from ledger.models import Account, Posting
from ledger.types import EntryDraft, EntryStatus, LineDraft, RefusedDraft, Side
from nexafi.api.serializers import money
from nexafi.core import clock
from nexafi.core.errors import DomainError, FieldError, InvalidInput
from nexafi.core.money import Money

Body = Mapping[str, Any]
Currencies = Mapping[UUID, str]

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


def entry_draft(body: Body) -> EntryDraft:
    """The entry a client asks for. Raises InvalidInput with a pointer for unknown accounts and bad amounts."""
    return _draft(body, _currencies([body]))


def entry_drafts(bodies: Sequence[Body]) -> list[EntryDraft | RefusedDraft]:
    """The entries of a batch, each for itself: one that cannot be read stands as its refusal."""
    currencies = _currencies(bodies)
    drafts: list[EntryDraft | RefusedDraft] = []
    for body in bodies:
        try:
            drafts.append(_draft(body, currencies))
        except DomainError as refusal:
            drafts.append(RefusedDraft(refusal, linked=body["linked"]))
    return drafts


def capture_amount(entry_id: UUID, text: str) -> Money:
    """What a pending entry is to be posted for, in its currency. Raises UnknownEntry, MoneyError."""
    posting = Posting.objects.filter(entry=entry_id).first()
    if posting is None:
        raise UnknownEntry
    return money(text, posting.currency, pointer="/amount")


def _draft(body: Body, currencies: Currencies) -> EntryDraft:
    lines = _lines(body["lines"], currencies)
    if body["expires_at"] and body["expires_at"] <= clock.now():
        raise InvalidInput("That instant is past.", code="in_the_past", pointer="/expires_at")
    return EntryDraft(
        lines=lines,
        description=body["description"],
        status=EntryStatus(body["status"]),
        effective_date=body["entry_date"],
        external_id=body["external_id"],
        reference=body["reference_number"],
        expires_at=body["expires_at"],
        metadata=body["metadata"],
        capture_limit=_capture_limit(body.get("capture_limit"), lines),
        balancing=body["balancing"],
        linked=body.get("linked", False),
    )


def _lines(lines: Sequence[Body], currencies: Currencies) -> tuple[LineDraft, ...]:
    if len(lines) > MAX_LINES:
        raise InvalidLines(f"An entry has 2 to {MAX_LINES:,} lines.", pointer="/lines")
    unknown = [
        FieldError(f"/lines/{index}/account_id", UnknownAccount.code, "There is no such account.")
        for index, line in enumerate(lines)
        if line["account_id"] not in currencies
    ]
    if unknown:
        message = "A line names an account that does not exist."
        raise InvalidInput(message, code=UnknownAccount.code, errors=unknown[:20])
    return tuple(_line(index, line, currencies[line["account_id"]]) for index, line in enumerate(lines))


def _currencies(bodies: Iterable[Body]) -> Currencies:
    """The currency of each account that the entries name, in one query."""
    wanted = {line["account_id"] for body in bodies for line in body["lines"]}
    return Account.objects.currencies_of(wanted)


def _line(index: int, line: Body, currency: str) -> LineDraft:
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


def _capture_limit(text: Any, lines: Sequence[LineDraft]) -> Money | None:
    """The most that a pending entry may be posted for: in its one currency, at least its own total."""
    if text is None:
        return None
    currencies = {line.amount.currency for line in lines}
    if len(currencies) != 1:
        raise InvalidLines("Only an entry in one currency has a limit.", pointer="/capture_limit")
    limit = money(text, currencies.pop(), pointer="/capture_limit")
    total = sum(line.amount.minor for line in lines if line.side is Side.DEBIT)
    if limit.minor < total:
        raise CaptureTooLarge("The limit is below the entry's own amount.", pointer="/capture_limit")
    return limit
