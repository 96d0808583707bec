"""Screen customers as a set: search, compare with what is already known of them, write runs, hits and verdicts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import Customer
from audit.services.record import record
from compliance.screening.matching.search import comparable, result_of, search
from compliance.screening.models import FalsePositive, ScreeningHit, ScreeningRun, ScreeningVerdict
from compliance.screening.services.engine import Engine, Versions, current_engine, current_versions
from compliance.screening.services.records import entry_documents, new_hit, new_run
from compliance.screening.types import DateRange, EntityType, Match, Query, Result
from nexafi.core import clock
from nexafi.outbox.services.publish import publish

Status = ScreeningHit.Status


@dataclass
class Known:
    """What is on record about one customer before this screening."""

    open: dict[UUID, ScreeningHit] = field(default_factory=dict)  # by entry
    confirmed: dict[UUID, ScreeningHit] = field(default_factory=dict)  # true matches of entries still listed
    cleared: set[tuple[UUID, str, str]] = field(default_factory=set)  # (entry, entry hash, subject hash)
    suppressed: set[tuple[UUID, str]] = field(default_factory=set)  # (entry, entry hash) already shown as suppressed


@dataclass
class Judgement:
    """What one screening found, and how it changes the hits of its customer."""

    customer: Customer
    query: Query
    result: Result
    standing: tuple[Match, ...] = ()
    opened: list[Match] = field(default_factory=list)
    suppressed: list[Match] = field(default_factory=list)
    obsolete: list[ScreeningHit] = field(default_factory=list)


def screen_customers(customer_ids: Sequence[UUID], *, trigger: ScreeningRun.Trigger) -> dict[UUID, Result]:
    """Screen these customers in one transaction and return their results. Unknown ids are left out."""
    engine = current_engine()
    versions = engine.versions if engine else current_versions()
    with transaction.atomic():
        rows = Customer.objects.filter(pk__in=customer_ids).order_by("pk")
        customers = list(rows.select_for_update(no_key=True))
        known = _known(customers)
        judged = [_judge(each, engine, known[each.pk]) for each in customers]
        runs = _store_runs(judged, trigger, versions)
        _store_hits(judged, runs)
        _store_verdicts(runs, versions)
    return {each.customer.pk: each.result for each in judged}


def customer_query(customer: Customer) -> Query:
    """The question that a customer is."""
    born = customer.date_of_birth
    return Query(
        name=customer.name,
        entity_type=EntityType(customer.kind),
        date_of_birth=DateRange.day(date.fromisoformat(str(born))) if born else None,
        country=customer.nationality or customer.country,
        entity_id=str(customer.pk),
    )


def subject_hash(query: Query) -> str:
    """Keyed hash of what a false-positive decision rested on; it changes when name, birth date or country do."""
    return settings.FIELD_KEYS.blind_index(
        f"{query.name}|{query.date_of_birth or ''}|{query.country}", purpose="screening.subject"
    )


def _known(customers: Sequence[Customer]) -> dict[UUID, Known]:
    known: dict[UUID, Known] = defaultdict(Known)
    hits = ScreeningHit.objects.filter(customer__in=customers).exclude(
        status__in=[Status.OBSOLETE, Status.FALSE_POSITIVE]
    )
    for hit in hits.select_related("entry").defer("entry_document", "explanation", "entry__document"):
        assert hit.customer_id
        of = known[hit.customer_id]
        if hit.status == Status.OPEN:
            of.open[hit.entry_id] = hit
        elif hit.status == Status.SUPPRESSED:
            of.suppressed.add((hit.entry_id, hit.entry_hash))
        elif hit.entry.removed_in_id is None:
            of.confirmed[hit.entry_id] = hit
    for pair in FalsePositive.objects.filter(customer__in=customers):
        known[pair.customer_id].cleared.add((pair.entry_id, pair.entry_hash, pair.subject_hash))
    return known


def _judge(customer: Customer, engine: Engine | None, known: Known) -> Judgement:
    query = customer_query(customer)
    if engine is None or not comparable(query.name):
        return Judgement(customer, query, Result.NOT_SCREENED)
    found = search(engine.index, query)
    subject = subject_hash(query)
    suppressed = [m for m in found if (m.entry_id, m.entry_hash, subject) in known.cleared]
    standing = tuple(m for m in found if m not in suppressed)
    sure = bool(known.confirmed)
    return Judgement(
        customer=customer,
        query=query,
        result=Result.MATCH if sure else result_of(standing, engine.index.config.match_threshold),
        standing=standing,
        opened=[m for m in standing if m.entry_id not in known.confirmed and _is_new(m, known)],
        suppressed=[m for m in suppressed if (m.entry_id, m.entry_hash) not in known.suppressed],
        obsolete=_obsolete(standing, known),
    )


def _obsolete(standing: tuple[Match, ...], known: Known) -> list[ScreeningHit]:
    """Open hits that this screening did not find again, or whose entry has changed since."""
    kept = {match.entry_id for match in standing if not _is_new(match, known)}
    return [hit for entry_id, hit in known.open.items() if entry_id not in kept]


def _is_new(match: Match, known: Known) -> bool:
    hit = known.open.get(match.entry_id)
    return hit is None or hit.entry_hash != match.entry_hash


def _store_runs(judged: list[Judgement], trigger: ScreeningRun.Trigger, versions: Versions) -> list[ScreeningRun]:
    runs = [
        new_run(
            each.query, trigger=trigger, result=each.result, matches=each.standing, versions=versions,
            customer=each.customer,
        )
        for each in judged
    ]  # fmt: skip
    return ScreeningRun.objects.bulk_create(runs)


def _store_hits(judged: list[Judgement], runs: list[ScreeningRun]) -> None:
    stale = [hit.pk for each in judged for hit in each.obsolete]
    ScreeningHit.objects.filter(pk__in=stale).update(status=Status.OBSOLETE, resolved_at=clock.now())
    documents = entry_documents(match for each in judged for match in (*each.opened, *each.suppressed))
    pairs = list(zip(judged, runs, strict=True))
    opened = [new_hit(run, match, documents) for each, run in pairs for match in each.opened]
    quiet = [new_hit(run, m, documents, Status.SUPPRESSED) for each, run in pairs for m in each.suppressed]
    ScreeningHit.objects.bulk_create([*opened, *quiet])
    for hit in opened:
        _announce(hit)


def _announce(hit: ScreeningHit) -> None:
    facts = {"customer_id": str(hit.customer_id), "entry_id": str(hit.entry_id), "entry_hash": hit.entry_hash}
    record("compliance.screening_hit_opened", target_type="screening_hit", target_id=hit.pk, data=facts)
    publish("compliance.screening_hit_opened", {"hit_id": str(hit.pk), **facts})


def _store_verdicts(runs: list[ScreeningRun], versions: Versions) -> None:
    verdicts = [
        ScreeningVerdict(
            customer=run.customer, result=run.result, score=run.score, versions_key=versions.key, run=run,
            screened_at=run.created_at,
        )
        for run in runs
    ]  # fmt: skip
    ScreeningVerdict.objects.bulk_create(
        verdicts,
        update_conflicts=True,
        unique_fields=["customer"],
        update_fields=["result", "score", "versions_key", "run", "screened_at"],
    )
