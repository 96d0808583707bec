"""The SQL of turnovers: postings added up by account and day, month and year. Reads alike on both databases."""

from django.db import connection

from ledger.exceptions import TurnoversOfAnotherServer

BOOKED = "p.kind IN ('post', 'capture')"
MARK = "(SELECT coalesce(max(mark), 0) FROM ledger_foldmark)"
FLOOR = "(SELECT coalesce(max(floor), 0) FROM ledger_foldmark)"


def on_postgresql() -> bool:
    return connection.vendor == "postgresql"


def day_of(instant: str) -> str:
    """The UTC date of an instant's column."""
    return f"({instant} AT TIME ZONE 'UTC')::date" if on_postgresql() else f"date({instant})"


def start_of(span: str, day: str) -> str:
    """The first day of a date's month or year."""
    return f"date_trunc('{span}', {day}::timestamp)::date" if on_postgresql() else f"date({day}, 'start of {span}')"


def folded() -> str:
    """The condition on `ledger_posting p` that the turnovers hold a posting."""
    return f"(p.transaction < {MARK} OR p.id <= {FLOOR})" if on_postgresql() else f"p.id <= {MARK}"


def turnover_rows(where: str) -> str:
    """A SELECT of the turnovers (account_id, span, effective, recorded, debits, credits) of the booked postings `p`."""
    recorded = day_of("p.recorded_at")
    return f"""
        WITH sides AS (
            SELECT p.debit_id AS account_id, p.effective_date AS effective, {recorded} AS recorded,
                   p.amount AS debits, 0 AS credits
            FROM ledger_posting p WHERE {BOOKED} AND {where}
            UNION ALL
            SELECT p.credit_id, p.effective_date, {recorded}, 0, p.amount
            FROM ledger_posting p WHERE {BOOKED} AND {where}
        ), days AS (
            SELECT account_id, effective, recorded, SUM(debits) AS debits, SUM(credits) AS credits
            FROM sides GROUP BY account_id, effective, recorded
        )
        SELECT account_id, 'day' AS span, effective, recorded, debits, credits FROM days
        {"".join(map(_longer, ("month", "year")))}
    """


def _longer(span: str) -> str:
    effective, recorded = start_of(span, "effective"), start_of(span, "recorded")
    return f"""UNION ALL
        SELECT account_id, '{span}', {effective}, {recorded}, SUM(debits), SUM(credits)
        FROM days GROUP BY account_id, {effective}, {recorded}
    """


def fold_statement(where: str) -> str:
    """Add the booked postings `p` to the turnovers, those of a day side by side: as reports read them."""
    return f"""
        INSERT INTO ledger_turnover (account_id, span, effective, recorded, debits, credits)
        SELECT * FROM ({turnover_rows(where)}) AS fresh WHERE true ORDER BY span, effective, recorded, account_id
        ON CONFLICT (account_id, span, effective, recorded) DO UPDATE
        SET debits = ledger_turnover.debits + excluded.debits, credits = ledger_turnover.credits + excluded.credits
    """


def difference_statement() -> str:
    """The turnovers that are not what their postings make, and by how much (missing debits and credits)."""
    return f"""
        SELECT account_id, span, effective, recorded, SUM(debits), SUM(credits) FROM (
            SELECT * FROM ({turnover_rows(folded())}) AS recount
            UNION ALL
            SELECT account_id, span, effective, recorded, -debits, -credits FROM ledger_turnover
        ) AS both_ways
        GROUP BY account_id, span, effective, recorded HAVING SUM(debits) <> 0 OR SUM(credits) <> 0
        ORDER BY account_id, span, effective, recorded LIMIT %s
    """


def fold_mark() -> int:
    """How far folding has come. Raises TurnoversOfAnotherServer when transactions are numbered below it."""
    settled = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint" if on_postgresql() else MARK
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {MARK}, {settled}")
        mark, settled_before = cursor.fetchone()
    if settled_before < mark:
        raise TurnoversOfAnotherServer
    return int(mark)
