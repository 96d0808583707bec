"""Thousands of entries in one call."""

from collections.abc import Sequence
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from ledger.api import intake, serializers
from ledger.services.batches import Outcome, post_batch
from ledger.services.posting import write_entries
from ledger.types import EntryDraft, EntryStatus, RefusedDraft
from nexafi.api.idempotency import idempotent
from nexafi.api.problems import domain_problem
from nexafi.api.views import MEBIBYTE, ApiView
from nexafi.core.errors import DomainError


class JournalEntryBatchView(ApiView):
    access = {"POST": "ledger.post_entries"}
    throttle_scope = "money"
    max_body: ClassVar[int] = 16 * MEBIBYTE

    @idempotent
    def post(self, request: Request) -> Response:
        """Write up to 10,000 entries: with `atomic` all or none (201, or the problem of the first refused one), else
        each for itself (200). A result for each, in order; the outcome is that of posting them one after the other."""
        body = self.body(serializers.NewBatch)
        drafts = intake.entry_drafts(body["entries"])
        if body["atomic"]:
            return Response(_body(_all_or_none(drafts), drafts, request.path), status=201)
        return Response(_body(post_batch(drafts), drafts, request.path))


def _all_or_none(drafts: Sequence[EntryDraft | RefusedDraft]) -> list[Outcome]:
    readable = [draft for draft in drafts if isinstance(draft, EntryDraft)]
    for index, draft in enumerate(drafts):
        if isinstance(draft, RefusedDraft):
            raise draft.refusal.within(f"/entries/{index}")
    return list(write_entries(readable).outcomes())


def _body(outcomes: Sequence[Outcome], drafts: Sequence[EntryDraft | RefusedDraft], instance: str) -> dict[str, Any]:
    refused = sum(isinstance(outcome, DomainError) for outcome in outcomes)
    return {
        "written": len(outcomes) - refused,
        "refused": refused,
        "results": [_result(*pair, instance) for pair in zip(outcomes, drafts, strict=True)],
    }


def _result(outcome: Outcome, draft: EntryDraft | RefusedDraft, instance: str) -> dict[str, Any]:
    if isinstance(outcome, DomainError):
        return {"status": "refused", "id": None, "external_id": None, "error": domain_problem(outcome, instance)}
    assert isinstance(draft, EntryDraft)
    status = EntryStatus.PENDING if draft.status == EntryStatus.PENDING else EntryStatus.POSTED
    amount = outcome.amount.amount if outcome.amount else None
    return {"status": status, "id": outcome.id, "external_id": draft.external_id, "amount": amount, "error": None}
