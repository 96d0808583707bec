"""Open, rename and close accounts."""

from typing import Any
from uuid import UUID

from django.db import connection, transaction

from audit.services.record import record
from ledger.constants import BUSY_SLOTS, AccountStatus, AccountType, SystemAccount
from ledger.exceptions import AccountNotOpen, UnknownAccount
from ledger.models import Account
from ledger.refusals import typed_refusals
from ledger.services.chart import ChartLine, chart, chart_line, system_line
from nexafi.core.money import currency as money_currency
from nexafi.core.money import currency_in_use


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
    busy: bool = False,
) -> Account:
    """Open an account; its zero balance exists from then on.

    Limits in minor units, signed to the normal side, None for no limit: `floor_minor` is the least available balance
    (0: no overdraft, -5000: an overdraft of 50.00), `ceiling_minor` the most that may be posted and coming in. `busy`
    spreads an account without limits over several balance rows so that its writers never wait for one another.
    Raises DuplicateCode, UnknownCurrency (also for a withdrawn one), ValueError for an unknown type.
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
        owner_id=owner_id,
        slots=_slots(busy),
    )
    with typed_refusals(), transaction.atomic():
        account.save(force_insert=True)
        _record("ledger.account_opened", account, {"code": code, "type": account.type, "currency": account.currency})
    return account


def _slots(busy: bool) -> int:
    """SQLite has one writer at a time; nothing to spread."""
    return BUSY_SLOTS if busy and connection.vendor == "postgresql" else 1


def system_account(role: SystemAccount | str, currency: str) -> Account:
    """The institution's own account for a role in a currency, opened from the chart when first needed."""
    return chart_account(system_line(SystemAccount(role)), currency)


def chart_account(line: ChartLine, currency: str) -> Account:
    """The account of a line of the chart in a currency, opened with its parents when it is not there yet."""
    code = f"{line.code}-{currency}"
    account = Account.objects.filter(code=code).first()
    return account or _open_from_chart(line, currency, code)


def load_chart(*, currency: str) -> int:
    """Open every account of the chart in a currency; returns how many were missing. Raises UnknownCurrency."""
    with transaction.atomic():
        codes = [f"{line.code}-{money_currency(currency).code}" for line in chart()]
        there = Account.objects.filter(code__in=codes).count()
        for line in chart():
            chart_account(line, currency)
    return len(codes) - there


def _open_from_chart(line: ChartLine, currency: str, code: str) -> Account:
    """Two callers may open it at once: the second waits for the first and takes its account."""
    with transaction.atomic():
        parent = chart_account(chart_line(line.parent), currency) if line.parent else None
        account = Account(
            code=code,
            name=line.name,
            type=line.type,
            subtype=line.subtype,
            currency=money_currency(currency).code,
            parent=parent,
            path=f"{parent.path if parent else ''}{code}/",
            slots=_slots(bool(line.role)),
        )
        Account.objects.bulk_create([account], ignore_conflicts=True)
        opened = Account.objects.get(code=code)
        if opened.id == account.id:
            _record("ledger.account_opened", account, {"code": code, "type": line.type, "currency": currency})
    return opened


def rename_account(*, account_id: UUID, name: str | None = None, description: str | None = None) -> Account:
    """Change what people read of an account. Raises UnknownAccount."""
    with transaction.atomic():
        account = _locked(account_id)
        before = {"name": account.name, "description": account.description}
        account.name = account.name if name is None else name
        account.description = account.description if description is None else description
        account.save(update_fields=["name", "description"])
        after = {"name": account.name, "description": account.description}
        _record("ledger.account_renamed", account, {"before": before, "after": after})
    return account


def close_account(*, account_id: UUID, reason: str = "") -> Account:
    """Close an account for good; nothing posts to it any more.

    Raises UnknownAccount, AccountNotOpen, AccountNotEmpty (a balance or pending money is left).
    """
    with typed_refusals(), transaction.atomic():
        account = _locked(account_id)
        if account.status != AccountStatus.OPEN:
            raise AccountNotOpen()
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
