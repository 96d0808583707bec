"""The matcher over the lists in force: built once per process and set of versions, swapped when the versions change."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from compliance.screening.matching.config import CONFIG
from compliance.screening.matching.index import IndexedEntry, NameIndex
from compliance.screening.models import WatchlistEntry, WatchlistSource, version_of
from compliance.screening.types import DateRange, EntityType, ListedName, NameKind
from nexafi.core import json as strict_json
from nexafi.db.compiled import Compiled


@dataclass(frozen=True)
class Versions:
    """Which lists and which matcher judge now. `key` names them together; it changes when any of them does."""

    lists: dict[str, str]  # {"ofac": "2024-05-02@1f3c..."}
    config: str
    snapshots: dict[str, UUID] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return hashlib.sha256(strict_json.canonical({"lists": self.lists, "config": self.config})).hexdigest()


@dataclass(frozen=True)
class Engine:
    index: NameIndex
    versions: Versions


_sources_in_force = Compiled(
    lambda: (
        WatchlistSource.objects.filter(current__isnull=False)
        .order_by("code")
        .values_list("code", "current__label", "current__sha256", "current_id")
    )
)
_lock = threading.Lock()
_engine: Engine | None = None


def current_versions() -> Versions:
    """The versions in force; one small query. Without a list, `lists` is empty and nothing can be screened."""
    sources = _sources_in_force()
    return Versions(
        lists={code: version_of(label, sha256) for code, label, sha256, _ in sources},
        config=CONFIG.version,
        snapshots={code: snapshot for code, _, _, snapshot in sources},
    )


def current_engine() -> Engine | None:
    """The engine for the versions in force, None without a list. The first call after an import takes seconds."""
    global _engine
    versions = current_versions()
    if not versions.lists:
        return None
    with _lock:
        if _engine is None or _engine.versions.snapshots != versions.snapshots:
            _engine = Engine(NameIndex(_listed(), CONFIG), versions)
        return _engine


def _listed() -> Iterator[IndexedEntry]:
    rows = WatchlistEntry.objects.filter(removed_in=None).order_by("source_id", "external_id")
    fields = ("id", "source_id", "external_id", "content_hash", "entity_type", "document")
    for entry_id, code, external_id, content_hash, entity_type, document in rows.values_list(*fields).iterator(2000):
        yield IndexedEntry(
            id=entry_id,
            list_code=code,
            external_id=external_id,
            content_hash=content_hash,
            entity_type=EntityType(entity_type),
            names=tuple(ListedName(name["text"], NameKind(name["kind"])) for name in document["names"]),
            birth_dates=tuple(map(DateRange.from_json, document["birth_dates"])),
            countries=tuple(document["countries"]),
        )
