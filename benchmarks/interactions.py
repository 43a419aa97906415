"""Replay of 1,000 interactions in one cassette against 10: what one of them costs must not grow."""

import dataclasses
import tempfile
import time
from pathlib import Path

from measure import ROOT, interleaved, tell

from pytest_spotify.cassettes import load
from pytest_spotify.cassettes.persister import write
from pytest_spotify.cassettes.player import CassettePlayer

RECORDED = ROOT / "cassettes/development/tracks/get-track/track.yaml"


def main() -> None:
    """Print the ratio."""
    with tempfile.TemporaryDirectory() as name:
        few, many = _cassette(Path(name), 10), _cassette(Path(name), 1000)
        took = interleaved(
            {"few": lambda: _replay(few, 100) / 1000, "many": lambda: _replay(many, 1) / 1000}, rounds=9
        )
    shown = f"{took['few'] * 1e6:.0f} µs an interaction of 10, {took['many'] * 1e6:.0f} µs of 1,000"
    tell("an interaction of 1,000 / of 10", took["many"] / took["few"], 1.15, shown)


def _cassette(folder: Path, number: int) -> Path:
    (exchange,) = load(RECORDED).exchanges
    path = folder / f"{number}.yaml"
    exchanges = [
        dataclasses.replace(
            exchange,
            request=dataclasses.replace(exchange.request, url=f"{exchange.request.url}?market=ES&n={n}"),
        )
        for n in range(number)
    ]
    write(path, exchanges, {}, root=folder)
    return path


def _replay(path: Path, times: int) -> float:
    started = time.process_time()
    for _ in range(times):
        cassette = load(path)
        player = CassettePlayer(cassette)
        for exchange in cassette.exchanges:
            player.respond(exchange.request)
    return time.process_time() - started


if __name__ == "__main__":
    main()
