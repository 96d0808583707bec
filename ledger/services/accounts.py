"""Open, change and close accounts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.conf import settings
from django.db import transaction

from audit.services.record import record
from ledger.charts import ChartRow, shipped_chart
from ledger.constants import BUSY_SLOTS, AccountStatus, AccountType, SystemAccount
from ledger.exceptions import (
    AccountHasChildren,
    AccountHasRole,
    AccountNotOpen,
    BusyAccount,
    CeilingExceeded,
    InsufficientFunds,
    LimitAlreadyBroken,
    MinimumAboveMaximum,
    ParentDiffers,
    ParentIsCustomers,
    ReasonRequired,
    TreeTooDeep,
    UnknownAccount,
)
from ledger.models import Account
from ledger.refusals import typed_refusals
from nexafi.core.money import Money, currency_in_use

_LIMITS = {"floor", "ceiling"}
_NEED_A_REASON = {*_LIMITS, "accepts_debits", "accepts_credits"}
_CHANGEABLE = ("name", "description", "subtype", "tags", *sorted(_NEED_A_REASON))
_MAX_PATH = 1024


class AccountChanges(TypedDict, total=False):
    """What may change of an account; limits in minor units, None for no limit."""

    name: str
    description: str
    subtype: str
    tags: list[str]
    floor: int | None
    ceiling: int | None
    accepts_debits: bool
    accepts_credits: bool
    role: str


def open_account(
    *,
    code: str,
    name: str,
    type: str,
    currency: str,
    subtype: str = "",
    parent: Account | None = None,
    floor_minor: int | None = None,
    ceiling_minor: int | None = None,
    owner_id: UUID | None = None,
    description: str = "",
    tags: Sequence[str] = (),
    accepts_debits: bool = True,
    accepts_credits: bool = True,
    role: str = "",
    busy: bool = False,
) -> Account:
    """Open an account; its zero balance exists from then on.

    Limits in minor units, signed to the normal side, None for no limit: `floor_minor` is the least available balance
    (0: no overdraft, -5000: an overdraft of 50.00), `ceiling_minor` the most that may be posted and coming in. `busy`
    spreads an account over several balance rows (on PostgreSQL) so that its writers never wait for one another; it then
    takes no limits, on either database. An account with a `role` (SystemAccount) is busy unless opened with limits. A
    child has its parent's type and currency, so that a tree adds up.

    Raises DuplicateCode, RoleTaken, UnknownCurrency (also for a withdrawn one), ValueError for an unknown type,
    ParentDiffers, ParentIsCustomers, AccountNotOpen (the parent is closed), TreeTooDeep, MinimumAboveMaximum,
    BusyAccount (with limits), LimitAlreadyBroken (by a balance of zero).
    """
    account = Account(
        code=code,
        name=name,
        description=description,
        type=AccountType(type),
        subtype=subtype,
        currency=currency_in_use(currency).code,
        parent=parent,
        path=f"{parent.path if parent else ''}{code}/",
        floor=floor_minor,
        ceiling=ceiling_minor,
        tags=list(tags),
        accepts_debits=accepts_debits,
        accepts_credits=accepts_credits,
        owner_id=owner_id,
        role=role,
        slots=_slots(busy or (bool(role) and floor_minor is None and ceiling_minor is None)),
    )
    _check_place(account, parent)
    _check_limits(account)
    with _limits_kept(), transaction.atomic():
        account.save(force_insert=True)
        _record("ledger.account_opened", account, _opened(account))
    return account


def _check_place(account: Account, parent: Account | None) -> None:
    if parent is None:
        return
    for name in ("type", "currency"):
        here, above = getattr(account, name), getattr(parent, name)
        if here != above:
            raise ParentDiffers(f"The parent's {name} is {above}, this account's {here}.", pointer="/parent_id")
    if parent.owner_id is not None:
        raise ParentIsCustomers(pointer="/parent_id")
    if parent.status != AccountStatus.OPEN:
        raise AccountNotOpen("The parent is closed.", pointer="/parent_id")
    if len(account.path) > _MAX_PATH:
        raise TreeTooDeep(pointer="/parent_id")


def _check_limits(account: Account) -> None:
    if account.slots > 1 and (account.floor, account.ceiling) != (None, None):
        raise BusyAccount(pointer="/maximum_balance" if account.floor is None else "/minimum_balance")
    if account.floor is not None and account.ceiling is not None and account.floor > account.ceiling:
        raise MinimumAboveMaximum(pointer="/minimum_balance")


def _opened(account: Account) -> dict[str, Any]:
    """What an account is opened with: what never changes, and what it starts from."""
    fixed = {"code": account.code, "type": account.type, "currency": account.currency}
    return {
        **fixed,
        "role": account.role,
        "parent": str(account.parent_id or ""),
        "terms": _plain(account, _CHANGEABLE),
    }


def _slots(busy: bool) -> int:
    return BUSY_SLOTS if busy else 1


def system_account(role: SystemAccount | str, currency: str) -> Account:
    """The institution's own account for a role in a currency; without one yet, the account of that role in the chart
    (settings.CHART_OF_ACCOUNTS) is opened with its parents. Raises UnknownCurrency, and ParentDiffers where
    another type of account has a parent's code."""
    account = Account.objects.filter(role=SystemAccount(role), currency=currency).first()
    return account or _open_from_chart(_chart_row(role=SystemAccount(role)), currency_in_use(currency).code)


