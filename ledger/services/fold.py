"""Fold postings into the turnovers of their days and months, each exactly once, after they have committed."""

from collections.abc import Callable

from django.db import connection, transaction
from django.db.models import Max

from ledger.folding import fold_mark, fold_statement, on_postgresql
from ledger.models import FoldMark, Posting, Turnover
from nexafi.core import locks

CHUNK = 100_000  # postings in one transaction, or the postings of one writing transaction when they are more
_LOCK = "ledger.fold"


def fold_postings(progress: Callable[[int], object] = lambda postings: None) -> int:
    """Fold everything that is settled, in bounded transactions; returns how many postings were looked at.

    Only one folds at a time: another one returns at once. `progress` is told the size of every chunk done.
    Raises TurnoversOfAnotherServer.
    """
    fold_mark()
    total = 0
    while Posting.objects.unfolded().exists() and (folded := _fold_chunk()):
        progress(folded)
        total += folded
    if total:
        _summarize()
    return total


def rebuild_turnovers() -> int:
    """Work all turnovers out anew from the postings, in one transaction that lets nobody post meanwhile.

    Readers keep seeing the old ones until it ends. Returns how many turnovers there are.
    """
    with transaction.atomic():
        locks.hold(_LOCK)
        _keep_writers_out()
        Turnover.objects.all()._raw_delete("default")  # in one statement: nothing refers to a turnover
        _execute(fold_statement("true"))
        last = Posting.objects.aggregate(last=Max("id"))["last"] or 0
        _set_mark(*((_settled_before(), last) if on_postgresql() else (last, 0)))
    _summarize()
    return Turnover.objects.count()


def _fold_chunk() -> int:
    with transaction.atomic():
        if not locks.try_hold(_LOCK):
            return 0
        at = FoldMark.objects.first() or FoldMark()
        upto = _transaction_bound(at) if on_postgresql() else _id_bound(at)
        postings = Posting.objects.unfolded()
        if on_postgresql():
            count = postings.filter(transaction__lt=upto).count()
            where = "p.transaction >= %s AND p.transaction < %s AND p.id > %s"
            _execute(fold_statement(where), [at.mark, upto, at.floor] * 2)
        else:
            count = postings.filter(id__lte=upto).count()
            _execute(fold_statement("p.id > %s AND p.id <= %s"), [at.mark, upto] * 2)
        _set_mark(upto, at.floor)
    return count


def _transaction_bound(at: FoldMark) -> int:
    """The first transaction number that this chunk leaves alone: all before it are settled and visible. A bound between
    two transactions is exact, whatever order their ids have."""
    settled = _settled_before()
    numbers = Posting.objects.filter(transaction__gte=at.mark, transaction__lt=settled).order_by("transaction")
    first, bound = numbers.values_list("transaction", flat=True), settled
    if beyond := first[CHUNK : CHUNK + 1]:
        bound = max(beyond[0], first[0] + 1)  # never nothing: a large transaction is folded whole
    return bound


def _id_bound(at: FoldMark) -> int:
    """The last id of this chunk. SQLite has one writer at a time, so ids commit in order."""
    ids = Posting.objects.filter(id__gt=at.mark).order_by("id").values_list("id", flat=True)
    chunk = ids[CHUNK - 1 : CHUNK]
    return chunk[0] if chunk else ids.aggregate(last=Max("id"))["last"] or at.mark


def _settled_before() -> int:
    """Every transaction with a smaller number has ended, and what it wrote is visible to the statements that follow."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def _keep_writers_out() -> None:
    """Until the transaction ends. SQLite's write lock is taken already."""
    if on_postgresql():
        _execute("LOCK TABLE ledger_posting IN SHARE MODE")


def _summarize() -> None:
    """Enter the pages written since into the index by time of recording, which leaves that to us."""
    if on_postgresql():
        _execute("SELECT brin_summarize_new_values('posting_recorded')")


def _set_mark(mark: int, floor: int) -> None:
    FoldMark.objects.update_or_create(pk=1, defaults={"mark": mark, "floor": floor})


def _execute(sql: str, parameters: list[int] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or [])
