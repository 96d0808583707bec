"""Accounts and journal entries over HTTP. Customers have no access here: they see wallets."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.api import intake, render, serializers
from ledger.exceptions import UnknownAccount
from ledger.models import Account, DraftEntry, JournalEntry
from ledger.selectors import find_entry
from ledger.services.accounts import change_account, close_account, open_account
from ledger.services.drafts import discard_draft, post_draft, replace_draft, save_draft
from ledger.services.entries import post_pending, request_reversal, void_pending
from ledger.services.ownership import require_by_hand
from ledger.services.posting import post_entry
from ledger.types import EntryStatus
from nexafi.api.etags import check_match, etag
from nexafi.api.idempotency import idempotent
from nexafi.api.serializers import DateField, DateTimeField
from nexafi.api.views import MEBIBYTE, ApiView
from nexafi.core import json as strict_json
from nexafi.core.errors import InvalidInput
from nexafi.core.money import Money, currencies


class AccountsView(ApiView):
    access = {"GET": "ledger.view", "POST": "ledger.manage_accounts"}

    def get(self, request: Request) -> Response:
        """List accounts by code, with their balances."""
        return self.list(Account.objects.prefetch_related("balances"), serializers.AccountFilters, render.account)

    @idempotent(required=False)
    def post(self, request: Request) -> Response:
        """Open an account."""
        body = self.body(serializers.NewAccount)
        account = open_account(
            code=body["account_code"],
            name=body["name"],
            type=body["account_type"],
            subtype=body["account_subtype"],
            currency=body["currency"],
            parent=_parent(body["parent_id"]),
            description=body["description"],
            floor_minor=_minor(body.get("minimum_balance")),
            ceiling_minor=_minor(body.get("maximum_balance")),
            accepts_debits=not body["debits_frozen"],
            accepts_credits=not body["credits_frozen"],
            tags=body["tags"],
        )
        return Response(render.account(account), status=201)


class AccountView(ApiView):
    access = {"GET": "ledger.view", "PATCH": "ledger.manage_accounts"}

    def get(self, request: Request, account_id: UUID) -> Response:
        """One account with its balances."""
        return _account_response(_account(account_id))

    def patch(self, request: Request, account_id: UUID) -> Response:
        """Change what an account is called, its limits or what is frozen, the latter two with a reason. `If-Match`
        refuses to overwrite somebody else's change."""
        body = self.body(serializers.AccountChange)
        changes = intake.account_changes(body, _account(account_id))
        change_account(account_id=account_id, check=lambda now: check_match(request, _tag(now)), **changes)
        return _account_response(_account(account_id))


class AccountCloseView(ApiView):
    access = {"POST": "ledger.manage_accounts"}

    def post(self, request: Request, account_id: UUID) -> Response:
        """Close an account that holds nothing."""
        body = self.body(serializers.OptionalReason)
        return _account_response(close_account(account_id=account_id, reason=body["reason"]))


class JournalEntriesView(ApiView):
    access = {"GET": "ledger.view", "POST": "ledger.post_entries"}
    max_body: ClassVar[int] = 4 * MEBIBYTE

    @property
    def throttle_scope(self) -> str:  # type: ignore[override]
        """Writing counts as money movement, reading does not."""
        return "money" if self.request.method == "POST" else "default"

    def get(self, request: Request) -> Response:
        """List entries, the newest first. Drafts are not in the books: they come with `status=draft`, beside which no
        other filter is taken."""
        filters = self.query(serializers.EntryFilters)
        status = filters.validated_data.pop("status", None)
        if status == EntryStatus.DRAFT:
            return self.page(DraftEntry.objects.all(), filters, render.draft)
        entries = filters.apply(_with_status(status))
        return self.page(entries, filters, render.entry)

    @idempotent
    def post(self, request: Request) -> Response:
        """Write an entry: posted, pending (money held) or draft."""
        draft = intake.entry_draft(self.body(serializers.NewEntry))
        if draft.status is EntryStatus.DRAFT:
            return Response(_draft_body(save_draft(draft)), status=201)
        return Response(_entry_body(post_entry(draft).id), status=201)


class JournalEntryView(ApiView):
    access = {"GET": "ledger.view", "PUT": "ledger.post_entries"}
    max_body: ClassVar[int] = 4 * MEBIBYTE

    def get(self, request: Request, entry_id: UUID) -> Response:
        """One entry or draft with its lines; a draft has an `ETag`."""
        draft = DraftEntry.objects.filter(pk=entry_id).first()
        return _draft_response(draft) if draft else Response(_entry_body(entry_id))

    def put(self, request: Request, entry_id: UUID) -> Response:
        """Put another entry in a draft's place; `If-Match` refuses to overwrite somebody else's change. An entry in the
        books: 409 `not_draft`."""
        draft = intake.entry_draft(self.body(serializers.DraftChange))
        saved = replace_draft(draft_id=entry_id, draft=draft, check=lambda now: check_match(request, _draft_tag(now)))
        return _draft_response(saved)


