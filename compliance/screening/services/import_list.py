"""Import a parsed list as a new version: all of it or nothing, set by set."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from audit.services.record import record
from compliance.screening.constants import MAX_SHRINK, SOURCES
from compliance.screening.exceptions import ListShrank, ListUnreadable
from compliance.screening.lists.base import ParsedList
from compliance.screening.matching.normalise import plain
from compliance.screening.models import (
    EntryIdentifier,
    EntryName,
    EntryRevision,
    WatchlistEntry,
    WatchlistSnapshot,
    WatchlistSource,
)
from compliance.screening.types import ListedEntry
from nexafi.core import json as strict_json
from nexafi.outbox.services.publish import publish

BATCH = 2000
Change = EntryRevision.Change
Watch = Callable[[Iterable[ListedEntry]], Iterable[ListedEntry]]


@dataclass(frozen=True)
class Prepared:
    """An entry with what is stored of it, made before the transaction begins."""

    entry: ListedEntry
    document: dict[str, Any]
    content_hash: str
    normal_names: tuple[str, ...]


@dataclass(frozen=True)
class Imported:
    """`is_new` is False when the content is what is already in force."""

    snapshot: WatchlistSnapshot
    is_new: bool


def import_list(
    code: str, parsed: ParsedList, *, allow_shrink: str = "", starter: bool = False, watch: Watch = iter
) -> Imported:
    """Make `parsed` the version in force of the list `code` ("ofac", "un").

    The same content makes no new version. `allow_shrink` is the reason why far fewer entries are right.
    `watch` wraps the entries to show progress.
    Raises ListShrank, ListUnreadable (an entry listed twice).
    """
    prepared = _prepare(watch(parsed.entries))
    digest = _digest(prepared.values())
    with transaction.atomic():
        source = _locked_source(code)
        if source.current and source.current.sha256 == digest:
            return Imported(source.current, is_new=False)
        snapshot = WatchlistSnapshot(
            source=source, label=parsed.label, sha256=digest, is_starter=starter,
            warnings=list(parsed.warnings), shrink_reason=allow_shrink.strip(),
        )  # fmt: skip
        _count(snapshot, prepared)
        _guard(source.current, snapshot)
        snapshot.save()
        _write(source, snapshot, prepared)
        source.current = snapshot
        source.save(update_fields=["current"])
        _announce(source, snapshot)
    return Imported(snapshot, is_new=True)


def _prepare(entries: Iterable[ListedEntry]) -> dict[str, Prepared]:
    prepared: dict[str, Prepared] = {}
    for entry in entries:
        if entry.external_id in prepared:
            raise ListUnreadable(f"{entry.reference} is listed twice.")
        document = entry.as_json()
        content_hash = hashlib.sha256(strict_json.canonical(document)).hexdigest()
        normal_names = tuple(plain(name.text) for name in entry.names)
        prepared[entry.external_id] = Prepared(entry, document, content_hash, normal_names)
    return prepared


def _digest(prepared: Iterable[Prepared]) -> str:
    """Of the content alone: neither the order of entries nor the files' dates make a new version."""
    lines = sorted(f"{each.entry.external_id}:{each.content_hash}" for each in prepared)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _locked_source(code: str) -> WatchlistSource:
    WatchlistSource.objects.get_or_create(code=code, defaults=SOURCES[code])
    return WatchlistSource.objects.select_for_update(of=("self",)).select_related("current").get(code=code)


def _guard(current: WatchlistSnapshot | None, new: WatchlistSnapshot) -> None:
    """A list that lost entries or names is more often a broken download than a peace treaty."""
    if current is None or current.is_starter or new.shrink_reason:
        return
    for what in ("entries", "names"):
        before, after = getattr(current, what), getattr(new, what)
        if after < before * (1 - MAX_SHRINK):
            raise ListShrank(f"{after} {what}, {before} before. Give a reason to import it all the same.")


def _count(snapshot: WatchlistSnapshot, prepared: dict[str, Prepared]) -> None:
    last = snapshot.source.snapshots.order_by("-number").values_list("number", flat=True).first()
    known = _known_hashes(snapshot.source)
    snapshot.number = (last or 0) + 1
    snapshot.entries = len(prepared)
    snapshot.names = sum(len(each.entry.names) for each in prepared.values())
    snapshot.added = sum(external_id not in known for external_id in prepared)
    snapshot.changed = sum(known.get(each, p.content_hash) != p.content_hash for each, p in prepared.items())
    snapshot.removed = sum(external_id not in prepared for external_id in known)


