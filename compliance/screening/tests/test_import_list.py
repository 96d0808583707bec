"""Imports: versions by content, guarded against loss, all or nothing, told to the rest of the house."""

import http.server
import json
import threading
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.tests.factories import make_customer
from audit.models import UnsealedEvent
from compliance.screening.lists import fetch
from compliance.screening.models import EntryName, EntryRevision, ScreeningHit, WatchlistEntry, WatchlistSource
from compliance.screening.selectors import list_status, verdicts_of
from compliance.screening.services.engine import current_engine
from compliance.screening.services.resolve import resolve_hit
from compliance.screening.services.screening import screen_customer
from compliance.screening.services.starter import load_starter_lists
from compliance.screening.tests.files import PEOPLE, UN_BODY, UN_HEAD, sdn_row, write_ofac
from compliance.screening.types import Result
from nexafi.core.outside import OutsideParty
from nexafi.outbox.models import OutboxEvent

pytestmark = pytest.mark.django_db

MANY = [sdn_row(n, f"PERSON NUMBER {n}") for n in range(100, 140)]


def run(capsys, *args):
    call_command("import_list", *args, "--json")
    return json.loads(capsys.readouterr().out)


def exit_code(*args):
    with pytest.raises(CommandError) as refused:
        call_command("import_list", *args)
    return refused.value.returncode


def test_the_same_content_makes_no_new_version(tmp_path, capsys):
    first = run(capsys, "ofac", "--path", str(write_ofac(tmp_path / "a", PEOPLE, alt=[(1, "DOE, Johnny")])))
    again = run(capsys, "ofac", "--path", str(write_ofac(tmp_path / "b", PEOPLE[::-1], alt=[(1, "DOE, Johnny")])))
    assert (first["new_version"], first["added"], first["names"]) == (True, 3, 5)
    assert (again["new_version"], again["version"]) == (False, first["version"])


def test_a_new_version_says_what_changed_entry_by_entry(tmp_path, capsys):
    run(capsys, "ofac", "--path", str(write_ofac(tmp_path / "a", MANY + PEOPLE)))
    changed = [PEOPLE[0].replace("DOE, John", "DOE, Jonathan"), *PEOPLE[2:], sdn_row(4, "NEW ONE")]
    facts = run(capsys, "ofac", "--path", str(write_ofac(tmp_path / "b", MANY + changed)))
    assert (facts["added"], facts["changed"], facts["removed"]) == (1, 1, 1)
    revisions = EntryRevision.objects.filter(snapshot__number=2).select_related("entry")
    assert {(r.change, r.entry.external_id) for r in revisions} == {("added", "4"), ("changed", "1"), ("removed", "2")}
    before = revisions.get(change="changed").before
    assert before["names"][0]["text"] == "DOE, John"
    assert WatchlistEntry.objects.get(external_id="2").removed_in.number == 2
    assert list(EntryName.objects.filter(entry__external_id="1").values_list("text", flat=True)) == ["DOE, Jonathan"]


def test_an_entry_that_returns_is_listed_again(tmp_path, capsys):
    for name, rows in (("a", MANY + PEOPLE), ("b", MANY + PEOPLE[1:]), ("c", MANY + PEOPLE)):
        run(capsys, "ofac", "--path", str(write_ofac(tmp_path / name, rows)))
    entry = WatchlistEntry.objects.get(external_id="1")
    assert entry.removed_in is None
    assert entry.first_seen.number == 1
    assert current_engine().index.entries == 43


def test_a_list_that_shrank_needs_a_reason(tmp_path, capsys):
    run(capsys, "ofac", "--path", str(write_ofac(tmp_path / "a", MANY)))
    short = str(write_ofac(tmp_path / "b", MANY[:37]))
    assert exit_code("ofac", "--path", short) == 3
    assert list_status()[0].entries == 40
    assert run(capsys, "ofac", "--path", short, "--allow-shrink", "Programme ended.")["entries"] == 37
    assert WatchlistSource.objects.get().current.shrink_reason == "Programme ended."


def test_a_list_that_lost_its_aliases_is_refused(tmp_path, capsys):
    aliases = [(n, f"ALIAS {n}") for n in range(100, 140)]
    run(capsys, "ofac", "--path", str(write_ofac(tmp_path / "a", MANY, alt=aliases)))
    assert exit_code("ofac", "--path", str(write_ofac(tmp_path / "b", MANY))) == 3


def test_a_broken_file_changes_nothing(tmp_path, capsys):
    run(capsys, "ofac", "--path", str(write_ofac(tmp_path / "a", MANY)))
    folder = write_ofac(tmp_path / "b", [*MANY, sdn_row(1, "DOE, John")])
    (folder / "sdn.csv").write_bytes((folder / "sdn.csv").read_bytes()[:-30])
    assert exit_code("ofac", "--path", str(folder)) == 2
    assert exit_code("ofac", "--path", str(write_ofac(tmp_path / "c", [MANY[0], MANY[0]]))) == 2
    assert exit_code("un", "--path", str(tmp_path / "nothing.xml")) == 2
    assert (WatchlistEntry.objects.count(), len(list_status())) == (40, 1)


