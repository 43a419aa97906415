"""A live run of the contract cases, requests in flight, against the same one after the other; and workers.

The clock counts, as waiting is what is saved: the sandbox answers after 50 ms, in a process of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.request import Request, urlopen

from measure import PLUGINS, ROOT, interleaved, only, tell

LATENCY = 0.05
ACCESS = "--access=extended"


def main() -> None:
    """Print how long a run takes with requests in flight, and with four workers, against without."""
    with sandbox() as target, tempfile.TemporaryDirectory() as home:
        run = partial(live_run, target, Path(home))
        seconds = interleaved(
            {
                "in flight": run,
                "one by one": partial(run, "-p", "one_by_one"),
                "four workers": partial(run, "-n4"),
                "one worker": partial(run, "-n1"),
            },
            rounds=3,
        )
    detail = ", ".join(f"{name} {taken:.1f} s" for name, taken in seconds.items())
    tell("live run: in flight / one by one", seconds["in flight"] / seconds["one by one"], 0.25, detail)
    tell("live run: 4 workers / 1", seconds["four workers"] / seconds["one worker"], 0.4, detail)


@contextmanager
def sandbox() -> Iterator[Mapping[str, str]]:
    """Yield the addresses and credentials of a sandbox, which has ended afterwards."""
    command = [sys.executable, "-m", "pytest_spotify", "sandbox", "--json", "--control", ACCESS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def live_run(target: Mapping[str, str], home: Path, *arguments: str) -> float:
    """Return the seconds that a run of all contract cases takes."""
    order(target, "reset")
    order(target, "slow-next", seconds=LATENCY, times=1000)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SPOTIFY_", "PYTEST_"))}
    environment |= {
        "SPOTIFY_CLIENT_ID": target["client_id"],
        "SPOTIFY_CLIENT_SECRET": target["client_secret"],
        "SPOTIFY_REFRESH_TOKEN": target["refresh_token"],
        "SPOTIFY_API_URL": target["api_url"],
        "SPOTIFY_ACCOUNTS_URL": target["accounts_url"],
        "SPOTIFY_ACCESS": ACCESS.partition("=")[2],
        "XDG_CONFIG_HOME": str(home),
        "PYTHONPATH": str(ROOT / "benchmarks"),
        **only([*PLUGINS, "xdist.plugin"]),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "contracts", "--spotify-live"]
    began = time.perf_counter()
    subprocess.run([*command, *arguments], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def order(target: Mapping[str, str], name: str, **arguments: float) -> None:
    """Give an order to the sandbox."""
    url = target["api_url"].removesuffix("/v1") + f"/sandbox/{name}"
    body = json.dumps(arguments).encode()
    with urlopen(Request(url, body, {"Content-Type": "application/json"}, method="POST")):
        pass


if __name__ == "__main__":
    main()
