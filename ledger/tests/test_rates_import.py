"""Rates from files and from a server: whole or not at all, once, and nothing absurd unasked."""

import http.server
import io
import json
import threading
import time
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from audit.models import UnsealedEvent
from ledger.exceptions import RateUnavailable
from ledger.models import ExchangeRate
from ledger.rates import ecb
from ledger.selectors.rates import newest_days, rate_on, rates_on
from ledger.tasks import fetch_rates
from nexafi.core import clock
from nexafi.core.outside import OutsideParty
from nexafi.observability.parts import read_part

pytestmark = pytest.mark.django_db

HIST = """\
Date,USD,JPY,HRK,XQX,
2026-10-30,1.1172,175.68,N/A,1,
2026-10-29,1.113,175.92,N/A,1,
2022-12-30,1.0666,140.66,7.5365,,
"""
DAILY = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
                 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject><gesmes:Sender><gesmes:name>ECB</gesmes:name></gesmes:Sender>
<Cube><!-- one day -->
<Cube time="{day}"><!-- two --><Cube currency="USD" rate="{usd}"/><Cube currency="JPY" rate="176.1"/>
</Cube></Cube></gesmes:Envelope>"""


@pytest.fixture
def write(tmp_path):
    def write(content, name="rates"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def daily(usd="1.12", day="2026-11-02"):
    return DAILY.format(usd=usd, day=day)


def zipped(*texts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, text in enumerate(texts):
            archive.writestr(f"{number}.csv", text)
    return file.getvalue()


def run(capsys, *args):
    call_command("import_rates", "ecb", *args, "--json")
    return json.loads(capsys.readouterr().out)


def counts(facts):
    return facts["added"], facts["corrected"], facts["unchanged"]


def exit_code(*args):
    with pytest.raises(CommandError) as refused:
        call_command("import_rates", "ecb", *args)
    return refused.value.returncode


@pytest.mark.parametrize("content", [HIST, HIST.replace("\n", "\r\n"), "\ufeff" + HIST, zipped(HIST)])
def test_the_history_is_read_as_csv_and_as_zip(write, capsys, content):
    facts = run(capsys, "--path", write(content))
    assert (counts(facts), facts["newest"], facts["days"]) == ((7, 0, 0), "2026-10-30", 3)
    assert rate_on("EUR", "USD", date(2026, 10, 31)).rate == Decimal("1.1172")
    assert rate_on("EUR", "HRK", date(2022, 12, 31)).rate == Decimal("7.5365")


def test_the_same_value_makes_no_row_and_another_makes_a_newer_one(write, capsys):
    run(capsys, "--path", write(HIST))
    assert counts(run(capsys, "--path", write(zipped(HIST)))) == (0, 0, 7)
    corrected = run(capsys, "--path", write(HIST.replace("1.113,", "1.114,")))
    assert counts(corrected) == (0, 1, 6)
    held = ExchangeRate.objects.filter(quote="USD", valid_on="2026-10-29").order_by("id")
    assert [row.rate for row in held] == [Decimal("1.113"), Decimal("1.114")]
    assert rate_on("EUR", "USD", date(2026, 10, 29)).rate == Decimal("1.114")
    events = [json.loads(bytes(row.body))["action"] for row in UnsealedEvent.objects.all()]
    assert events == ["ledger.rates_imported"] * 2


def test_a_days_file_comes_after_and_says_what_is_no_longer_quoted(write, capsys):
    run(capsys, "--path", write(HIST.replace("175.68,N/A", "175.68,7.5")))
    facts = run(capsys, "--path", write(daily()))
    assert (counts(facts), facts["dropped"]) == ((2, 0, 0), ["HRK"])


def test_a_file_that_shrank_is_reported(write, capsys):
    run(capsys, "--path", write(HIST))
    shrunk = "\n".join(line for line in HIST.splitlines() if "-29" not in line).replace("140.66", "N/A")
    facts = run(capsys, "--path", write(shrunk))
    assert (counts(facts), facts["absent"]) == ((0, 0, 4), 1)  # JPY of 2022; days that are wholly absent, by month:
    october = "\n".join(line for line in HIST.splitlines() if "2022" not in line)
    assert run(capsys, "--path", write(october.replace("175.92", "N/A")))["absent"] == 1


def test_a_jump_from_a_held_rate_is_refused_until_somebody_says_it_is_right(write, capsys):
    run(capsys, "--path", write(HIST))
    jumped = write(daily(usd="1.35"), "jumped")
    assert exit_code("--path", jumped) == 3
    assert not ExchangeRate.objects.filter(valid_on="2026-11-02").exists()
    facts = run(capsys, "--path", jumped, "--force")
    assert facts["jumps"] == [
        {"quote": "USD", "valid_on": "2026-11-02", "before": "1.1172", "after": "1.35", "held": True}]  # fmt: skip
    assert exit_code("--path", write(HIST.replace("1.113,", "11.13,"))) == 3  # a correction jumps too
    assert counts(run(capsys, "--path", jumped)) == (0, 0, 2)


def test_a_first_history_tells_of_its_jumps_and_is_taken(write, capsys):
    facts = run(capsys, "--path", write(HIST.replace("1.113,", "0.9,")))
    assert [(jump["quote"], jump["held"]) for jump in facts["jumps"]] == [("USD", False)]


BROKEN = {
    "empty": "",
    "another file": "name,price\nUSD,1\n",
    "a page": "<html><body>Sorry</body></html>",
    "cut off": HIST[:-20],
    "a word": HIST.replace("1.1172", "about 1"),
    "a negative rate": HIST.replace("1.1172", "-1.1172"),
    "zero": HIST.replace("1.1172", "0.000"),
    "an exponent": HIST.replace("1.1172", "1e9"),
    "a digit of another script": HIST.replace("1.1172", "١.1172"),
    "no date": HIST.replace("2026-10-29", "yesterday"),
    "a day twice": HIST.replace("2026-10-29", "2026-10-30"),
    "a currency twice": HIST.replace("JPY", "USD"),
    "a day that has not come": HIST.replace("2026-10-30", "2999-10-30"),
    "not text": b"Date,USD\n2026-10-30,\xff\xfe\n",
    "a broken zip": zipped(HIST)[:-40],
    "two files in a zip": zipped(HIST, HIST),
    "a DOCTYPE": daily().replace("?>", '?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'),
    "XML without days": daily().replace(" time=", " at="),
    "XML cut off": daily()[:-30],
    "XML without a rate": daily().replace(' rate="176.1"', ""),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_changes_nothing(write, content):
    assert exit_code("--path", write(content)) == 2
    assert not ExchangeRate.objects.exists()


def test_a_bomb_is_not_unpacked(write, monkeypatch):
    monkeypatch.setattr(ecb, "MAX_BYTES", 4096)
    assert exit_code("--path", write(zipped(HIST + "\n" * 10_000))) == 2
    assert exit_code("--path", write(HIST + "\n" * 10_000)) == 2
    assert exit_code("--path", write(daily() + " " * 10_000)) == 2
    assert exit_code("--path", "/nowhere/rates") == 2
    assert exit_code() == 1


# --- the live source -------------------------------------------------------------------------------------------------


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, body, seconds = self.server.answer
        time.sleep(seconds)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch, settings):
    """A source of rates with a breaker of its own."""
    monkeypatch.setattr(ecb, "_ecb", OutsideParty("rates", read_seconds=0.2, fail_max=2, reset_seconds=60))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        httpd.answer = 200, daily().encode(), 0
        settings.RATES_URL = f"http://127.0.0.1:{httpd.server_port}/eurofxref-daily.xml"
        yield httpd
        httpd.shutdown()


def test_the_days_rates_are_fetched_once(server, settings):
    fetch_rates()
    fetch_rates()
    assert ExchangeRate.objects.count() == 2
    assert newest_days() == {"ecb": date(2026, 11, 2)}
    with clock.pinned(datetime(2026, 11, 3, tzinfo=UTC)):
        assert read_part("exchange_rates") | {"latency_ms": 0} == {
            "name": "exchange_rates", "state": "ok", "latency_ms": 0, "ecb_age_days": 1}  # fmt: skip
    with clock.pinned(datetime(2026, 11, 9, tzinfo=UTC)):
        assert read_part("exchange_rates")["state"] == "degraded"
        settings.RATES_URL = ""
        assert read_part("exchange_rates")["state"] == "ok"


def test_without_an_address_nothing_is_fetched(settings):
    settings.RATES_URL = ""
    fetch_rates()
    assert not ExchangeRate.objects.exists()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((500, b"", 0), 4),
        ((404, b"", 0), 4),
        ((200, b"", 0.4), 4),
        ((200, b"<p>Maintenance", 0), 2),
        ((200, b"", 0), 2),
    ],
)
def test_a_source_in_trouble_changes_nothing(server, settings, answer, code):
    server.answer = answer
    assert exit_code("--url", settings.RATES_URL) == code
    fetch_rates()
    assert not ExchangeRate.objects.exists()


def test_a_source_that_sends_too_much_or_fails_repeatedly_is_left_alone(server, settings, monkeypatch):
    monkeypatch.setattr(ecb, "MAX_BYTES", 100)
    assert exit_code() == 4
    monkeypatch.undo()
    monkeypatch.setattr(ecb, "_ecb", OutsideParty("rates", fail_max=2, reset_seconds=60))
    server.answer = 503, b"", 0
    for _ in range(2):
        assert exit_code("--url", settings.RATES_URL) == 4
    server.answer = 200, daily().encode(), 0
    with pytest.raises(CommandError, match="tried again"):
        call_command("import_rates", "ecb", "--url", settings.RATES_URL)


# --- the real file ---------------------------------------------------------------------------------------------------


@pytest.mark.realdata
def test_the_real_history_knows_what_is_alive(real_data, tmp_path, capsys):
    with zipfile.ZipFile(real_data / "fx/eurofxref-hist.zip") as archive, archive.open("eurofxref-hist.csv") as file:
        header, *lines = file.read().decode().splitlines()
    wanted = [line for line in lines if line[:4] in ("2022", "2025", "2026")]
    (tmp_path / "hist.csv").write_text("\n".join([header, *wanted]))
    facts = run(capsys, "--path", str(tmp_path / "hist.csv"))
    assert {(jump["quote"], jump["valid_on"]) for jump in facts["jumps"]} == {("RUB", "2022-02-28")}
    assert len(rates_on(date(2026, 10, 31)).quotes("EUR")) == 29
    sunday = rate_on("USD", "GBP", date(2026, 11, 1))
    assert (sunday.rate, sunday.valid_on) == (Decimal("0.8338") / Decimal("1.1172"), date(2026, 10, 30))
    assert rate_on("EUR", "BGN", date(2025, 12, 31)).rate == Decimal("1.9558")
    assert rate_on("RUB", "USD", date(2022, 3, 1)).rate == Decimal("1.1162") / Decimal("117.201")
    for dead, day in (("BGN", date(2026, 1, 1)), ("RUB", date(2022, 3, 2)), ("RUB", date(2026, 10, 30))):
        with pytest.raises(RateUnavailable):
            rate_on("EUR", dead, day)
    for day in (date(2025, 12, 28), date(2026, 1, 1), date(2026, 4, 6)):  # over every holiday there is a rate
        assert rate_on("USD", "JPY", day).rate
