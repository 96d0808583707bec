"""check_ledger finds and locates what somebody with full rights changed in the database."""

import io
import json
import re
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection

from ledger import integrity
from ledger.charts import shipped_chart
from ledger.integrity import check_ledger
from ledger.models import Posting
from ledger.services.accounts import system_account
from ledger.services.periods import close_period, create_periods, reopen_period, spans_of_year
from ledger.services.posting import post_entries
from ledger.tests.factories import make_account, transfer
from ledger.tests.tampering import behind_our_back, found
from ledger.types import Cycle, EntryDraft
from nexafi.core import clock
from nexafi.core.money import Money
from nexafi.db import triggers

pytestmark = pytest.mark.django_db


def posting_of(entry, position=0):
    return Posting.objects.filter(entry=entry).order_by("id")[position]


def move(books, change):
    """The balances a forger would adjust to go with an edited amount."""
    cash, wallet = books["cash"].id, books["wallet"].id
    return (
        ("UPDATE ledger_balance SET debits = debits + %s WHERE debits > 0 AND account_id = %s", change, cash),
        ("UPDATE ledger_balance SET credits = credits + %s WHERE account_id = %s", change, wallet),
    )


def test_untouched_books_hold(books):
    report = check_ledger()
    assert report.faults == []
    assert report.checked["ledger_journalentry"] == 8
    assert report.totals["USD"][0] == report.totals["USD"][1] > 0


def test_an_edited_amount_is_located(books):
    posting = posting_of(books["first"])
    behind_our_back(("UPDATE ledger_posting SET amount = amount + 1 WHERE id = %s", posting.id))
    assert {("entry_altered", str(books["first"].id)), ("balance_differs", str(books["wallet"].id))} <= found()


def test_an_amount_edited_together_with_its_balances_is_located(books):
    posting = posting_of(books["first"])
    edit = ("UPDATE ledger_posting SET amount = amount + 500 WHERE id = %s", posting.id)
    behind_our_back(edit, *move(books, 500))
    assert found() == {("entry_altered", str(books["first"].id))}


def test_a_deleted_posting_is_located(books):
    posting = posting_of(books["split"], 1)
    behind_our_back(("DELETE FROM ledger_posting WHERE id = %s", posting.id))
    assert ("entry_altered", str(books["split"].id)) in found()


def test_a_deleted_entry_is_located_even_with_its_postings_and_balances(books):
    entry = books["small"].id
    behind_our_back(
        ("DELETE FROM ledger_posting WHERE entry_id = %s", entry),
        ("DELETE FROM ledger_journalentry WHERE id = %s", entry),
        ("UPDATE ledger_balance SET debits = debits - 250 WHERE account_id = %s", books["wallet"].id),
        ("UPDATE ledger_balance SET credits = credits - 250 WHERE account_id = %s", books["other"].id),
    )
    assert found() == {("entry_missing", str(entry))}


def test_an_entry_deleted_alone_leaves_located_orphans(books):
    posting = posting_of(books["first"])
    behind_our_back(("DELETE FROM ledger_journalentry WHERE id = %s", books["first"].id))
    assert {("entry_missing", str(posting.id)), ("entry_missing", str(books["first"].id))} <= found()


def test_a_posting_inserted_past_the_triggers_is_located(books):
    behind_our_back(
        (
            "INSERT INTO ledger_posting (entry_id, kind, debit_id, credit_id, amount, currency, debit_line,"
            " credit_line, released, effective_date, recorded_at) SELECT entry_id, kind, debit_id, credit_id, 1,"
            " currency, 3, 4, 0, effective_date, recorded_at FROM ledger_posting WHERE id = %s",
            posting_of(books["first"]).id,
        ),
        *move(books, 1),
    )
    assert found() == {("entry_altered", str(books["first"].id))}


def test_a_forged_entry_without_an_audit_event_is_located(books):
    entry = make_account().id  # any fresh id
    columns = (
        "kind, description, reference, effective_date, recorded_at, pending, metadata, line_descriptions, actor_kind,"
        " actor_id, request_id, audit_event_id"
    )
    behind_our_back(
        (
            f"INSERT INTO ledger_journalentry (id, {columns})"
            f" SELECT %s, {columns} FROM ledger_journalentry WHERE id = %s",
            entry,
            books["first"].id,
        ),
    )
    assert ("entry_altered", str(entry)) in found()
    behind_our_back(("UPDATE ledger_journalentry SET audit_event_id = id WHERE id = %s", entry))
    assert ("audit_event_missing", str(entry)) in found()


