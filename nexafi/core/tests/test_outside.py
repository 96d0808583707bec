import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from nexafi.core.outside import OutsideParty, OutsidePartyDown, ResponseTooLarge


class Party(BaseHTTPRequestHandler):
    """Answers as its server's `behaviour` says and counts what reaches it."""

    def do_GET(self) -> None:
        self.server.calls += 1
        status, body, seconds = self.server.behaviour
        time.sleep(seconds)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Party)
    server.calls, server.behaviour = 0, (200, b"hello", 0)
    server.url = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def test_an_answer_is_passed_on_and_a_4xx_is_an_answer(server):
    party = OutsideParty("bank", fail_max=1)
    assert party.request("GET", server.url).content == b"hello"
    server.behaviour = (422, b"no", 0)
    assert [party.request("POST", server.url).status_code for _ in range(3)] == [422] * 3
    assert not party.is_open


def test_the_circuit_opens_after_failures_in_a_row_and_closes_when_the_party_is_back(server):
    party = OutsideParty("bank", fail_max=3, reset_seconds=0.3)
    server.behaviour = (503, b"", 0)
    for _ in range(10):
        with pytest.raises(OutsidePartyDown):
            party.request("GET", server.url)
    assert party.is_open
    assert server.calls == 3
    server.behaviour = (200, b"back", 0)
    time.sleep(0.35)
    assert party.request("GET", server.url).content == b"back"
    assert not party.is_open


def test_a_party_that_is_slow_or_gone_is_given_up(server):
    party = OutsideParty("bank", read_seconds=0.1)
    server.behaviour = (200, b"late", 1)
    started = time.monotonic()
    with pytest.raises(OutsidePartyDown, match="bank does not answer as it should"):
        party.request("GET", server.url)
    assert time.monotonic() - started < 0.9
    with pytest.raises(OutsidePartyDown):
        party.request("GET", "http://127.0.0.1:1/")


def test_a_download_is_bounded_in_size_and_leaves_no_half_file(server, tmp_path):
    party, target = OutsideParty("lists", fail_max=1), tmp_path / "list.csv"
    server.behaviour = (200, b"x" * 1000, 0)
    assert party.download(server.url, target, max_bytes=1000)
    assert target.read_bytes() == b"x" * 1000
    with pytest.raises(ResponseTooLarge):
        party.download(server.url, target, max_bytes=999)
    assert not target.exists()
    assert not party.is_open
    server.behaviour = (404, b"", 0)
    assert not party.download(server.url, target, max_bytes=1000, missing_ok=True)
    with pytest.raises(OutsidePartyDown):
        party.download(server.url, target, max_bytes=1000)
    assert not target.exists()
