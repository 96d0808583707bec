"""Revaluation of foreign-currency positions at the end of a day (IAS 21.23a and 28).

For each currency two entries: what closed positions earned or lost is realised, for good; what the open position is
worth beyond what it is carried at is an unrealised difference, posted on the day and reversed on the next one, so that
the next revaluation starts from what the position cost. The sum of both is the same whatever days are revalued between.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction

from audit.services.record import record
from ledger.constants import REALISATION_KIND, REVALUATION_KIND, UNREVALUATION_KIND, SystemAccount
from ledger.exceptions import RateUnavailable, RevaluationOutOfOrder, RevaluationTooEarly
from ledger.models import JournalEntry, Revaluation
from ledger.selectors.base import require_base
from ledger.selectors.positions import Position, positions_and_gaps
from ledger.selectors.rates import Rate, RateTable, rates_on
from ledger.services.accounts import account_of_currency, system_account
from ledger.services.base import settle_base
from ledger.services.posting import post_entries
from ledger.types import EntryDraft
from nexafi.core import clock, locks
from nexafi.core.context import current_actor
from nexafi.core.ids import uuid7
from nexafi.core.money import Money


@dataclass(frozen=True)
class Revalued:
    """What a run did: `revalued` by currency, those done before included; `missing` has why a currency was left out."""

    on: date
    revalued: list[Revaluation]
    missing: dict[str, str] = field(default_factory=dict)


def revalue(*, on: date, reason: str) -> Revalued:
    """Revalue every foreign currency at the end of the day `on`. What is revalued already stays as it is; a currency
    without a rate, of the day or of one on which it was earned or spent, is left out, to be done by a later call when
    its rate is there.

    Raises RevaluationTooEarly (the day is not over), RevaluationOutOfOrder, BaseCurrencyChanged, and what posting
    raises (PeriodClosed).
    """
    if on >= clock.today():
        raise RevaluationTooEarly(f"{on} is not over.", pointer="/on")
    require_base()
    with transaction.atomic():
        locks.hold("ledger.revaluation")
        if later := Revaluation.objects.filter(on__gt=on).first():
            raise RevaluationOutOfOrder(f"{later.on} is revalued already.", pointer="/on")
        done = {row.currency: row for row in Revaluation.objects.filter(on=on)}
        positions, missing = positions_and_gaps(on)
        open_now = [position for position in positions if position.currency not in done]
        priced = _priced(open_now, rates_on(on), missing)
        fresh = [_revalue(position, rate, on, reason) for position, rate in priced]
        if fresh:
            settle_base()
            _record(on, fresh, missing, reason)
    return Revalued(on, sorted([*done.values(), *fresh], key=lambda row: row.currency), missing)


def _priced(
    positions: Iterable[Position], rates: RateTable, missing: dict[str, str]
) -> list[tuple[Position, Rate | None]]:
    """Each position with its closing rate (none is needed when it is zero); `missing` takes those that have none."""
    priced: list[tuple[Position, Rate | None]] = []
    for position in positions:
        try:
            needed = position.amount.minor != 0
            priced.append((position, rates.rate(position.currency, settings.BASE_CURRENCY) if needed else None))
        except RateUnavailable as error:
            missing[position.currency] = error.detail
    return priced


def _revalue(position: Position, rate: Rate | None, on: date, reason: str) -> Revaluation:
    value = rate.convert(position.amount) if rate else Money(0, settings.BASE_CURRENCY)
    difference = value - position.carrying
    unrealised = _draft(_UNREALISED, position.currency, difference, on)
    row = Revaluation(
        on=on,
        currency=position.currency,
        base=value.currency,
        position=position.amount.minor,
        carrying=position.carrying.minor,
        rate=rate.rate if rate else None,
        rate_source=rate.source if rate else "",
        rate_of=rate.valid_on if rate else None,
        value=value.minor,
        difference=difference.minor,
        realised=position.realised.minor,
        realisation=_post(_draft(_REALISED, position.currency, position.realised, on)),
        entry=_post(unrealised),
        reversal=_post(unrealised and _mirror(unrealised)),
        reason=reason,
        created_by=current_actor().id,
    )
    row.save(force_insert=True)
    return row


def _post(draft: EntryDraft | None) -> JournalEntry | None:
    return post_entries([draft])[0] if draft else None


@dataclass(frozen=True)
class _Result:
    """Where a kind of exchange difference is posted: the currency's `own` account against one of the other two."""

    kind: str
    title: str
    own: SystemAccount
    gains: SystemAccount
    losses: SystemAccount


_REALISED: Final = _Result(
    REALISATION_KIND,
    "Realised exchange difference",
    SystemAccount.FX_COUNTER_VALUE,
    SystemAccount.FX_GAINS,
    SystemAccount.FX_LOSSES,
)
_UNREALISED: Final = _Result(
    REVALUATION_KIND,
    "Revaluation",
    SystemAccount.FX_REVALUATION,
    SystemAccount.FX_UNREALISED_GAINS,
    SystemAccount.FX_UNREALISED_LOSSES,
)


def _draft(result: _Result, currency: str, amount: Money, on: date) -> EntryDraft | None:
    """A gain debits the currency's account and credits income, a loss debits expense and credits the account."""
    if not amount.minor:
        return None
    gain = amount.minor > 0
    own = account_of_currency(result.own, currency).id
    other = system_account(result.gains if gain else result.losses, amount.currency).id
    return EntryDraft.transfer(
        debit=own if gain else other,
        credit=other if gain else own,
        amount=amount if gain else -amount,
        id=uuid7(),
        kind=result.kind,
        description=f"{result.title} of {currency}",
        reference=f"{currency} {on}",
        external_id=f"{result.kind}:{currency}:{on}",
        effective_date=on,
    )


def _mirror(posted: EntryDraft) -> EntryDraft:
    """The reversal of a revaluation, dated the day after."""
    assert posted.effective_date
    return posted._replace(
        lines=tuple(line._replace(side=line.side.opposite) for line in posted.lines),
        id=uuid7(),
        kind=UNREVALUATION_KIND,
        description=f"Reversal: {posted.description}",
        external_id=f"{posted.external_id}:reversal",
        effective_date=posted.effective_date + timedelta(days=1),
        reverses=posted.id,
    )


def _record(on: date, rows: Sequence[Revaluation], missing: dict[str, str], reason: str) -> None:
    figures = {
        row.currency: {
            "position": str(row.position),
            "carrying": str(row.carrying),
            "rate": f"{row.rate:f}" if row.rate else "",
            "difference": str(row.difference),
            "realised": str(row.realised),
        }
        for row in rows
    }
    record(
        "ledger.revalued",
        target_type="ledger.revaluation",
        target_id=on.isoformat(),
        data={"base": settings.BASE_CURRENCY, "currencies": figures, "missing": sorted(missing)},
        reason=reason,
    )
