"""A small closed-loop load generator: each client sends its next request when the last one was answered.

Runs as a process of its own (`python load.py` with a specification on standard input), so that its CPU is not counted
as the server's. Only loopback addresses are accepted.
"""

import json
import socket
import sys
import threading
import time
from typing import Any

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def run(spec: dict[str, Any]) -> dict[str, Any]:
    """Send `spec["clients"]` lists of requests (method, path, headers, body), each list over its own connection,
    until it ends or `spec["seconds"]` have passed; gives latencies in milliseconds and counts by status."""
    if spec["host"] not in LOOPBACK:
        raise ValueError("Load goes to this machine only.")
    clients = [[_as_bytes(spec, *request) for request in requests] for requests in spec["clients"]]
    results: list[list[tuple[float, int]]] = [[] for _ in clients]
    deadline = time.monotonic() + spec["seconds"]
    threads = [
        threading.Thread(target=_client, args=(spec, requests, results[number], deadline))
        for number, requests in enumerate(clients)
    ]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.monotonic() - started
    done = [item for result in results for item in result]
    statuses: dict[str, int] = {}
    for _, status in done:
        statuses[str(status)] = statuses.get(str(status), 0) + 1
    return {"elapsed": elapsed, "latencies_ms": [milliseconds for milliseconds, _ in done], "statuses": statuses}


def _client(spec: dict[str, Any], requests: list[bytes], result: list[tuple[float, int]], deadline: float) -> None:
    connection = socket.create_connection((spec["host"], spec["port"]), timeout=30)
    for request in requests:
        if time.monotonic() > deadline:
            break
        began = time.perf_counter()
        try:
            connection.sendall(request)
            status = _read_answer(connection)
        except OSError:
            status = 0
            connection.close()
            connection = socket.create_connection((spec["host"], spec["port"]), timeout=30)
        result.append(((time.perf_counter() - began) * 1000, status))
    connection.close()


def _as_bytes(spec: dict[str, Any], method: str, path: str, headers: dict[str, str], body: str | None) -> bytes:
    """A request as it goes over the wire: written beforehand, so that the client costs the machine little."""
    content = (body or "").encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: {spec['host']}:{spec['port']}", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def _read_answer(connection: socket.socket) -> int:
    """Read one answer whole; its status. Raises OSError when the server hangs up."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _receive(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    missing = length - len(body)
    while missing > 0:
        missing -= len(_receive(connection))
    return int(head.split(b" ", 2)[1])


def _receive(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("The server closed the connection.")
    return data


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
