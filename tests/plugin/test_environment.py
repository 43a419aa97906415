"""Live runs on machines that are not like the developer's: no home, another zone, a full disk."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from pytest_spotify.sandbox import Sandbox
from tests.support.inner_run import NO_CACHE, PLUGINS
from tests.support.project import Project, no_traceback

ENVIRONMENTS: dict[str, dict[str, str | None]] = {
    "no home": {"HOME": None, "XDG_CONFIG_HOME": None},
    "a home that cannot be written": {"HOME": "/dev/null", "XDG_CONFIG_HOME": "/dev/null/config"},
    "another locale": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    "no locale": {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0"},
    "a zone ahead": {"TZ": "Pacific/Kiritimati"},
}


@pytest.fixture
def restored_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    yield monkeypatch
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name.startswith("no ") or "zone" in name else [pytest.mark.slow])
        for name in ENVIRONMENTS
    ],
)
def test_an_environment(
    project: Project, sandbox: Sandbox, live: list[str], restored_zone: pytest.MonkeyPatch, name: str
):
    """A live run passes and records there, and a limit with a date is understood."""
    project.bundled("get-track", "get-current-users-profile")
    for variable, value in ENVIRONMENTS[name].items():
        if value is None:
            restored_zone.delenv(variable, raising=False)
        else:
            restored_zone.setenv(variable, value)
    time.tzset()
    sandbox.fail_next(429, {"Retry-After": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(1))})
    result = project.run(*live, "--record-mode=rewrite")
    result.assert_outcomes(passed=10)
    assert len(project.cassettes()) == 10


FULL_DISK = """
import resource, sys
import pytest
sys.dont_write_bytecode = True  # Python keeps bytecode that was cut, and other processes would read it
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
sys.exit(pytest.main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no RLIMIT_FSIZE")
def test_a_full_disk(project: Project, live: list[str]):
    """What cannot be written is told in a line, and the recording that was there stays."""
    project.bundled("get-track")
    project.record("-k", "track or token")
    before = project.cassettes()
    arguments = [*NO_CACHE, *PLUGINS, *live, "--record-mode=rewrite", "-k", "by-market"]
    ran = subprocess.run(
        [sys.executable, "-c", FULL_DISK, *arguments],
        capture_output=True,
        text=True,
        cwd=project.path,
        timeout=60,
        check=False,
    )
    result = pytest.RunResult(ran.returncode, ran.stdout.splitlines(), ran.stderr.splitlines(), 0.0)
    no_traceback(result)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "File too large" in ran.stdout
    assert project.cassettes() == before
