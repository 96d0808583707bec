"""Prove the whole log from its stored bytes: every body, subtree, search column, signed head and outside anchor.

The stored subtree roots make the tree checkable place by place, so each alteration is reported where it is and does
not spread: after a mismatch the walk goes on with what is stored. What was rewritten up to the root is caught by the
heads, and what was cut off or rewritten together with the heads by the anchors.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import CharField, Q
from django.db.models.functions import Cast

from audit import anchors, keys
from audit.checkpoint import Checkpoint, InvalidCheckpoint, verify
from audit.events import Columns, columns_of, genuine_columns
from audit.merkle import HASH_SIZE, fold, leaf_hash, node_hash
from audit.models import AuditEvent, TreeHead, UnsealedEvent
from nexafi.core import clock

OVERDUE = timedelta(minutes=1)  # an event that waits longer says that the sequencer does not run
_CHUNK = 2000
Progress = Callable[[int], object]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and where: events `first` to `last` by sequence number, or an event's id."""

    kind: str
    detail: str
    first: int | None = None
    last: int | None = None
    event_id: UUID | None = None


@dataclass
class Report:
    """What was checked, and what is wrong."""

    events: int = 0
    heads: int = 0
    anchors: int = 0
    size: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        return not self.findings

    def add(self, kind: str, detail: str, first: int | None = None, last: int | None = None, **where: Any) -> None:
        self.findings.append(Finding(kind, detail, first, first if last is None else last, **where))

    def extend(self, kind: str, detail: str, first: int, last: int, **where: Any) -> None:
        """As `add`, but widens the finding before when it is of that kind and ends where this one begins."""
        before = self.findings[-1] if self.findings else None
        if before and before.kind == kind and before.last == first - 1:
            self.findings[-1] = replace(before, last=last, event_id=None)
        else:
            self.add(kind, detail, first, last, **where)


def verify_log(*, heads_file: Path | None = None, progress: Progress = lambda events: None) -> Report:
    """Check the log against itself and against the heads in `heads_file` (the configured anchor file when None).

    Events sealed while it runs are left to the next run. `progress` is called with the number of events checked.
    """
    report = Report()
    anchored = _anchored_heads(report, heads_file or settings.AUDIT_HEADS_PATH)
    # A transaction lets PostgreSQL stream; on SQLite it would hold the write lock, and reads stream without one.
    with transaction.atomic() if connection.vendor == "postgresql" else nullcontext():
        report.size = max(_signed_size(), *anchored, 0)
        walk = _Walk(report, anchored)
        for number, row in enumerate(_stored(report.size), 1):
            walk.take(*row)
            if number % _CHUNK == 0:
                progress(_CHUNK)
        walk.finish()
        _check_outside(report)
        _check_unsealed(report)
    return report


def _stored(size: int) -> Iterator[tuple[Any, ...]]:
    """The rows of the signed tree. Ids and times come as the text that they are stored as: whatever stands there can be
    read, at a fraction of the cost of Django's conversion."""
    rows = AuditEvent.objects.filter(seq__gte=0, seq__lt=size).order_by("seq")
    as_text = rows.annotate(id_text=Cast("id", CharField()), time_text=Cast("created_at", CharField()))
    return as_text.values_list("seq", "body", "hashes", "id_text", *Columns._fields[1:-1], "time_text").iterator(_CHUNK)


def _uuid(text: str) -> UUID | None:
    """An id as the databases write it, PostgreSQL with hyphens and SQLite without; None when it is neither."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _hyphenated(text: str) -> str:
    """The canonical form of a UUID that SQLite keeps as 32 digits."""
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _instant(text: str) -> datetime | None:
    """A time as the databases write it, PostgreSQL with an offset and SQLite without one; None when it is neither."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _anchored_heads(report: Report, path: Path) -> dict[int, set[bytes]]:
    """The roots recorded outside the database, by tree size."""
    trusted, roots = keys.trusted(), dict[int, set[bytes]]()
    for number, note in enumerate(anchors.read(path), 1):
        report.anchors += 1
        try:
            checkpoint = verify(note, trusted)
        except InvalidCheckpoint as error:
            report.add("anchor_invalid", f"Line {number} of the anchor file: {error}")
            continue
        roots.setdefault(checkpoint.size, set()).add(checkpoint.root)
    return roots


