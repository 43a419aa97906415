"""An app made before February 2026 that is still in development mode: no cassettes of ours, so live.

Contracts and stories run against the bundled sandbox, in a pytest of their own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.inner_run import NO_CACHE, PLUGINS, WITHOUT_AUTOLOAD

ROOT = Path(__file__).parents[2]


def _run(*arguments: str) -> str:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SPOTIFY")}
    command = [sys.executable, "-m", "pytest", "-rs", *NO_CACHE, *PLUGINS]
    options = ["--spotify-sandbox", "--spotify-access=development-older", "--spotify-write"]
    ran = subprocess.run(
        [*command, *options, *arguments],
        cwd=ROOT,
        env=plain | WITHOUT_AUTOLOAD,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.slow
def test_all_contracts_and_stories_pass() -> None:
    """All 96 operations are selected, every case passes, and nothing is skipped or unknown."""
    out = _run("contracts", "tests/flows")
    assert "live, access development-older, 96 of 96 operations, target sandbox" in out
    passed = re.search(r"\b(\d+) passed(?:, (\d+) deselected)?", out)
    assert passed, out
    assert int(passed[1]) > 400
    assert passed[2] is None  # every story is told, the old operations' too
    assert "skipped" not in out
    assert "unknown to the contracts" not in out