def _known_hashes(source: WatchlistSource) -> dict[str, str]:
    return dict(source.entries.filter(removed_in=None).values_list("external_id", "content_hash"))


def _write(source: WatchlistSource, snapshot: WatchlistSnapshot, prepared: dict[str, Prepared]) -> None:
    known = _known_hashes(source)
    fresh = {each: p for each, p in prepared.items() if known.get(each) != p.content_hash}
    gone = [external_id for external_id in known if external_id not in prepared]
    before = {
        row.external_id: row
        for chunk in _chunks([*(each for each in fresh if each in known), *gone])
        for row in source.entries.filter(external_id__in=chunk)
    }
    _upsert(source, snapshot, fresh.values())
    ids = dict(source.entries.values_list("external_id", "id"))
    _replace_details(ids, fresh, {row.pk for row in before.values()})
    for chunk in _chunks(gone):
        source.entries.filter(external_id__in=chunk).update(removed_in=snapshot)
    _write_revisions(snapshot, ids, fresh, before, gone)


def _chunks(values: list[Any]) -> Iterable[list[Any]]:
    """SQLite takes a bounded number of parameters."""
    return (values[start : start + 500] for start in range(0, len(values), 500))


def _upsert(source: WatchlistSource, snapshot: WatchlistSnapshot, fresh: Iterable[Prepared]) -> None:
    rows = [
        WatchlistEntry(
            source=source,
            external_id=each.entry.external_id,
            reference=each.entry.reference,
            entity_type=each.entry.entity_type,
            primary_name=each.entry.primary_name[:400],
            document=each.document,
            content_hash=each.content_hash,
            first_seen=snapshot,
            last_changed=snapshot,
        )
        for each in fresh
    ]
    WatchlistEntry.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["source", "external_id"],
        update_fields=[
            "reference", "entity_type", "primary_name", "document", "content_hash", "last_changed", "removed_in"
        ],
    )  # fmt: skip


def _replace_details(ids: dict[str, UUID], fresh: dict[str, Prepared], changed: set[UUID]) -> None:
    for chunk in _chunks(list(changed)):
        EntryName.objects.filter(entry__in=chunk).delete()
        EntryIdentifier.objects.filter(entry__in=chunk).delete()
    names = [
        EntryName(entry_id=ids[key], kind=name.kind, text=name.text[:400], normal=normal[:400])
        for key, each in fresh.items()
        for name, normal in zip(each.entry.names, each.normal_names, strict=True)
    ]
    numbers = [
        EntryIdentifier(
            entry_id=ids[key], kind=d.kind[:60], number=d.number[:200], normal=plain_number(d.number)[:200],
            country=d.country[:80],
        )
        for key, each in fresh.items()
        for d in each.entry.documents
    ]  # fmt: skip
    EntryName.objects.bulk_create(names, batch_size=BATCH)
    EntryIdentifier.objects.bulk_create(numbers, batch_size=BATCH)


def plain_number(number: str) -> str:
    """A document number as it is searched: letters and digits only, upper case."""
    return "".join(filter(str.isalnum, number)).upper()


def _write_revisions(
    snapshot: WatchlistSnapshot,
    ids: dict[str, UUID],
    fresh: dict[str, Prepared],
    before: dict[str, WatchlistEntry],
    gone: list[str],
) -> None:
    def revision(external_id: str, change: Change, after: str = "") -> EntryRevision:
        old = before.get(external_id)
        return EntryRevision(
            snapshot=snapshot,
            entry_id=ids[external_id],
            change=change,
            before=old.document if old else None,
            before_hash=old.content_hash if old else "",
            after_hash=after,
        )

    changes = [revision(e, Change.CHANGED if e in before else Change.ADDED, p.content_hash) for e, p in fresh.items()]
    removals = [revision(external_id, Change.REMOVED) for external_id in gone]
    EntryRevision.objects.bulk_create([*changes, *removals], batch_size=BATCH)


def _announce(source: WatchlistSource, snapshot: WatchlistSnapshot) -> None:
    facts = {
        "list": source.code,
        "version": snapshot.version,
        "sha256": snapshot.sha256,
        "entries": snapshot.entries,
        "added": snapshot.added,
        "changed": snapshot.changed,
        "removed": snapshot.removed,
    }
    record(
        "compliance.list_imported",
        target_type="watchlist_snapshot",
        target_id=snapshot.pk,
        data=facts,
        reason=snapshot.shrink_reason,
    )
    publish("compliance.list_updated", {"snapshot_id": str(snapshot.pk), "list": source.code})