def test_a_retargeted_posting_is_located(books):
    posting = posting_of(books["first"])
    behind_our_back(("UPDATE ledger_posting SET credit_id = %s WHERE id = %s", books["other"].id, posting.id))
    assert {
        ("entry_altered", str(books["first"].id)),
        ("balance_differs", str(books["wallet"].id)),
        ("balance_differs", str(books["other"].id)),
    } <= found()


def test_postings_moved_between_entries_are_located(books):
    one, two = posting_of(books["first"]), posting_of(books["split"])
    behind_our_back(
        ("UPDATE ledger_posting SET entry_id = %s WHERE id = %s", two.entry_id, one.id),
        ("UPDATE ledger_posting SET entry_id = %s WHERE id = %s", one.entry_id, two.id),
    )
    assert {("entry_altered", str(one.entry_id)), ("entry_altered", str(two.entry_id))} <= found()


def test_reordered_postings_are_located(books):
    one, two = posting_of(books["split"], 0), posting_of(books["split"], 1)
    behind_our_back(
        ("UPDATE ledger_posting SET id = -1 WHERE id = %s", one.id),
        ("UPDATE ledger_posting SET id = %s WHERE id = %s", one.id, two.id),
        ("UPDATE ledger_posting SET id = %s WHERE id = -1", two.id),
    )
    assert found() == {("entry_altered", str(books["split"].id))}


def test_an_edited_balance_is_located(books):
    behind_our_back(("UPDATE ledger_balance SET credits = credits + 1 WHERE account_id = %s", books["wallet"].id))
    assert found() == {("balance_differs", str(books["wallet"].id)), ("currency_unbalanced", "USD")}


@pytest.mark.parametrize("change", ["floor = -100000", "slot = 3", "currency = 'EUR'"])
def test_edited_terms_of_a_balance_are_located(books, change):
    behind_our_back((f"UPDATE ledger_balance SET {change} WHERE account_id = %s", books["wallet"].id))
    assert {key for _, key in found()} == {str(books["wallet"].id)}


@pytest.mark.parametrize(
    ("change", "also"),
    [
        ("description = 'Nothing to see'", []),
        ("effective_date = '2020-01-01'", ["posting_dates"]),
        ("recorded_at = '2090-01-01 00:00:00+00:00'", ["posting_dates", "recorded_in_future"]),
        ("actor_id = 'somebody'", []),
        ("metadata = '{}'", ["labels_differ"]),
        ("kind = 'bonus'", []),
        ("external_id = 'x'", []),
    ],
)
def test_an_edited_entry_is_located(books, change, also):
    behind_our_back((f"UPDATE ledger_journalentry SET {change} WHERE id = %s", books["first"].id))
    assert found() == {(check, str(books["first"].id)) for check in ("entry_altered", *also)}


def test_an_unmade_end_of_a_pending_entry_is_located(books):
    entry = books["voided"].id
    behind_our_back(
        ("DELETE FROM ledger_posting WHERE entry_id = %s AND kind = 'void'", entry),
        ("DELETE FROM ledger_entryresolution WHERE entry_id = %s", entry),
        ("INSERT INTO ledger_pendingentry (entry_id) VALUES (%s)", entry),
        ("UPDATE ledger_balance SET pending_debits = pending_debits + 500 WHERE account_id = %s", books["wallet"].id),
        ("UPDATE ledger_balance SET pending_credits = pending_credits + 500 WHERE account_id = %s", books["other"].id),
    )
    assert found() == {("resolution_missing", str(entry))}


def test_an_altered_list_of_what_is_pending_is_located(books):
    held, voided, posted = books["open"].id, books["voided"].id, books["first"].id
    insert = "INSERT INTO ledger_pendingentry (entry_id, expires_at) VALUES (%s, '2020-01-01')"
    behind_our_back((insert, voided), (insert, posted), (insert, UUID(int=0)))
    wrong = {("pending_list_differs", str(voided)), ("pending_list_differs", str(posted))}
    assert found() == wrong | {("entry_missing", str(UUID(int=0)))}
    behind_our_back(("UPDATE ledger_pendingentry SET expires_at = '2020-01-01' WHERE entry_id = %s", held))
    assert ("pending_list_differs", str(held)) in found()
    behind_our_back(("DELETE FROM ledger_pendingentry WHERE entry_id = %s", held))
    assert ("pending_list_differs", str(held)) in found()