def _signed_size() -> int:
    """The largest tree size that a trusted key signed."""
    trusted = keys.trusted()
    for head in TreeHead.objects.order_by("-size").iterator(_CHUNK):
        if _head_fault(head, trusted) is None:
            return head.size
    return 0


def _head_fault(head: TreeHead, trusted: list[Any]) -> tuple[str, str] | None:
    try:
        signed = verify(head.checkpoint, trusted)
    except InvalidCheckpoint as error:
        return "head_invalid", str(error)
    stored = Checkpoint(signed.origin, head.size, bytes(head.root))
    return None if signed == stored else ("head_altered", f"Its signed text is of size {signed.size}.")


class _Walk:
    """One pass over the events in order, comparing with every signed head on the way."""

    def __init__(self, report: Report, anchored: dict[int, set[bytes]]) -> None:
        self.report = report
        self.anchored = anchored
        self.heads = _Heads(report, anchored)
        self.next = 0
        self.hyphens = connection.features.has_native_uuid_field
        self.edge: list[bytes | None] = []  # None: not known, because a row is missing or altered

    def take(self, seq: int, body: Any, hashes: Any, *columns: Any) -> None:
        """Check one event and the subtrees that it completes."""
        self.report.events += 1
        body, hashes = bytes(body), bytes(hashes)
        if seq < self.next:
            self.report.add("duplicate", f"There is more than one event {seq}.", seq, event_id=_uuid(columns[0]))
            return
        if seq > self.next:
            self._skip_to(seq)
        leaf: bytes | None = leaf_hash(body)
        if leaf != hashes[:HASH_SIZE]:
            self.report.add("body_altered", "The body does not have its leaf hash.", seq, event_id=_uuid(columns[0]))
            leaf = None
        else:
            self._check_columns(seq, body, columns)
        self._grow(seq, leaf, hashes)

    def _skip_to(self, seq: int) -> None:
        self.report.add("missing", "Events are missing.", self.next, seq - 1)
        for lost in range(self.next, seq):
            self._grow(lost, None, b"")

    def _check_columns(self, seq: int, body: bytes, columns: tuple[Any, ...]) -> None:
        try:
            expected = columns_of(body)
        except (ValueError, KeyError, TypeError):
            self.report.add("body_unreadable", "The body is not an event.", seq, event_id=_uuid(columns[0]))
            return
        event_id = columns[0] if self.hyphens else _hyphenated(columns[0])
        stored = (event_id, *columns[1:-1], _instant(columns[-1]))
        if stored != expected:
            altered = [n for n, a, b in zip(Columns._fields, stored, expected, strict=True) if a != b]
            detail = f"{', '.join(altered)} not as in the body."
            self.report.add("column_altered", detail, seq, event_id=_uuid(columns[0]))

    def _grow(self, seq: int, leaf: bytes | None, hashes: bytes) -> None:
        node, index, level = leaf, seq, 0
        while index & 1:
            level += 1
            left, index = self.edge.pop(), index >> 1
            stored = hashes[level * HASH_SIZE : (level + 1) * HASH_SIZE] or None
            if left and node and node_hash(left, node) != stored:
                detail = f"A stored hash of level {level} does not cover its events."
                self.report.add("node_altered", detail, seq + 1 - (1 << level), seq)
            node = stored
        if hashes and len(hashes) != (level + 1) * HASH_SIZE:
            self.report.add("node_altered", "The event has the wrong number of hashes for its place.", seq)
        self.edge.append(node)
        self.next = seq + 1
        if self.heads.next_size == self.next:
            self.heads.compare(self._root())

    def _root(self) -> bytes | None:
        known = [node for node in self.edge if node is not None]
        return fold(known) if len(known) == len(self.edge) else None

    def finish(self) -> None:
        """After the last row: what is missing at the end, and the heads that no events led to."""
        if self.next < self.report.size:
            self._skip_to(self.report.size)
        self.heads.finish()


