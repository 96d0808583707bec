"""Past balances and statements of an account over HTTP."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.api.views import date_or_instant
from ledger.exceptions import UnknownAccount
from ledger.models import Account
from ledger.selectors import balance_as_of, balances_of_account, statement
from ledger.selectors.statements import Place, Statement, StatementLine
from ledger.statement_files import STATEMENT_LINES, statement_file
from nexafi.api import serializers as s
from nexafi.api.pagination import InvalidCursor
from nexafi.api.views import ApiView
from nexafi.core import clock
from nexafi.core.errors import InvalidInput
from nexafi.core.money import Money

_SALT = "nexafi.ledger.statement"
_LIMITS = ", ".join(f"{lines:,} movements in {format}" for format, lines in STATEMENT_LINES.items())


class BalanceQuery(s.Filters):
    as_of = s.CharField(
        max_length=40,
        help_text="A date (YYYY-MM-DD): what is dated up to its end. Or an instant: as known_at.",
    )
    known_at = s.DateTimeField(
        help_text="Only what was recorded by this instant. With a date in as_of: what was believed then of that day."
    )


class StatementQuery(s.Filters):
    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python."""
        return {"from": s.DateField(required=False), "to": s.DateField(required=False), **super().get_fields()}

    cursor = s.CharField(max_length=500, help_text="Of pages in JSON.")
    page_size = s.IntegerField(min_value=1, max_value=200, default=50, help_text="Of pages in JSON.")
    format = s.ChoiceField(
        choices=["json", *STATEMENT_LINES],
        default="json",
        help_text=f"A file holds the whole period, up to {_LIMITS}; above: 422 `statement_too_long`.",
    )


class AccountBalanceView(ApiView):
    access = {"GET": "ledger.view"}

    def get(self, request: Request, account_id: UUID) -> Response:
        """The posted balance now, at the end of any date, and as it was known at any instant."""
        account = _account(account_id)
        query = self.query(BalanceQuery).validated_data
        shown = {"account_id": account.id, "currency": account.currency}
        return Response(shown | (_past_balance(account, query) if query else _balance(account)))


class AccountStatementView(ApiView):
    access = {"GET": "ledger.view"}
    produces = ("application/json", "text/csv", "application/pdf")

    def get(self, request: Request, account_id: UUID) -> HttpResponseBase:
        """Movements with the running balance; the last 30 days unless `from` and `to` say otherwise."""
        query = self.query(StatementQuery).validated_data
        account, (since, until) = _account(account_id), _period(query)
        if query["format"] != "json":
            who = str(getattr(request.user, "email", ""))
            return statement_file(account, since=since, until=until, format=query["format"], prepared_by=who)
        after = _place(query["cursor"]) if "cursor" in query else None
        page = statement(account, since=since, until=until, after=after, size=query["page_size"])
        return Response(statement_body(page, _next(request, page.next)))


def _account(account_id: UUID) -> Account:
    account = Account.objects.prefetch_related("balances").filter(pk=account_id).first()
    if account is None:
        raise UnknownAccount
    return account


def _balance(account: Account) -> dict[str, Any]:
    position = balances_of_account(account)
    return {
        "as_of": clock.now(),
        "known_at": None,
        "balance": position.posted.amount,
        "available_balance": position.available.amount,
        "pending_debits": position.pending_debits.amount,
        "pending_credits": position.pending_credits.amount,
    }


def _past_balance(account: Account, query: Mapping[str, Any]) -> dict[str, Any]:
    at, known_at = query.get("as_of") and date_or_instant(query["as_of"]), query.get("known_at")
    if isinstance(at, datetime) and known_at:
        raise InvalidInput("Beside known_at, as_of is a date.", pointer="/as_of")
    balance = balance_as_of(account, at, known_at=known_at)
    return {"as_of": query.get("as_of"), "known_at": known_at, "balance": balance.amount}


def _period(query: Mapping[str, Any]) -> tuple[date, date]:
    """30 days up to today, or up to `to`."""
    until = query.get("to") or clock.today()
    since = query.get("from") or max(until, date.min + timedelta(days=30)) - timedelta(days=30)
    if since > until:
        raise InvalidInput("from is after to.", pointer="/from")
    return since, until


def statement_body(page: Statement, next_url: str | None) -> dict[str, Any]:
    return {
        "account_id": page.account.id,
        "account_code": page.account.code,
        "currency": page.account.currency,
        "from": page.since,
        "to": page.until,
        "opening_balance": page.opening.amount,
        "closing_balance": page.closing.amount,
        "next": next_url,
        "previous": None,
        "results": [_line(page.account, line) for line in page.lines],
    }


def _line(of: Account, line: StatementLine) -> dict[str, Any]:
    debited = line.posting.debit_id == of.id
    return {
        "date": line.posting.effective_date,
        "created_at": line.posting.recorded_at,
        "entry_id": line.posting.entry_id,
        "description": line.posting.entry.description,
        "reference_number": line.posting.entry.reference,
        "counterparty_account_code": line.counterparty.code,
        "debit_amount": Money(line.posting.amount, of.currency).amount if debited else None,
        "credit_amount": None if debited else Money(line.posting.amount, of.currency).amount,
        "balance": line.balance.amount,
    }


def _place(cursor: str) -> Place:
    try:
        day, posting_id, balance = signing.loads(cursor, salt=_SALT)
    except (signing.BadSignature, ValueError) as error:
        raise InvalidCursor("Take the cursor from next.", pointer="/cursor") from error
    return Place(date.fromisoformat(day), posting_id, balance)


def _next(request: Request, place: Place | None) -> str | None:
    if place is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = cursor_of(place)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def cursor_of(place: Place) -> str:
    """Where a statement goes on, sealed."""
    return signing.dumps([place.effective_date.isoformat(), place.posting_id, place.balance], salt=_SALT)