def test_an_edited_end_of_a_pending_entry_is_located(books):
    entry = books["captured"].id
    behind_our_back(("UPDATE ledger_entryresolution SET outcome = 'voided' WHERE entry_id = %s", entry))
    assert ("resolution_altered", str(entry)) in found()


def test_a_cut_link_of_a_reversal_is_located(books):
    behind_our_back(("UPDATE ledger_journalentry SET reverses_id = NULL WHERE id = %s", books["reversal"].id))
    assert found() == {("entry_altered", str(books["reversal"].id))}


@pytest.mark.parametrize("other", ["small", "split", "open"])
def test_a_reversal_led_to_another_entry_is_located(books, other):
    target = books[other].id if other != "small" else make_account().id  # any id that is no entry
    behind_our_back(
        ("UPDATE ledger_journalentry SET reverses_id = %s WHERE id = %s", target, books["reversal"].id),
    )
    assert found() == {(check, str(books["reversal"].id)) for check in ("entry_altered", "reversal_differs")}


def test_a_second_reversal_past_the_dropped_index_is_located(books):
    reversed_id = books["reversal"].reverses_id
    behind_our_back(
        ("DROP INDEX entry_reversed_once",),
        ("UPDATE ledger_journalentry SET reverses_id = %s WHERE id = %s", reversed_id, books["small"].id),
    )
    assert {("reversed_twice", str(reversed_id)), ("constraint_missing", "entry_reversed_once")} <= found()


def test_a_broken_group_of_linked_entries_is_located(books):
    draft = EntryDraft.transfer(debit=books["cash"].id, credit=books["wallet"].id, amount=Money(1, "USD"))
    first, second, alone = post_entries([draft._replace(linked=True), draft, draft])
    assert found() == set()
    behind_our_back(
        ("UPDATE ledger_journalentry SET linked_with = NULL WHERE id = %s", first.id),
        ("UPDATE ledger_journalentry SET linked_with = %s WHERE id = %s", books["first"].id, alone.id),
    )
    altered = {("entry_altered", str(entry.id)) for entry in (first, alone)}
    assert found() == altered | {("link_broken", str(entry.id)) for entry in (second, alone)}


@pytest.mark.parametrize(
    ("kind", "change", "checks"),
    [
        ("capture", "amount = 501", {"pending_inconsistent", "resolution_altered"}),
        ("capture", "credit_line = 7", {"pending_inconsistent", "resolution_altered"}),
        ("capture", "recorded_at = '2020-01-01 00:00:00+00:00'", {"posting_dates", "resolution_altered"}),
        ("pending", "amount = 499", {"pending_inconsistent", "entry_altered"}),
        ("pending", "recorded_at = '2020-01-01 00:00:00+00:00'", {"posting_dates", "entry_altered"}),
    ],
)
def test_a_chain_of_pending_postings_that_does_not_fit_is_located(books, kind, change, checks):
    entry = books["captured"].id
    behind_our_back((f"UPDATE ledger_posting SET {change} WHERE entry_id = %s AND kind = '{kind}'", entry))
    assert {check for check, key in found() if key == str(entry)} == checks


@pytest.mark.parametrize("change", ["floor = 10000000", "ceiling = 1"])
def test_an_account_beyond_its_limits_is_located(books, change):
    behind_our_back((f"UPDATE ledger_account SET {change} WHERE id = %s", books["wallet"].id))
    assert found() == {(check, str(books["wallet"].id)) for check in ("limit_broken", "balance_terms")}


def test_altered_labels_are_located(books):
    labelled, bare, gone = books["first"].id, books["small"].id, make_account().id
    insert = "INSERT INTO ledger_entrylabel (key, value, entry_id) VALUES ('source', 'cash', %s)"
    behind_our_back((insert, bare), (insert, gone), (insert, UUID(int=0)))
    assert found() == {("labels_differ", str(entry)) for entry in (bare, gone, UUID(int=0))}
    behind_our_back(("DELETE FROM ledger_entrylabel WHERE entry_id = %s", labelled))
    assert ("labels_differ", str(labelled)) in found()


def test_an_account_turned_into_another_type_is_located(books):
    behind_our_back(("UPDATE ledger_account SET type = 'asset' WHERE id = %s", books["wallet"].id))
    assert ("account_altered", str(books["wallet"].id)) in found()


