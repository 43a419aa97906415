"""The whole suite, live, where nothing can succeed: it ends soon, with one cause that is told once."""

from __future__ import annotations

import time

import pytest

from pytest_spotify.contracts.loader import bundled_contracts_dir
from pytest_spotify.sandbox import Sandbox
from tests.support.project import Project, no_traceback


@pytest.mark.slow
@pytest.mark.parametrize("cause", ["network down", "wrong secret", "quota used up"])
@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["alone", "workers"])
def test_one_cause_told_once(
    project: Project,
    sandbox: Sandbox,
    live: list[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    cause: str,
    workers: tuple[str, ...],
):
    """At most one test a worker fails, all others are not asked, and the service is asked next to nothing."""
    for folder in bundled_contracts_dir().iterdir():
        if folder.is_dir():
            project.bundled(*(path.name.partition(".")[0] for path in folder.glob("*.contract.json")))
    if cause == "network down":
        sandbox.stop()
    elif cause == "wrong secret":
        monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", "0" * 32)
    else:
        body = {"error": {"status": 429, "message": "x", "reason": "QUOTA_EXCEEDED"}}
        sandbox.fail_next(429, body=body, times=1000)
    began = time.monotonic()
    result = project.run_apart("-q", *workers, *live)
    elapsed = time.monotonic() - began
    no_traceback(result)
    outcomes = result.parseoutcomes()
    print(f"{cause}: {elapsed:.1f} s, {outcomes}")
    assert outcomes["failed"] <= max(1, 2 * len(workers))
    assert outcomes["skipped"] > 100
    assert len(sandbox.exchanges) < 20 or cause == "wrong secret"  # which tests without a token do not need
    (line,) = {line for line in result.outlines if " not asked: " in line and "SKIPPED" not in line}
    assert line
