"""How runs and hits are written down; shared by the screening of names and of customers."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from accounts.models import Customer
from compliance.screening.models import ScreeningHit, ScreeningRun, WatchlistEntry
from compliance.screening.services.engine import Versions
from compliance.screening.types import Match, Query, Result
from nexafi.core.context import current_actor


def new_run(
    query: Query,
    *,
    trigger: ScreeningRun.Trigger,
    result: Result,
    matches: tuple[Match, ...],
    versions: Versions,
    customer: Customer | None = None,
) -> ScreeningRun:
    """An unsaved run, with the question frozen as it was asked."""
    actor = current_actor()
    return ScreeningRun(
        trigger=trigger,
        customer=customer,
        entity_id=query.entity_id,
        name=query.name,
        entity_type=query.entity_type,
        country=query.country,
        date_of_birth=str(query.date_of_birth) if query.date_of_birth else None,
        result=result,
        score=max((match.score for match in matches), default=0.0),
        list_versions=versions.lists,
        config_version=versions.config,
        actor=f"{actor.kind}:{actor.id}".rstrip(":"),
    )


def new_hit(
    run: ScreeningRun,
    match: Match,
    documents: dict[UUID, dict[str, Any]],
    status: ScreeningHit.Status = ScreeningHit.Status.OPEN,
) -> ScreeningHit:
    """An unsaved hit, with the listed entry frozen as it was judged."""
    return ScreeningHit(
        run=run,
        customer_id=run.customer_id,
        entry_id=match.entry_id,
        entry_hash=match.entry_hash,
        entry_document=documents[match.entry_id],
        subject_name=run.name,
        matched_name=match.matched_name,
        score=match.score,
        explanation=match.explanation,
        status=status,
    )


def entry_documents(matches: Iterable[Match]) -> dict[UUID, dict[str, Any]]:
    """The listed entries of the matches, as JSON, by id."""
    ids = {match.entry_id for match in matches}
    return dict(WatchlistEntry.objects.filter(pk__in=ids).values_list("pk", "document")) if ids else {}
