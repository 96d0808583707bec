"""The sequencer: moves committed events into the Merkle tree and signs its new head, one batch a transaction.

Events are claimed as a set, never as "id greater than the last": ids are given before commit, so a late commit would
be skipped. One leader at a time (an advisory lock on PostgreSQL, the write lock on SQLite); a second one steps aside.
"""

import time
from typing import Any

from django.db import transaction

from audit import anchors, keys
from audit.checkpoint import Checkpoint, InvalidCheckpoint, parse, verify
from audit.events import Columns, genuine_columns
from audit.exceptions import TreeDamaged
from audit.merkle import EMPTY_ROOT, Tree, leaf_hash
from audit.models import AuditEvent, TreeHead, UnsealedEvent
from audit.selectors import edge_of
from audit.store import insert_rows
from nexafi.core import locks

BATCH = 2000
_COLUMNS = ("seq", "hashes", "body", *Columns._fields)
_LEADER = "audit.sequencer"


def seal_pending(*, seconds: float = 5) -> int:
    """Seal what is pending, for at most about `seconds`; returns the number of events sealed.

    Events not written by the application (their code does not fit) are left where they are, for verify_audit to name.
    Raises TreeDamaged when the tree, its last head or the outside anchor disagree.
    """
    deadline, total = time.monotonic() + seconds, 0
    while UnsealedEvent.objects.values("id").first():  # by index: exists() would read past every deleted row
        sealed = _seal_batch()
        total += sealed
        if sealed < BATCH or time.monotonic() > deadline:
            break
    _anchor_last_head()
    return total


@transaction.atomic
def _seal_batch() -> int:
    if not locks.try_hold(_LEADER):
        return 0
    claimed = _claim()
    if claimed:
        tree = _load_tree()
        before = tree.size
        leaves = [(tree.size, tree.append(leaf_hash(body)), body, *columns) for body, columns in claimed]
        insert_rows(AuditEvent, _COLUMNS, leaves)
        _forget_newest(len(leaves))
        _sign_head(tree, previous_size=before)
    return len(claimed)


def _claim() -> list[tuple[bytes, tuple[Any, ...]]]:
    """The oldest BATCH events, without those that the application did not write: body and search columns."""
    claimed = []
    for event_id, body, mac in UnsealedEvent.objects.order_by("id").values_list("id", "body", "mac")[:BATCH]:
        columns = genuine_columns(event_id, bytes(body), bytes(mac))
        if columns:
            claimed.append((bytes(body), (event_id, *columns[1:])))
    return claimed


def _forget_newest(count: int) -> None:
    """Delete the unsealed form of the last `count` events of the tree, which this transaction sealed."""
    sealed = AuditEvent.objects.order_by("-seq").values("id")[:count]  # not "seq >= n": its plan may read every row
    UnsealedEvent.objects.filter(id__in=sealed)._raw_delete("default")


def _load_tree() -> Tree:
    """The tree as last signed, proved against its head and the outside anchor before anything is built on it."""
    head = TreeHead.objects.order_by("-size").first()
    size, root = (head.size, bytes(head.root)) if head else (0, EMPTY_ROOT)
    tree = Tree(size, edge_of(size))
    last = AuditEvent.objects.order_by("-seq").values_list("seq", flat=True).first()
    if tree.root() != root or (last is not None and last >= size):
        raise TreeDamaged(f"The stored tree does not match its head of size {size}.")
    _check_anchor(size)
    return tree


def _check_anchor(size: int) -> None:
    note = anchors.last()
    if note is None:
        return
    try:
        anchored = verify(note, keys.trusted())
    except InvalidCheckpoint as error:
        raise TreeDamaged(f"The last head in the anchor file does not verify: {error}") from error
    if anchored.size > size or not TreeHead.objects.filter(size=anchored.size, root=anchored.root).exists():
        raise TreeDamaged(f"The anchor file holds a head of size {anchored.size} that the database does not.")


def _sign_head(tree: Tree, *, previous_size: int) -> None:
    signer = keys.signer()
    checkpoint = Checkpoint(signer.name, tree.size, tree.root())
    TreeHead.objects.create(
        size=tree.size, previous_size=previous_size, root=checkpoint.root, checkpoint=signer.sign(checkpoint)
    )


def _anchor_last_head() -> None:
    """Copy the newest head to the file outside the database; also one that a crash left out."""
    head = TreeHead.objects.order_by("-size").first()
    note = anchors.last()
    if head and (note is None or parse(note).size < head.size):
        anchors.append(head.checkpoint)
