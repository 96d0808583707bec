"""Open and change accounts by the rows of a chart: one that ships, or an operator's file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from django.conf import settings
from django.db import transaction

from ledger.charts import ChartRow, faults_of, minor_of, read_chart, shipped_chart
from ledger.exceptions import InvalidChart
from ledger.models import Account
from ledger.services.accounts import change_account, open_account
from nexafi.core.errors import DomainError, FieldError
from nexafi.core.money import currency_in_use

MAX_FAULTS = 200  # that one answer names
_REASON = "Import of a chart"
_FIELDS = {"minimum_balance": "floor", "maximum_balance": "ceiling"}


@dataclass
class Imported:
    """What an import did, or on a dry run would have done: how many accounts of each."""

    opened: int = 0
    changed: int = 0
    unchanged: int = 0
    faults: list[FieldError] = field(default_factory=list)


def load_chart(*, currency: str, name: str = "") -> Imported:
    """Open every account of a chart that ships (settings.CHART_OF_ACCOUNTS by default) in a currency; those that exist
    are left as they are. Raises UnknownCurrency, InvalidChart."""
    rows = [row.within(currency_in_use(currency).code) for row in shipped_chart(name or settings.CHART_OF_ACCOUNTS)]
    return _import(rows, dry_run=False, update=False)


def import_chart(*, text: str, currencies: Sequence[str] = (), dry_run: bool = False) -> Imported:
    """Open or change the accounts of a CSV file, all or none. Rows without a currency count once for each of
    `currencies`. What an account already is, is left alone, so that a file may be imported again.

    Raises InvalidChart, which names every faulty row: bad cells, an unknown parent, or another code, type, currency,
    parent or role than the account has, as these never change.
    """
    rows = [each for row in read_chart(text) for each in _expanded(row, currencies)]
    return _import(rows, dry_run=dry_run, update=True)


def _expanded(row: ChartRow, currencies: Sequence[str]) -> Iterator[ChartRow]:
    if row.currency or not currencies:
        yield row
    else:
        yield from map(row.within, currencies)


def _import(rows: Sequence[ChartRow], *, dry_run: bool, update: bool) -> Imported:
    result = Imported(faults=faults_of(rows))
    with transaction.atomic():
        _apply(rows, result, update=update)
        if result.faults:
            shown = sorted(result.faults, key=lambda fault: int(fault.pointer.split("/")[2]))[:MAX_FAULTS]
            lines = len({fault.pointer.split("/")[2] for fault in result.faults})
            raise InvalidChart(f"Nothing was imported: {lines} of {len(rows)} rows cannot be.", errors=shown)
        if dry_run:
            transaction.set_rollback(True)
    return result


def _apply(rows: Sequence[ChartRow], result: Imported, *, update: bool) -> None:
    """Parents before children; what stands below a faulty row is not looked at, it would only repeat the fault."""
    faulty = {fault.pointer.split("/")[2] for fault in result.faults}
    refused = {row.code for row in rows if str(row.line) in faulty}
    sound = [row for row in rows if row.code not in refused]
    known = _known(sound)
    for row in _parents_first(sound, result):
        if row.parent in refused:
            refused.add(row.code)
            continue
        try:
            known[row.code] = _apply_row(row, known, result, update=update)
        except InvalidChart as error:
            result.faults += error.errors
            refused.add(row.code)
        except DomainError as error:
            result.faults.append(row.fault("code", error.code, error.detail))
            refused.add(row.code)


def _known(rows: Sequence[ChartRow]) -> dict[str, Account]:
    """The accounts that rows name and that are there, with their parents, in one query."""
    codes = {code for row in rows for code in (row.code, row.parent)}
    return {account.code: account for account in Account.objects.filter(code__in=codes).select_related("parent")}


def _parents_first(rows: Sequence[ChartRow], result: Imported) -> list[ChartRow]:
    """The rows in an order to open them in, without those that stand below themselves."""
    by_code = {row.code: row for row in rows}
    while True:
        try:
            order = TopologicalSorter({row.code: [row.parent] for row in by_code.values()}).static_order()
            return [by_code[code] for code in order if code in by_code]
        except CycleError as error:
            detail = f"The account stands below itself: {' < '.join(error.args[1])}."
            for code in set(error.args[1]):
                result.faults.append(by_code.pop(code).fault("parent", "cycle", detail))


def _apply_row(row: ChartRow, known: dict[str, Account], result: Imported, *, update: bool) -> Account:
    account = known.get(row.code)
    if account is None:
        result.opened += 1
        return _open(row, known)
    _check_fixed(row, account)
    changes = {name: value for name, value in _terms(row).items() if getattr(account, name) != value} if update else {}
    if row.role and not account.role:
        changes["role"] = row.role
    if not changes:
        result.unchanged += 1
        return account
    result.changed += 1
    return change_account(account_id=account.id, reason=_REASON, **changes)


def _open(row: ChartRow, known: dict[str, Account]) -> Account:
    if row.parent and row.parent not in known:
        raise InvalidChart(errors=[row.fault("parent", "unknown_account", f"There is no account {row.parent}.")])
    terms = _terms(row)
    return open_account(
        code=row.code,
        type=row.type,
        currency=row.currency,
        parent=known.get(row.parent),
        role=row.role,
        floor_minor=terms.pop("floor", None),
        ceiling_minor=terms.pop("ceiling", None),
        **terms,
    )


def _terms(row: ChartRow) -> dict[str, Any]:
    """The cells that may change, as columns of the account; none for columns that the file does not have."""
    terms: dict[str, Any] = {"name": row.name, "subtype": row.subtype, "description": row.description}
    terms = {name: text for name, text in terms.items() if text is not None}
    if row.tags is not None:
        terms["tags"] = row.tags.split()
    limits = {column: getattr(row, name) for name, column in _FIELDS.items()}
    return terms | {name: minor_of(text, row.currency) for name, text in limits.items() if text is not None}


def _check_fixed(row: ChartRow, account: Account) -> None:
    """Raises InvalidChart when the row says something else of what never changes, or is about a customer's account."""
    parent = account.parent.code if account.parent else ""
    fixed = {"type": account.type, "currency": account.currency, "parent": parent, "role": account.role}
    faults = [
        row.fault(name, "fixed", f"The account's {name} is {value or 'none'} and stays so.")
        for name, value in fixed.items()
        if getattr(row, name) != value and not (name == "role" and "" in (row.role, value))
    ]
    if account.owner_id is not None:
        faults.append(row.fault("code", "customers_account", "A customer's account belongs to no chart."))
    if faults:
        raise InvalidChart(errors=faults)
