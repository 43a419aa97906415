"""`pytest-spotify check` of a large HAR file against `json.loads` of its bodies, and the memory it takes.

Arguments: a HAR file, whose entries are repeated, and how many megabytes to make of it (300).
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import interleaved, tell


def repeated(source: Path, target: Path, size: int) -> list[bytes]:
    """Write a HAR file of that size; return its bodies."""
    entries = json.loads(source.read_bytes())["log"]["entries"]
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


def main() -> None:
    """Print the ratio and the memory."""
    source, size = Path(sys.argv[1]), int(sys.argv[2] if len(sys.argv) > 2 else 300) * 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.har")
        bodies = repeated(source, path, size)
        command = [sys.executable, "-c", "from pytest_spotify.cli import main; main()", "check", str(path)]

        def check() -> float:
            before = os.times()
            status = subprocess.call(
                [*command, "--access", "extended"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            assert status in {0, 1}, status
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
    tell("check / json.loads", took["check"] / took["json.loads"], 3, detail)


if __name__ == "__main__":
    main()