class _Heads:
    """Signed heads of the database and of the anchor file, met in order of size as the walk goes on."""

    def __init__(self, report: Report, anchored: dict[int, set[bytes]]) -> None:
        self.report = report
        self.anchored = anchored
        self.signed = self._signed()
        self.outside = iter(sorted(anchored))
        self.head = next(self.signed, None)
        self.anchor = next(self.outside, None)
        self.last_met = self.last_good = 0
        self._meet()
        self.bad: dict[str, tuple[int, int]] = {}  # a run of contradicted heads, by kind: first event, last size

    def _signed(self) -> Iterator[TreeHead]:
        """The valid heads; faults and gaps in their succession are reported on the way."""
        trusted, previous = keys.trusted(), 0
        for head in TreeHead.objects.order_by("size").iterator(_CHUNK):
            self.report.heads += 1
            fault = _head_fault(head, trusted)
            if fault is not None:
                kind, detail = fault
                self.report.add(kind, f"The head of size {head.size}: {detail}", previous, head.size - 1)
            elif head.previous_size != previous:
                self.report.add(
                    "head_missing", f"A head before size {head.size} is missing.", previous, head.previous_size - 1
                )
            previous = head.size
            if fault is None and head.size <= self.report.size:
                yield head

    def _meet(self) -> None:
        """Note the size at which the next head is to be compared."""
        sizes = [] if self.head is None else [self.head.size]
        sizes += [] if self.anchor is None else [self.anchor]
        self.next_size = min(sizes, default=0)

    def compare(self, root: bytes | None) -> None:
        """Check the heads of the present size against the root of the walk (None: not known here)."""
        size = self.next_size
        if self.anchor == size:
            self._check_anchor(size, root)
            self.anchor = next(self.outside, None)
        if self.head is not None and self.head.size == size:
            self._judge("head_contradicted", size, root in (None, bytes(self.head.root)), known=root is not None)
            self.head = next(self.signed, None)
        self.last_met = size
        self._meet()

    def _check_anchor(self, size: int, root: bytes | None) -> None:
        if self.head is None or self.head.size != size:
            detail = "A signed head is only in the anchor file."
            self.report.extend("head_missing", detail, self.last_met, size - 1)
        self._judge("anchor_contradicted", size, root is None or self.anchored[size] == {root}, known=root is not None)

    def _judge(self, kind: str, size: int, holds: bool, *, known: bool) -> None:
        if not holds:
            first, _ = self.bad.get(kind, (self.last_good, size))
            self.bad[kind] = (first, size)
        elif known:
            self._close(kind)
            if not self.bad:
                self.last_good = size

    def _close(self, kind: str) -> None:
        if kind in self.bad:
            first, size = self.bad.pop(kind)
            where = "A signed head" if kind == "head_contradicted" else "A head in the anchor file"
            self.report.add(kind, f"{where} contradicts the events; the last is of size {size}.", first, size - 1)

    def finish(self) -> None:
        for kind in list(self.bad):
            self._close(kind)
        for _ in self.signed:  # faults of what lies beyond are reported while it is read
            pass


def _check_outside(report: Report) -> None:
    """Events that no signed head covers, although every batch is signed in the transaction that writes it."""
    size = max(report.size, _signed_size())  # heads signed since the walk began
    outside = AuditEvent.objects.filter(Q(seq__lt=0) | Q(seq__gte=size)).order_by("seq").values_list("seq", "id")
    for seq, event_id in outside.iterator(_CHUNK):
        report.extend("uncovered", "No signed head covers this event.", seq, seq, event_id=event_id)


def _check_unsealed(report: Report) -> None:
    overdue = clock.now() - OVERDUE
    rows = UnsealedEvent.objects.order_by("id").values_list("id", "body", "mac", "created_at")
    for event_id, body, mac, created_at in rows.iterator(_CHUNK):
        if not genuine_columns(event_id, bytes(body), bytes(mac)):
            detail = "The application did not write this unsealed event."
            report.add("unsealed_altered", detail, event_id=event_id)
        elif created_at < overdue:
            report.add("unsealed_overdue", f"Not sealed since {created_at.isoformat()}.", event_id=event_id)