def test_an_import_is_audited_and_told_to_others(tmp_path, capsys):
    facts = run(capsys, "ofac", "--path", str(write_ofac(tmp_path, PEOPLE)))
    event = OutboxEvent.objects.get(name="compliance.list_updated")
    assert event.payload["list"] == "ofac"
    bodies = [bytes(row.body).decode() for row in UnsealedEvent.objects.all()]
    assert any("compliance.list_imported" in body and facts["version"] in body for body in bodies)


def test_the_starter_list_gives_way_to_a_real_one_and_never_comes_back(tmp_path, capsys):
    load_starter_lists()
    run(capsys, "ofac", "--path", str(write_ofac(tmp_path, PEOPLE)))
    load_starter_lists()
    assert {status.code: status.starter for status in list_status()} == {"ofac": False, "un": True}


def test_a_changed_entry_opens_a_silenced_pair_again(tmp_path, capsys):
    run(capsys, "ofac", "--path", str(write_ofac(tmp_path / "a", PEOPLE)))
    customer = make_customer(name="John Doe")
    screen_customer(customer.pk)
    resolve_hit(ScreeningHit.objects.get().pk, decision="false_positive", reason="Another passport.")
    run(capsys, "ofac", "--path", str(write_ofac(tmp_path / "b", PEOPLE, add=[(1, "Tehran", "Iran")])))
    call_command("rescreen", "--json")
    assert json.loads(capsys.readouterr().out) == {"screened": 1}
    assert ScreeningHit.objects.open().count() == 1
    assert verdicts_of([customer.pk])[customer.pk].result is Result.POTENTIAL_MATCH


def test_a_removed_entry_closes_its_hits(tmp_path, capsys):
    run(capsys, "ofac", "--path", str(write_ofac(tmp_path / "a", MANY + PEOPLE)))
    customer = make_customer(name="John Doe")
    screen_customer(customer.pk)
    run(capsys, "ofac", "--path", str(write_ofac(tmp_path / "b", MANY + PEOPLE[1:])))
    call_command("rescreen")
    assert ScreeningHit.objects.get().status == "obsolete"
    assert verdicts_of([customer.pk])[customer.pk].result is Result.CLEAR


def test_runs_and_revisions_cannot_be_changed(tmp_path, capsys):
    run(capsys, "ofac", "--path", str(write_ofac(tmp_path, PEOPLE)))
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        EntryRevision.objects.all().delete()


# --- downloads, from a real server ---------------------------------------------------------------------------------


class _Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/broken/"):
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            self.wfile.write(b"cut")
            return None
        if self.path.startswith("/down/"):
            return self.send_error(503)
        return super().do_GET()

    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A list source, and a breaker of its own."""
    monkeypatch.setattr(fetch, "_source", OutsideParty("source", fail_max=2, reset_seconds=60))
    handler = partial(_Handler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


def test_lists_are_downloaded_with_their_companions(tmp_path, capsys, server):
    write_ofac(tmp_path / "lists", PEOPLE, alt=[(1, "DOE, Johnny")])
    (tmp_path / "un.xml").write_text(UN_HEAD + UN_BODY)
    facts = run(capsys, "ofac", "--url", f"{server}/lists/sdn.csv")
    assert (facts["names"], facts["warnings"]) == (5, ["no add file: imported without it"])
    assert run(capsys, "un", "--url", f"{server}/un.xml")["entries"] == 1


@pytest.mark.parametrize("path", ["missing.xml", "down/x.xml", "broken/x.xml"])
def test_a_failing_source_is_refused_with_its_own_exit_code(server, path):
    assert exit_code("un", "--url", f"{server}/{path}") == 4
    assert not WatchlistSource.objects.exists()


def test_a_source_that_sends_too_much_is_cut_off(tmp_path, server, monkeypatch):
    monkeypatch.setattr(fetch, "MAX_BYTES", 10)
    (tmp_path / "un.xml").write_text(UN_HEAD + UN_BODY)
    assert exit_code("un", "--url", f"{server}/un.xml") == 4


def test_a_source_that_fails_repeatedly_is_left_alone(tmp_path, server):
    for _ in range(2):
        assert exit_code("un", "--url", f"{server}/down/x.xml") == 4
    (tmp_path / "un.xml").write_text(UN_HEAD + UN_BODY)
    with pytest.raises(CommandError, match="tried again"):
        call_command("import_list", "un", "--url", f"{server}/un.xml")
