"""The searches for secrets against gzip of the same bytes, which people do not wait for either.

All cassettes in one text, 4 MB or so: what `scan` and a recording go through, and what a run may show.
"""

import gzip
import random
import string
import time
from collections.abc import Callable

from measure import ROOT, interleaved, tell

from pytest_spotify.redaction.masking import OutputMasker
from pytest_spotify.redaction.scan import find_secrets


def main() -> None:
    """Print the ratios."""
    files = sorted((ROOT / "cassettes").rglob("*.yaml"))
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    data = text.encode()
    letters = random.Random(1)
    secrets = ["".join(letters.choices(string.ascii_letters + string.digits, k=64)) for _ in range(4)]
    shown = OutputMasker(secrets)
    took = interleaved(
        {
            "gzip": _timed(lambda: gzip.compress(data)),
            "leaks": _timed(lambda: find_secrets(data, secrets, "all")),
            "shown": _timed(lambda: shown.text(text)),
        },
        rounds=5,
    )
    detail = f"{len(data) / 1e6:.1f} MB, {took['gzip']:.2f} s"
    tell("search for leaks / gzip", took["leaks"] / took["gzip"], 12.0, detail)
    tell("hiding secrets in what is shown / gzip", took["shown"] / took["gzip"], 3.0, detail)


def _timed(task: Callable[[], object]) -> Callable[[], float]:
    def seconds() -> float:
        started = time.process_time()
        task()
        return time.process_time() - started

    return seconds


if __name__ == "__main__":
    main()
