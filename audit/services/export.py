"""Write the log to files that anybody can check without this product or its database."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from audit import keys
from audit.models import AuditEvent, TreeHead
from audit.selectors import latest_head

_CHUNK = 2000
_HEADS = 200  # kept in the bundle, evenly spread: a damaged export is located between two of them


def export_log(*, out: Path, progress: Callable[[int], object] = lambda events: None) -> int:
    """Write every sealed event to `out`, one canonical JSON body a line, and signed heads to `out`.proof.json.

    Line n is leaf n-1 of the tree. Returns the number of events. Raises NotFound for an empty log, FileExistsError.
    """
    head = latest_head()
    bodies = AuditEvent.objects.filter(seq__lt=head.size).order_by("seq").values_list("body", flat=True)
    with _create(out) as file:
        for number, body in enumerate(bodies.iterator(_CHUNK), 1):
            file.write(bytes(body) + b"\n")
            if number % _CHUNK == 0:
                progress(_CHUNK)
    with _create(out.with_name(f"{out.name}.proof.json")) as file:
        file.write(json.dumps(_bundle(head), ensure_ascii=False, indent=1).encode())
    return head.size


def _bundle(head: TreeHead) -> dict[str, object]:
    notes = list(TreeHead.objects.filter(size__lt=head.size).order_by("size").values_list("checkpoint", flat=True))
    step = max(1, len(notes) // _HEADS)
    return {
        "tree_size": head.size,
        "verifier_keys": [str(key) for key in keys.trusted()],
        "checkpoints": [*notes[::step], head.checkpoint],
    }


def _create(path: Path):  # type: ignore[no-untyped-def]
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
