"""Screen names and customers. Every run is recorded; hits wait for a person; a customer's verdict serves payments."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from compliance.screening.exceptions import NoListLoaded, NotComparable
from compliance.screening.matching.search import comparable, result_of, search
from compliance.screening.models import ScreeningHit, ScreeningRun
from compliance.screening.services.customers import screen_customers
from compliance.screening.services.engine import Engine, current_engine
from compliance.screening.services.records import entry_documents, new_hit, new_run
from compliance.screening.types import Match, Query, Result, ScreeningResult

MAX_BATCH = 1000


def screen_name(query: Query) -> ScreeningResult:
    """Screen one name and record it. Raises NoListLoaded, NotComparable."""
    return screen_batch([query])[0]


def screen_batch(queries: Sequence[Query]) -> list[ScreeningResult]:
    """Screen up to MAX_BATCH names in one transaction; a result each, in order. Raises NoListLoaded, NotComparable."""
    assert len(queries) <= MAX_BATCH
    engine = current_engine()
    if engine is None:
        raise NoListLoaded
    for number, query in enumerate(queries):
        if not comparable(query.name):
            raise NotComparable(pointer=f"/entities/{number}/entity_name" if len(queries) > 1 else "/entity_name")
    answers = [(query, search(engine.index, query)) for query in queries]
    with transaction.atomic():
        return _record(engine, answers)


def screen_customer(
    customer_id: UUID, *, trigger: ScreeningRun.Trigger = ScreeningRun.Trigger.CUSTOMER_CHANGE
) -> Result:
    """Screen one customer, store the verdict and open or close hits. Without a list the verdict is not_screened."""
    return screen_customers([customer_id], trigger=trigger).get(customer_id, Result.NOT_SCREENED)


def _record(engine: Engine, answers: Sequence[tuple[Query, tuple[Match, ...]]]) -> list[ScreeningResult]:
    runs = [_run(query, matches, engine) for query, matches in answers]
    ScreeningRun.objects.bulk_create(runs)
    pairs = [(run, match) for run, (_, matches) in zip(runs, answers, strict=True) for match in matches]
    documents = entry_documents(match for _, match in pairs)
    known = _open_pairs(runs)
    ScreeningHit.objects.bulk_create(
        new_hit(run, match, documents)
        for run, match in pairs
        if (run.name, match.entry_id, match.entry_hash) not in known
    )
    return [_result(run, matches) for run, (_, matches) in zip(runs, answers, strict=True)]


def _run(query: Query, matches: tuple[Match, ...], engine: Engine) -> ScreeningRun:
    result = result_of(matches, engine.index.config.match_threshold)
    return new_run(query, trigger=ScreeningRun.Trigger.MANUAL, result=result, matches=matches, versions=engine.versions)


def _open_pairs(runs: list[ScreeningRun]) -> set[tuple[str, UUID, str]]:
    """Pairs that already wait for a person: asking again about the same name must not fill the queue."""
    waiting = ScreeningHit.objects.open().filter(customer=None, subject_name__in={run.name for run in runs})
    return set(waiting.values_list("subject_name", "entry_id", "entry_hash"))


def _result(run: ScreeningRun, matches: tuple[Match, ...]) -> ScreeningResult:
    return ScreeningResult(
        id=run.id,
        result=Result(run.result),
        score=run.score,
        matches=matches,
        list_versions=run.list_versions,
        config_version=run.config_version,
    )
