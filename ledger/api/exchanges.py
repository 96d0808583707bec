"""Entries in two currencies over HTTP, by hand: a foreign invoice, its payment, an exchange with the bank."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from ledger.api import render
from ledger.models import Account
from ledger.selectors import find_entry
from ledger.services.exchange import Exchange, post_exchange
from nexafi.api import serializers as s
from nexafi.api.idempotency import idempotent
from nexafi.api.views import ApiView
from nexafi.core.errors import InvalidInput
from nexafi.core.money import Money


class NewExchange(s.StrictSerializer):
    debit_account_id = s.UUIDField()
    credit_account_id = s.UUIDField()
    source_amount = s.AmountField(currency_field=None, help_text="In the currency of the account that is debited.")
    target_amount = s.AmountField(currency_field=None, help_text="In the currency of the account that is credited.")
    spread_amount = s.AmountField(currency_field=None, required=False, help_text="Earned, in the target's currency.")
    fee_amount = s.AmountField(currency_field=None, required=False, help_text="Debited besides, in the source's.")
    description = s.CharField(max_length=500)
    reference_number = s.CharField(max_length=100, required=False, default="")
    entry_date = s.DateField(required=False)


class ExchangesView(ApiView):
    access = {"POST": "ledger.post_entries"}
    throttle_scope = "money"

    @idempotent
    def post(self, request: Request) -> Response:
        """Post an entry that takes an amount from an account of one currency and brings another to an account of a
        second one, through the position accounts of both. It is a manual entry, reversed like any other."""
        body = self.body(NewExchange)
        debit, credit = (_account(body, name) for name in ("debit_account_id", "credit_account_id"))
        entry = post_exchange(
            Exchange(
                source=_amount(body, "source_amount", debit),
                target=_amount(body, "target_amount", credit),
                spread=_amount(body, "spread_amount", credit) if "spread_amount" in body else None,
                fee=_amount(body, "fee_amount", debit) if "fee_amount" in body else None,
            ),
            debit=debit.id,
            credit=credit.id,
            on=body.get("entry_date"),
            kind="manual",
            description=body["description"],
            reference=body["reference_number"],
        )
        return Response(render.entry_in_full(find_entry(entry.id)), status=201)


def _account(body: dict[str, Any], name: str) -> Account:
    account_id: UUID = body[name]
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise InvalidInput("There is no such account.", code="unknown_account", pointer=f"/{name}")
    return account


def _amount(body: dict[str, Any], name: str, account: Account) -> Money:
    return s.money(body[name], account.currency, pointer=f"/{name}")
