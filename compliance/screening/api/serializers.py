"""What screening calls take and answer."""

from typing import Any

from compliance.screening.models import ScreeningHit
from compliance.screening.selectors import ListStatus
from compliance.screening.services.resolve import DECISIONS
from compliance.screening.services.screening import MAX_BATCH
from compliance.screening.types import DateRange, EntityType, Match, Query, ScreeningResult
from nexafi.api.serializers import (
    CharField,
    ChoiceField,
    CountryField,
    DateField,
    DateTimeField,
    ListField,
    ListFilters,
    StrictSerializer,
    UUIDField,
)

_STATUSES = ScreeningHit.Status.values


class ScreenRequest(StrictSerializer):
    entity_name = CharField(max_length=400)
    entity_type = ChoiceField(choices=[each.value for each in EntityType])
    date_of_birth = DateField(required=False)
    country = CountryField(required=False)
    entity_id = CharField(max_length=64, required=False, help_text="Your own reference; it comes back on the hits.")


class BatchRequest(StrictSerializer):
    entities = ListField(child=ScreenRequest(), min_length=1, max_length=MAX_BATCH)


class ResolveRequest(StrictSerializer):
    decision = ChoiceField(choices=[each.value for each in DECISIONS])
    reason = CharField(max_length=1000, multiline=True)


class HitFilters(ListFilters):
    status = ChoiceField(choices=_STATUSES)
    customer_id = UUIDField()
    run_id = UUIDField()
    list = CharField(max_length=20, source="entry__source_id")
    created_after = DateTimeField(source="created_at__gte")
    created_before = DateTimeField(source="created_at__lt")


def query_of(data: dict[str, Any]) -> Query:
    """The question in a validated ScreenRequest."""
    born = data.get("date_of_birth")
    return Query(
        name=data["entity_name"],
        entity_type=EntityType(data["entity_type"]),
        date_of_birth=DateRange.day(born) if born else None,
        country=data.get("country", ""),
        entity_id=data.get("entity_id", ""),
    )


def result_body(result: ScreeningResult) -> dict[str, Any]:
    return {
        "id": str(result.id),
        "result": result.result.value,
        "score": result.score,
        "matches": [match_body(match) for match in result.matches],
        "list_versions": result.list_versions,
    }


def match_body(match: Match) -> dict[str, Any]:
    return {
        "list": match.list_code,
        "entry_id": str(match.entry_id),
        "name": match.name,
        "matched_name": match.matched_name,
        "score": match.score,
        "explanation": match.explanation,
    }


def list_body(status: ListStatus) -> dict[str, Any]:
    return {
        "list": status.code,
        "authority": status.authority,
        "name": status.name,
        "version": status.version,
        "entries": status.entries,
        "names": status.names,
        "imported_at": status.imported_at.isoformat(),
        "age_seconds": int(status.age.total_seconds()),
        "starter": status.starter,
    }


def hit_body(hit: ScreeningHit) -> dict[str, Any]:
    return {
        "id": str(hit.pk),
        "status": hit.status,
        "run_id": str(hit.run_id),
        "customer_id": str(hit.customer_id) if hit.customer_id else None,
        "entity_id": hit.run.entity_id or None,
        "entity_name": hit.subject_name,
        "list": hit.entry.source_id,
        "entry_id": str(hit.entry_id),
        "reference": hit.entry.reference,
        "name": hit.entry.primary_name,
        "matched_name": hit.matched_name,
        "score": hit.score,
        "explanation": hit.explanation,
        "created_at": hit.created_at.isoformat(),
        "resolved_at": hit.resolved_at.isoformat() if hit.resolved_at else None,
        "resolved_by": hit.resolved_by or None,
        "reason": hit.reason or None,
    }
