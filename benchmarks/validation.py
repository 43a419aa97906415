"""Schema validation against `json.loads` of the same bodies: the success answers of all cassettes.

With files of recorded traffic as arguments, of those instead, held to the contracts of extended quota mode.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl, urlsplit

from measure import ROOT, interleaved, tell

from pytest_spotify.access import Access
from pytest_spotify.cassettes import load
from pytest_spotify.check import check_exchange
from pytest_spotify.check.response import ResponseContext
from pytest_spotify.contracts.registry import bundled
from pytest_spotify.contracts.schema import Engine
from pytest_spotify.exchange import Exchange
from pytest_spotify.traffic import read_traffic

ACCESSES: list[Access] = ["development", "extended"]
REPEAT = 5


def _recorded() -> list[tuple[Access, Exchange]]:
    return [
        (access, exchange)
        for access in ACCESSES
        for path in sorted((ROOT / "cassettes" / access).rglob("*.yaml"))
        for exchange in load(path).exchanges
    ]


def _given(files: Sequence[str]) -> list[tuple[Access, Exchange]]:
    entries = [entry for file in files for entry in read_traffic(file)]
    known = bundled("extended")
    return [
        ("extended", entry.exchange)
        for entry in entries
        if known.route(entry.exchange.request.method, entry.exchange.request.url)
    ]


def main(*files: str) -> None:
    """Print the ratios."""
    exchanges = [
        (access, exchange)
        for access, exchange in _given(files) or _recorded()
        if exchange.response.status == 200
        and exchange.response.body.startswith((b"{", b"["))
        and "breaking" not in {violation.kind for violation in check_exchange(exchange, bundled(access))}
    ]
    bodies = [exchange.response.body for _, exchange in exchanges]
    parsed = [json.loads(body) for body in bodies]

    def timed(work: Callable[[], object]) -> Callable[[], float]:
        def once() -> float:
            started = time.process_time()
            for _ in range(REPEAT):
                work()
            return (time.process_time() - started) / REPEAT

        return once

    def validation(engine: Engine) -> Callable[[], object]:
        work = []
        for (access, exchange), value in zip(exchanges, parsed, strict=True):
            registry = bundled(access, engine)
            routed = registry.route(exchange.request.method, exchange.request.url)
            assert routed
            contract, in_path = routed
            asked = dict(parse_qsl(urlsplit(exchange.request.url).query))
            context = ResponseContext(contract=contract, registry=registry, parameters=in_path | asked)
            work.append((context.schema_errors, value))
        return lambda: [list(faults(200, value)) for faults, value in work]

    took = interleaved(
        {
            "json.loads": timed(lambda: [json.loads(body) for body in bodies]),
            "validation": timed(validation("jsonschema-rs")),
            "check": timed(
                lambda: [check_exchange(exchange, bundled(access)) for access, exchange in exchanges]
            ),
        },
        rounds=15,
    )
    size = f"{len(bodies)} bodies, {sum(map(len, bodies)) / 1000:.0f} kB"
    shown = f"{size}, json.loads {took['json.loads'] * 1000:.1f} ms"
    bar = 0.45 if files else 0.6
    tell("validation / json.loads", took["validation"] / took["json.loads"], bar, shown)
    tell("whole check / json.loads", took["check"] / took["json.loads"], 1.3, "strict JSON included")


if __name__ == "__main__":
    main(*sys.argv[1:])
