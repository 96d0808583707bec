"""Reads of the log: the tree's nodes and proofs, its latest head, and whether events are there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from audit import merkle
from audit.exceptions import EventNotSealed, UnknownTreeSize
from audit.merkle import HASH_SIZE, Node
from audit.models import AuditEvent, TreeHead, UnsealedEvent
from nexafi.core import clock
from nexafi.core.errors import NotFound

_CHUNK = 500


@dataclass(frozen=True)
class InclusionProof:
    """That an event is leaf `event.seq` of the tree that `head` signs."""

    event: AuditEvent
    head: TreeHead
    path: list[bytes]

    def holds(self) -> bool:
        """True when the stored body leads to the signed root."""
        root = merkle.root_from_inclusion(
            index=self.event.seq,
            size=self.head.size,
            leaf=merkle.leaf_hash(bytes(self.event.body)),
            proof=self.path,
        )
        return root == bytes(self.head.root)


@dataclass(frozen=True)
class SealState:
    """How far sealing is behind."""

    size: int
    pending: int  # counted up to 10,000
    lag: timedelta  # age of the oldest unsealed event
    signed_at: datetime | None


def latest_head() -> TreeHead:
    """The newest signed head. Raises NotFound while the log is empty."""
    head = TreeHead.objects.order_by("-size").first()
    if head is None:
        raise NotFound("Nothing is sealed yet.")
    return head


def edge_of(size: int) -> list[bytes]:
    """The roots of the complete subtrees of the tree of `size` leaves, largest first."""
    nodes = list(merkle.cover(0, size))
    hashes = _read_nodes(nodes)
    return [hashes[node] for node in nodes if node in hashes]


def _read_nodes(nodes: Iterable[Node]) -> dict[Node, bytes]:
    places = {node: merkle.completed_by(node) for node in nodes}
    rows = AuditEvent.objects.filter(seq__in={seq for seq, _ in places.values()}).values_list("seq", "hashes")
    stored = {seq: bytes(hashes) for seq, hashes in rows}
    return {
        node: stored[seq][level * HASH_SIZE : (level + 1) * HASH_SIZE]
        for node, (seq, level) in places.items()
        if seq in stored
    }


def inclusion_proof(event_id: UUID) -> InclusionProof:
    """The proof that an event is in the latest signed tree. Raises NotFound, EventNotSealed."""
    event = AuditEvent.objects.filter(id=event_id).first()
    if event is None:
        if UnsealedEvent.objects.filter(id=event_id).exists():
            raise EventNotSealed("The event waits to be sealed; ask again in a second.")
        raise NotFound("There is no such event.")
    head = latest_head()
    ranges = merkle.inclusion_ranges(event.seq, head.size)
    return InclusionProof(event, head, merkle.path(ranges, _read_nodes(merkle.nodes_of(ranges))))


def consistency_proof(first: int, second: int) -> list[bytes]:
    """The proof that the tree of `second` leaves only appended to the one of `first`. Raises UnknownTreeSize."""
    if not 0 < first <= second <= latest_head().size:
        raise UnknownTreeSize("Sizes run from 1 to the latest tree size, the first at most the second.")
    ranges = merkle.consistency_ranges(first, second)
    return merkle.path(ranges, _read_nodes(merkle.nodes_of(ranges)))


def checkpoint_at(size: int) -> str | None:
    """The signed text of the tree of this size; None when no head was signed there."""
    return TreeHead.objects.filter(size=size).values_list("checkpoint", flat=True).first()


def missing_events(ids: Sequence[UUID]) -> set[UUID]:
    """Those of the given event ids that the log does not hold, sealed or unsealed."""
    missing: set[UUID] = set()
    for start in range(0, len(ids), _CHUNK):
        chunk = set(ids[start : start + _CHUNK])
        for model in (UnsealedEvent, AuditEvent):  # in this order: an event sealed in between is then found
            chunk -= set(model.objects.filter(id__in=chunk).values_list("id", flat=True))
        missing |= chunk
    return missing


def seal_state() -> SealState:
    """The size of the tree, and how many events wait for how long."""
    head = TreeHead.objects.order_by("-size").only("size", "signed_at").first()
    pending = UnsealedEvent.objects.order_by()[:10_000].count()
    oldest = UnsealedEvent.objects.order_by("id").values_list("created_at", flat=True).first()
    return SealState(
        size=head.size if head else 0,
        pending=pending,
        lag=clock.now() - oldest if oldest else timedelta(0),
        signed_at=head.signed_at if head else None,
    )
