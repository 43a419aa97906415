"""`pytest-spotify check` of a large HAR file against `json.loads` of its bodies, and the memory it takes.

Arguments: a HAR file, whose entries are repeated, and how many megabytes to make of it (300). Without them
the entries are the success responses in the cassettes of extended quota mode.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import ROOT, interleaved, tell

from pytest_spotify.cassettes import load
from pytest_spotify.exchange import Exchange


def repeated(source: bytes, target: Path, size: int) -> list[bytes]:
    """Write a HAR file of that size; return its bodies."""
    entries = json.loads(source)["log"]["entries"]
    texts = [json.dumps(entry, ensure_ascii=False) for entry in entries]
    parsed = [(entry["response"].get("content") or {}).get("text", "").encode() for entry in entries]
    bodies, written = [], 0
    with target.open("w", encoding="utf-8") as file:
        file.write('{"log": {"version": "1.2", "entries": [')
        while written < size:
            for text, body in zip(texts, parsed, strict=True):
                written += file.write(f"{', ' if written else ''}\n{text}")
                bodies.append(body)
        file.write("]}}")
    return [body for body in bodies if body[:1] in {b"{", b"["}]


def recorded() -> bytes:
    """Return the success responses in the cassettes of extended quota mode as a HAR file."""
    paths = sorted((ROOT / "cassettes/extended").rglob("*.yaml"))
    exchanges = [exchange for path in paths for exchange in load(path).exchanges]
    entries = [_entry(exchange) for exchange in exchanges if exchange.response.status == 200]
    return json.dumps({"log": {"entries": entries}}).encode()


def _entry(exchange: Exchange) -> dict[str, object]:
    request, response = exchange.request, exchange.response
    headers = [{"name": name, "value": value} for name, value in response.headers]
    content = {"text": response.body.decode(), "size": len(response.body)}
    return {
        "startedDateTime": "2026-11-27T12:00:00Z",
        "request": {"method": request.method, "url": request.url, "headers": [], "bodySize": 0},
        "response": {"status": response.status, "headers": headers, "content": content},
    }


def main(source: str = "", megabytes: str = "300") -> None:
    """Print the ratios and the memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.har")
        bodies = repeated(
            Path(source).read_bytes() if source else recorded(), path, int(megabytes) * 1_000_000
        )
        elapsed: list[float] = []
        command = [sys.executable, "-c", "from pytest_spotify.cli import main; main()", "check", str(path)]

        def check() -> float:
            before, started = os.times(), time.perf_counter()
            status = subprocess.call(
                [*command, "--access", "extended"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            assert status in {0, 1}, status
            elapsed.append(time.perf_counter() - started)
            after = os.times()
            return after.children_user + after.children_system - before.children_user - before.children_system

        def loads() -> float:
            started = time.process_time()
            for body in bodies:
                json.loads(body)
            return time.process_time() - started

        took = interleaved({"json.loads": loads, "check": check}, rounds=3)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    detail = f"{len(bodies)} bodies, json.loads {took['json.loads']:.1f} s, check {memory} MiB of memory"
    tell("check / json.loads, processor time", took["check"] / took["json.loads"], 3.0, detail)
    shown = f"{os.cpu_count()} cores; a busy machine shows more"
    tell("check / json.loads, elapsed time", statistics.median(elapsed[1:]) / took["json.loads"], 2.0, shown)


if __name__ == "__main__":
    main(*sys.argv[1:])
