"""Exchange of one currency into another: every currency balances by itself.

What comes in is credited to the currency's position account, what goes out is debited to it. The base-currency side of
a foreign position, what it cost or brought, stands on its counter-value account; an exchange between two foreign
currencies passes through both at its base value. So position and counter-value of a currency always move together, and
revaluation (ledger.services.revaluation) finds what a position is carried at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Context, Decimal
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from ledger.constants import SystemAccount
from ledger.exceptions import InvalidExchange
from ledger.models import JournalEntry
from ledger.selectors.rates import Rate, rates_on
from ledger.services.accounts import account_of_currency, system_account
from ledger.services.base import settle_base
from ledger.services.posting import post_entry
from ledger.types import EntryDraft, LineDraft, Side
from nexafi.core import clock
from nexafi.core.money import Money

BASIS_POINTS: Final = Decimal(10_000)
_SHOWN: Final = Context(prec=12)  # of a rate that follows from two amounts


@dataclass(frozen=True)
class Exchange:
    """`source` is debited to one account, `target` credited to another.

    `spread`, in the target's currency, is what the institution's rate keeps of the middle value; `fee`, in the
    source's, is debited besides. `base_value` is what `source` is worth in the base currency; it is needed between two
    foreign currencies alone, and taken at the day's rate when absent. `rate` is what was applied, for the record.
    """

    source: Money
    target: Money
    spread: Money | None = None
    fee: Money | None = None
    base_value: Money | None = None
    rate: Rate | None = None


def priced(source: Money, rate: Rate, *, markup_bps: int = 0) -> Exchange:
    """What `source` brings at a middle rate less a markup in basis points (0 to 9,999), rounded down to the minor unit:
    what rounding leaves stays with the institution, below one unit in its position, the rest as `spread`."""
    middle = rate.convert(source, ROUND_DOWN)
    share = (BASIS_POINTS - markup_bps) / BASIS_POINTS
    target = Money(int((middle.minor * share).to_integral_value(ROUND_DOWN)), middle.currency)
    return Exchange(source, target, spread=middle - target, rate=rate)


def exchange_lines(exchange: Exchange, *, debit: UUID, credit: UUID, on: date) -> tuple[LineDraft, ...]:
    """The lines that take `source` (and the fee) from the account `debit` and bring `target` to the account `credit`.

    Opens the institution's own accounts when first needed. Raises InvalidExchange, RateUnavailable (between two foreign
    currencies without `base_value`), BaseCurrencyChanged.
    """
    _check(exchange)
    settle_base()
    out = exchange.target if exchange.spread is None else exchange.target + exchange.spread
    lines = [LineDraft(debit, Side.DEBIT, exchange.source), LineDraft(credit, Side.CREDIT, exchange.target)]
    lines += _position_lines(exchange, out, on)
    lines += _earned(exchange.spread, SystemAccount.FX_INCOME)
    if exchange.fee is not None and exchange.fee.minor:
        lines.append(LineDraft(debit, Side.DEBIT, exchange.fee))
        lines += _earned(exchange.fee, SystemAccount.FEES)
    return tuple(lines)


def post_exchange(
    exchange: Exchange,
    *,
    debit: UUID,
    credit: UUID,
    on: date | None = None,
    kind: str = "exchange",
    metadata: Mapping[str, Any] | None = None,
    **changes: Any,
) -> JournalEntry:
    """Post an exchange as one entry, dated `on` (today when absent), with its rate in the metadata. `changes` are other
    fields of the EntryDraft. Raises as `exchange_lines`, and what posting raises."""
    day = on or clock.today()
    with transaction.atomic():
        draft = EntryDraft(
            lines=exchange_lines(exchange, debit=debit, credit=credit, on=day),
            kind=kind,
            effective_date=day,
            metadata={**(metadata or {}), **_rate_facts(exchange)},
            **changes,
        )
        return post_entry(draft)


def _check(exchange: Exchange) -> None:
    source, target = exchange.source, exchange.target
    if source.currency == target.currency:
        raise InvalidExchange("Two currencies are needed.")
    besides = [part for part in (exchange.spread, exchange.fee) if part is not None]
    if min(source.minor, target.minor) <= 0 or any(part.minor < 0 for part in besides):
        raise InvalidExchange("Amounts are positive.")
    expected = ((exchange.spread, target.currency), (exchange.fee, source.currency),
                (exchange.base_value, settings.BASE_CURRENCY))  # fmt: skip
    if any(part is not None and part.currency != code for part, code in expected):
        raise InvalidExchange(
            "Spread is in the target's currency, fee in the source's, base value in the base currency."
        )


def _position_lines(exchange: Exchange, out: Money, on: date) -> list[LineDraft]:
    """Source into its position, `out` out of the target's; where one of them is the base currency, the other's
    counter-value stands for it."""
    base, source = settings.BASE_CURRENCY, exchange.source
    if source.currency == base:
        return [_counter_value(out.currency, Side.CREDIT, source), _position(Side.DEBIT, out)]
    if out.currency == base:
        return [_position(Side.CREDIT, source), _counter_value(source.currency, Side.DEBIT, out)]
    value = exchange.base_value or rates_on(on).convert(source, base)
    through = [_counter_value(source.currency, Side.DEBIT, value), _counter_value(out.currency, Side.CREDIT, value)]
    return [_position(Side.CREDIT, source), *(through if value.minor else ()), _position(Side.DEBIT, out)]


def _position(side: Side, amount: Money) -> LineDraft:
    return LineDraft(system_account(SystemAccount.FX_POSITION, amount.currency).id, side, amount)


def _counter_value(of: str, side: Side, amount: Money) -> LineDraft:
    return LineDraft(account_of_currency(SystemAccount.FX_COUNTER_VALUE, of).id, side, amount)


def _earned(amount: Money | None, role: SystemAccount) -> list[LineDraft]:
    if amount is None or not amount.minor:
        return []
    return [LineDraft(system_account(role, amount.currency).id, Side.CREDIT, amount)]


def _rate_facts(exchange: Exchange) -> dict[str, str]:
    if exchange.rate is None:
        return {"exchange_rate": f"{_SHOWN.divide(exchange.target.decimal, exchange.source.decimal):f}"}
    rate = exchange.rate
    return {"exchange_rate": f"{rate.rate:f}", "rate_source": rate.source, "rate_of": rate.valid_on.isoformat()}