class JournalEntryPostView(ApiView):
    access = {"POST": "ledger.post_entries"}
    throttle_scope = "money"

    @idempotent(required=False)
    def post(self, request: Request, entry_id: UUID) -> Response:
        """Post a draft or a pending entry, in full or for `amount`. One that belongs to a payment, deposit or
        withdrawal: 409 `entry_owned_elsewhere`, and so for voiding and reversal."""
        body = self.body(serializers.PostEntry)
        if DraftEntry.objects.filter(pk=entry_id).exists():
            post_draft(draft_id=entry_id, reason=body["reason"])
        else:
            require_by_hand(entry_id)
            amount = intake.capture_amount(entry_id, body["amount"]) if "amount" in body else None
            post_pending(entry_id=entry_id, amount=amount, reason=body["reason"])
        return Response(_entry_body(entry_id))


class JournalEntryVoidView(ApiView):
    access = {"POST": "ledger.post_entries"}
    throttle_scope = "money"

    @idempotent(required=False)
    def post(self, request: Request, entry_id: UUID) -> Response:
        """Void a pending entry and release its money, or discard a draft."""
        body = self.body(serializers.OptionalReason)
        draft = DraftEntry.objects.filter(pk=entry_id).first()
        if draft:
            discard_draft(draft_id=entry_id, reason=body["reason"])
            return Response(_draft_body(draft) | {"status": EntryStatus.VOIDED})
        require_by_hand(entry_id)
        void_pending(entry_id=entry_id, reason=body["reason"])
        return Response(_entry_body(entry_id))


class JournalEntryReverseView(ApiView):
    access = {"POST": "ledger.request_reversal"}

    def post(self, request: Request, entry_id: UUID) -> Response:
        """Ask for the reversal of a posted entry; it is written when a second person approves."""
        body = self.body(serializers.Reason)
        maker: Any = request.user  # signed in: the permission was checked
        require_by_hand(entry_id)
        approval = request_reversal(entry_id=entry_id, maker=maker, reason=body["reason"])
        return Response({"approval_id": approval.id, "status": approval.status, "entry_id": entry_id}, status=202)


class CurrenciesView(ApiView):
    access = {"GET": "signed_in"}

    def get(self, request: Request) -> Response:
        """Every currency that can hold a balance."""
        rows = [{"code": c.code, "name": c.name, "numeric": c.numeric, "decimals": c.exponent} for c in currencies()]
        return Response({"next": None, "previous": None, "results": rows})


def _account(account_id: UUID) -> Account:
    account = Account.objects.prefetch_related("balances").filter(pk=account_id).first()
    if account is None:
        raise UnknownAccount
    return account


def _minor(amount: Money | None) -> int | None:
    return None if amount is None else amount.minor


def _parent(account_id: UUID | None) -> Account | None:
    if account_id is None:
        return None
    parent = Account.objects.filter(pk=account_id).first()
    if parent is None:
        raise InvalidInput("There is no such account.", code="unknown_account", pointer="/parent_id")
    return parent


def _tag(account: Account) -> str:
    """Of everything that may change but the balances."""
    limits = account.floor, account.ceiling, account.accepts_debits, account.accepts_credits
    return etag(account.name, account.description, account.subtype, account.tags, account.status, limits)


def _account_response(account: Account) -> Response:
    return Response(render.account(account), headers={"ETag": _tag(account)})


def _with_status(status: str | None) -> QuerySet[JournalEntry]:
    entries = JournalEntry.objects.with_status()
    if status is None:
        return entries
    if status == EntryStatus.PENDING:
        return entries.unresolved()
    if status == EntryStatus.POSTED:
        return entries.filter(Q(pending=False) | Q(resolution__outcome=status))
    return entries.filter(resolution__outcome=status)


def _entry_body(entry_id: UUID) -> dict[str, Any]:
    return render.entry_in_full(find_entry(entry_id))


def _draft_response(draft: DraftEntry) -> Response:
    return Response(_draft_body(draft), headers={"ETag": _draft_tag(draft)})


def _draft_tag(draft: DraftEntry) -> str:
    return etag(strict_json.canonical(draft.body))


def _draft_body(draft: DraftEntry) -> dict[str, Any]:
    ids = [line[0] for line in draft.body["lines"]]
    return render.draft_in_full(draft, dict(Account.objects.filter(pk__in=ids).values_list("pk", "code")))


def date_or_instant(text: str) -> date | datetime:
    """A date counts as its end; anything longer is an instant."""
    return (DateField() if len(text) == 10 else DateTimeField()).run_validation(text)