@pytest.mark.parametrize(
    "tables",
    [
        ["ledger_posting"],
        ["ledger_balance"],
        ["ledger_entryresolution"],
        ["ledger_entryresolution", "ledger_journalentry"],
        ["ledger_posting", "ledger_entryresolution", "ledger_journalentry"],
    ],
)
def test_an_emptied_table_is_noticed(books, tables):
    behind_our_back(*((f"DELETE FROM {table}",) for table in tables))
    assert len(found()) >= 2


# --- periods -------------------------------------------------------------------------------------------------------


@pytest.fixture
def months(books):
    """January to March of last year; January is closed with earnings."""
    year = clock.today().year - 1
    months = create_periods(spans=spans_of_year(year, Cycle.MONTH)[:3])
    fees = system_account("fees", "USD")
    transfer(books["wallet"].id, fees.id, "3.00", effective_date=months[0].ends)
    months[0] = close_period(period_id=months[0].id, reason="Complete.", accept_warnings=True)
    return months


def test_untouched_periods_hold_closed_and_opened_again(months):
    assert found() == set()
    reopen_period(period_id=months[0].id, reason="Not complete.")
    assert found() == set()


@pytest.mark.parametrize(
    "change",
    ["name = 'Else'", "status = 'open', closed_at = NULL", "closing_entries = '[]'", "closed_at = '2031-01-01'"],
)
def test_an_altered_period_is_located(months, change):
    behind_our_back((f"UPDATE ledger_period SET {change} WHERE id = %s", months[0].id))
    assert found() == {("period_altered", str(months[0].id))}


def test_an_altered_date_of_a_period_is_located(months):
    behind_our_back(("UPDATE ledger_period SET ends = %s WHERE id = %s", months[0].starts, months[0].id))
    assert {("period_altered", str(months[0].id)), ("period_gap", str(months[1].id))} <= found()


def test_a_deleted_and_a_forged_period_are_located(months):
    forged, columns = make_account().id, "status, closing_entries"
    behind_our_back(
        ("DELETE FROM ledger_period WHERE id = %s", months[1].id),
        (
            f"INSERT INTO ledger_period (id, name, starts, ends, {columns}) SELECT %s, 'Forged', '2080-01-01',"
            f" '2080-01-31', {columns} FROM ledger_period WHERE id = %s",
            forged,
            months[2].id,
        ),
    )
    assert {check for check, key in found() if key == str(forged)} == {"audit_event_missing", "period_gap"}
    assert ("period_missing", str(months[1].id)) in found()


def test_an_entry_slipped_into_a_closed_period_is_located(months, books):
    opened = ("UPDATE ledger_period SET status = 'open', closed_at = NULL WHERE id = %s", months[0].id)
    shut = ("UPDATE ledger_period SET status = 'closed', closed_at = %s WHERE id = %s", months[0].closed_at)
    behind_our_back(opened)
    fees = system_account("fees", "USD")
    slipped = transfer(books["wallet"].id, fees.id, "1.00", effective_date=months[0].ends)
    behind_our_back((*shut, months[0].id))
    assert found() == {("booked_after_closing", str(slipped.id)), ("earnings_left", str(fees.id))}


def test_a_missing_trigger_is_noticed(books):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("DROP TRIGGER ledger_balance_guarded ON ledger_balance")
        else:
            cursor.execute("DROP TRIGGER ledger_balance_guard_amounts")
    assert {fault.check for fault in check_ledger().faults} == {"trigger_missing"}
    triggers.install(connection)


def test_every_finding_is_explained():
    sources = (path.read_text() for path in Path(integrity.__file__).parent.glob("*.py"))
    named = {name for text in sources for name in re.findall(r'[Ff]ault(?:\.at)?\(\s*"(\w+)"', text)}
    assert named == integrity.CHECKS.keys()
    assert all(meaning and advice for meaning, advice in integrity.CHECKS.values())


def test_the_command_answers_in_json_and_by_its_exit_code(books):
    out = io.StringIO()
    call_command("check_ledger", json=True, stdout=out)
    assert json.loads(out.getvalue())["holds"] is True
    behind_our_back(("UPDATE ledger_balance SET credits = credits + 1 WHERE account_id = %s", books["wallet"].id))
    out = io.StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("check_ledger", stdout=out)
    assert stopped.value.code == 1
    assert str(books["wallet"].id) in out.getvalue()


def test_the_default_chart_loads_once():
    for opened in (len(shipped_chart("default")), 0):
        out = io.StringIO()
        call_command("load_chart", currency=["EUR"], json=True, stdout=out)
        assert json.loads(out.getvalue()) == {"opened": opened}
