"""Schema validation against `json.loads` of the same bodies: the success answers of all cassettes."""

import json
import time
from collections.abc import Callable

from measure import ROOT, interleaved, tell

from pytest_spotify.access import Access
from pytest_spotify.cassette import load
from pytest_spotify.check import check
from pytest_spotify.rules import bundled
from pytest_spotify.schema import Engine

ACCESSES: list[Access] = ["development", "extended"]
REPEAT = 5


def main() -> None:
    """Print the ratios."""
    exchanges = [
        (access, exchange)
        for access in ACCESSES
        for path in sorted((ROOT / "cassettes" / access).rglob("*.yaml"))
        for exchange in load(path).exchanges
        if exchange.response.status == 200 and exchange.response.body.startswith((b"{", b"["))
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
            rules = bundled(access, engine)
            routed = rules.route(exchange.request.method, exchange.request.url)
            assert routed
            contract, parameters = routed
            rule = rules.response_rule(contract, 200)
            assert rule
            for name, schema in rule.schemas(parameters):
                work.append((rules.validator(contract, f"200 {name}", schema).faults, value))
        return lambda: [faults(value) for faults, value in work]

    took = interleaved(
        {
            "json.loads": timed(lambda: [json.loads(body) for body in bodies]),
            "validation": timed(validation("jsonschema-rs")),
            "check": timed(lambda: [check(exchange, bundled(access)) for access, exchange in exchanges]),
        },
        rounds=15,
    )
    size = f"{len(bodies)} bodies, {sum(map(len, bodies)) / 1000:.0f} kB"
    shown = f"{size}, json.loads {took['json.loads'] * 1000:.1f} ms"
    tell("validation / json.loads", took["validation"] / took["json.loads"], 0.5, shown)
    print(
        f"whole check / json.loads: {took['check'] / took['json.loads']:.2f} (no bar; strict JSON included)"
    )


if __name__ == "__main__":
    main()
