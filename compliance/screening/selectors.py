"""What other rooms and the console ask of screening."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from compliance.screening.matching.normalise import plain
from compliance.screening.matching.search import search
from compliance.screening.models import (
    EntryIdentifier,
    EntryName,
    ScreeningHit,
    ScreeningRun,
    ScreeningVerdict,
    WatchlistSnapshot,
    WatchlistSource,
)
from compliance.screening.services.engine import Versions, current_engine, current_versions
from compliance.screening.services.import_list import plain_number
from compliance.screening.types import Query, Result
from nexafi.core import clock
from nexafi.db.compiled import Compiled


@dataclass(frozen=True)
class Verdict:
    """A customer's standing against the lists in force. `out_of_date` explains a not_screened after a list update."""

    result: Result
    score: float = 0.0  # 0 to 1
    run_id: UUID | None = None
    screened_at: datetime | None = None
    out_of_date: bool = False


@dataclass(frozen=True)
class ListStatus:
    """One list as it stands. `starter` marks the short built-in list: real, but far from whole."""

    code: str
    authority: str
    name: str
    version: str
    entries: int
    names: int
    imported_at: datetime
    age: timedelta
    starter: bool
    snapshot_id: UUID


def verdicts_of(customer_ids: Iterable[UUID], versions: Versions | None = None) -> dict[UUID, Verdict]:
    """The stored verdict of each customer, for the path of a payment: two small queries, no search
    (one when the caller knows the `versions` in force).

    Fails closed: without a verdict, or with one of earlier lists or an earlier matcher, the result is not_screened.
    """
    wanted = list(customer_ids)
    key = (versions or current_versions()).key
    pairs = [(wanted[n], wanted[min(n + 1, len(wanted) - 1)]) for n in range(0, len(wanted), 2)]
    rows = [row for one, other in pairs for row in _verdicts(one, other)]
    stored = {row[0]: _verdict(_Stored(*row), key) for row in rows}
    return {customer_id: stored.get(customer_id, Verdict(Result.NOT_SCREENED)) for customer_id in wanted}


_verdicts = Compiled(  # of two customers, the parties of a payment
    lambda one, other: ScreeningVerdict.objects.filter(customer__in=[one, other]).values_list(
        "customer", "versions_key", "result", "score", "run", "screened_at"
    )
)


class _Stored(NamedTuple):
    customer_id: UUID
    versions_key: str
    result: str
    score: float
    run_id: UUID
    screened_at: datetime


def _verdict(row: _Stored, key: str) -> Verdict:
    if row.versions_key != key:
        return Verdict(Result.NOT_SCREENED, row.score, row.run_id, row.screened_at, out_of_date=True)
    return Verdict(Result(row.result), row.score, row.run_id, row.screened_at)


def hits_behind(run_id: UUID) -> list[ScreeningHit]:
    """The hits that a run's result rests on: those of its customer, or of its name, that stand; best first.

    A hit found again keeps the run that found it first, so they are not looked up by run alone.
    """
    run = ScreeningRun.objects.filter(pk=run_id).first()
    if run is None:
        return []
    subject = Q(customer_id=run.customer_id) if run.customer_id else Q(customer=None, subject_name=run.name)
    standing = Q(status__in=[ScreeningHit.Status.OPEN, ScreeningHit.Status.TRUE_MATCH]) | Q(run=run)
    hits = ScreeningHit.objects.filter(subject & standing).select_related("run", "entry", "customer")
    return list(hits.order_by("-score", "id")[:50])


def entries_like(term: str) -> set[UUID]:
    """Entries for a person who searches: by the beginning of a listed name or a number, else by likeness."""
    names = EntryName.objects.filter(normal__startswith=plain(term)) if plain(term) else EntryName.objects.none()
    found = set(names.values_list("entry_id", flat=True)[:200])
    if any(map(str.isdigit, term)):
        numbers = EntryIdentifier.objects.filter(normal__startswith=plain_number(term))
        found |= set(numbers.values_list("entry_id", flat=True)[:200])
    engine = None if found else current_engine()
    return {match.entry_id for match in search(engine.index, Query(term))} if engine else found


def list_status() -> list[ListStatus]:
    """The lists in force; empty when none was ever loaded."""
    sources = WatchlistSource.objects.filter(current__isnull=False).select_related("current").order_by("code")
    return [_list_status(source, source.current) for source in sources if source.current]


def _list_status(source: WatchlistSource, snapshot: WatchlistSnapshot) -> ListStatus:
    return ListStatus(
        code=source.code,
        authority=source.authority,
        name=source.name,
        version=snapshot.version,
        entries=snapshot.entries,
        names=snapshot.names,
        imported_at=snapshot.imported_at,
        age=clock.now() - snapshot.imported_at,
        starter=snapshot.is_starter,
        snapshot_id=snapshot.pk,
    )
