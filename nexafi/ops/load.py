"""A small closed-loop load generator: each client sends its next request when the last one was answered.

Runs as a process of its own (`python load.py` with a specification on standard input), so that its CPU is not counted
as the server's. Only loopback addresses are accepted.
"""

import http.client
import json
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
    results: list[list[tuple[float, int]]] = [[] for _ in spec["clients"]]
    deadline = time.monotonic() + spec["seconds"]
    threads = [
        threading.Thread(target=_client, args=(spec, requests, results[number], deadline))
        for number, requests in enumerate(spec["clients"])
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


def _client(spec: dict[str, Any], requests: list[Any], result: list[tuple[float, int]], deadline: float) -> None:
    connection = http.client.HTTPConnection(spec["host"], spec["port"], timeout=30)
    for method, path, headers, body in requests:
        if time.monotonic() > deadline:
            break
        began = time.perf_counter()
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            response.read()
            status = response.status
        except (OSError, http.client.HTTPException):
            connection.close()
            status = 0
        result.append(((time.perf_counter() - began) * 1000, status))
    connection.close()


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