def _chart_row(**cell: str) -> ChartRow:
    (name, value), *_ = cell.items()
    return next(row for row in shipped_chart(settings.CHART_OF_ACCOUNTS) if getattr(row, name) == value)


def _open_from_chart(row: ChartRow, currency: str) -> Account:
    line = row.within(currency)
    with typed_refusals(), transaction.atomic():
        parent = _parent_from_chart(row, currency)
        account = Account(
            code=line.code,
            name=line.name,
            type=line.type,
            subtype=line.subtype or "",
            currency=currency,
            parent=parent,
            path=f"{parent.path if parent else ''}{line.code}/",
            role=line.role,
            slots=_slots(bool(line.role)),
        )
        return _opened_once(account)


def _opened_once(account: Account) -> Account:
    """Two callers may open it at once: the second waits for the first and takes its account."""
    Account.objects.bulk_create([account], ignore_conflicts=True)
    opened = Account.objects.get(code=account.code)
    if opened.id == account.id:
        _record("ledger.account_opened", account, _opened(account))
    return opened


def account_of_currency(role: SystemAccount, of: str) -> Account:
    """What stands in the base currency for another one: an account below that of the role, opened when first needed."""
    parent = system_account(role, settings.BASE_CURRENCY)
    code = f"{parent.code}-{of}"
    return Account.objects.filter(code=code).first() or _open_of_currency(parent, of, code)


def _open_of_currency(parent: Account, of: str, code: str) -> Account:
    with transaction.atomic():
        account = Account(
            code=code,
            name=f"{parent.name}: {of}",
            type=parent.type,
            subtype=parent.subtype,
            currency=parent.currency,
            parent=parent,
            path=f"{parent.path}{code}/",
            slots=_slots(busy=True),
        )
        return _opened_once(account)


def _parent_from_chart(row: ChartRow, currency: str) -> Account | None:
    if not row.parent:
        return None
    there = Account.objects.filter(code=f"{row.parent}-{currency}").first()
    return there or _open_from_chart(_chart_row(code=row.parent), currency)


def change_account(
    *,
    account_id: UUID,
    reason: str = "",
    check: Callable[[Account], None] | None = None,
    **changes: Unpack[AccountChanges],
) -> Account:
    """Change what an account is called, its limits, or which sides are frozen; the audit event holds before and after.

    `check` sees the locked account first and may refuse. Limits and freezes take a reason. Raises UnknownAccount,
    ReasonRequired, AccountNotOpen (limits and freezes of a closed one), MinimumAboveMaximum, BusyAccount (limits of an
    account that everybody posts to), LimitAlreadyBroken (by what the account holds now).
    """
    with _limits_kept(), transaction.atomic():
        account = _locked(account_id)
        if check:
            check(account)
        changed = [name for name, value in changes.items() if getattr(account, name) != value]
        before = _plain(account, changed)
        for name in changed:
            setattr(account, name, changes[name])  # type: ignore[literal-required]
        if changed:
            _check_change(account, set(changed), reason)
            account.save(update_fields=changed)
            _record("ledger.account_changed", account, {"before": before, "after": _plain(account, changed)}, reason)
    return account


def _check_change(account: Account, changed: set[str], reason: str) -> None:
    if not changed & _NEED_A_REASON:
        return
    if not reason.strip():
        raise ReasonRequired(pointer="/reason")
    if account.status != AccountStatus.OPEN:
        raise AccountNotOpen()
    _check_limits(account)


@contextmanager
def _limits_kept() -> Iterator[None]:
    """The database says no to a limit that the balance breaks in the words it has for postings."""
    try:
        with typed_refusals():
            yield
    except InsufficientFunds as error:
        raise LimitAlreadyBroken("The available balance is below that minimum.", pointer="/minimum_balance") from error
    except CeilingExceeded as error:
        raise LimitAlreadyBroken("The balance is above that maximum.", pointer="/maximum_balance") from error


def _plain(account: Account, names: Sequence[str]) -> dict[str, Any]:
    """Columns of an account as an audit event holds them: limits as decimal text."""
    values = {name: getattr(account, name) for name in names}
    for name in _LIMITS & values.keys():
        values[name] = None if values[name] is None else Money(values[name], account.currency).amount
    return values


def close_account(*, account_id: UUID, reason: str = "") -> Account:
    """Close an account for good; nothing posts to it any more.

    Raises UnknownAccount, AccountNotOpen, AccountHasChildren (open ones), AccountHasRole, AccountNotEmpty (a balance
    or pending money is left).
    """
    with typed_refusals(), transaction.atomic():
        account = _locked(account_id)
        if account.status != AccountStatus.OPEN:
            raise AccountNotOpen()
        if account.children.filter(status=AccountStatus.OPEN).exists():
            raise AccountHasChildren()
        if account.role:
            raise AccountHasRole(f"Payments post to it: it is the {account.role} account of {account.currency}.")
        account.status = AccountStatus.CLOSED
        account.save(update_fields=["status"])
        _record("ledger.account_closed", account, {"code": account.code}, reason)
    return account


def _locked(account_id: UUID) -> Account:
    account = Account.objects.select_for_update(no_key=True).filter(pk=account_id).first()
    if account is None:
        raise UnknownAccount()
    return account


def _record(action: str, account: Account, data: dict[str, Any], reason: str = "") -> None:
    record(action, target_type="ledger.account", target_id=account.id, data=data, reason=reason)
