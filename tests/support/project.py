"""Somebody's project that uses the plugin: pytester with what the tests of the plugin keep writing."""

from __future__ import annotations

import os
import re
import shutil
import sys
from importlib import import_module
from importlib.metadata import Distribution, distributions
from pathlib import Path
from pkgutil import walk_packages
from textwrap import dedent
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

import pytest_spotify
from pytest_spotify.contracts.loader import bundled_contracts_dir
from pytest_spotify.exchange import Response
from pytest_spotify.intercept.interception import intercept
from tests.support import contract_files
from tests.support.inner_run import NO_CACHE, PLUGINS, WITHOUT_AUTOLOAD

if TYPE_CHECKING:
    from pytest_spotify.sandbox import Sandbox

# A run in this process forgets the modules that it was the first to import: the next would import them anew,
# and some packages refuse that.
for _module in walk_packages(pytest_spotify.__path__, "pytest_spotify."):
    import_module(_module.name)
with intercept(lambda _: Response(status=204), hosts=()):
    pass  # VCR.py has imported the clients


class ReadOnce:
    """A distribution whose files are parsed once: pytest asks for them with each plugin of each run."""

    def __init__(self, distribution: Distribution) -> None:
        self._distribution = distribution
        self.metadata, self.version = distribution.metadata, distribution.version
        self.entry_points = distribution.entry_points

    def __getattr__(self, name: str) -> Any:
        return getattr(self._distribution, name)


PLUGINS_INSTALLED = [
    ReadOnce(each)
    for each in distributions()
    if any(point.group == "pytest11" for point in each.entry_points)
]
SANDBOX = ("--spotify-sandbox", "--record-mode=rewrite")
RECORDINGS: dict[str, dict[str, bytes]] = {}  # what `Project.record` has made, by all that it was made of


class Project:
    """A project in a folder of its own, with a home of its own: no token store but this is touched."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pytester = pytester
        self.path = pytester.path
        for name, value in WITHOUT_AUTOLOAD.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("XDG_CONFIG_HOME", str(pytester.path / "home"))
        # Bytecode is taken for a file's own if the second and the size are the same: a test that was
        # written twice within a second would run as it was before.
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        monkeypatch.setenv("COLUMNS", "250")  # so that pytest's one-line summaries are whole

    def bundled(self, *operations: str) -> None:
        """Copy bundled contracts into the project's `contracts`."""
        for operation in operations:
            (source,) = bundled_contracts_dir().rglob(f"{operation}.contract.json")
            target = self.path / "contracts" / source.parent.name / source.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)

    def contract(self, name: str = "contracts/things/thing.contract.json", **changes: Any) -> Path:
        """Write a contract of the project's own."""
        return contract_files.write(self.path, contract_files.contract(**changes), name)

    def file(self, name: str, text: str = "") -> Path:
        """Write a file, without the indentation that all its lines share."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).strip() + "\n", encoding="utf-8")
        return path

    def run(self, *arguments: object, **options: Any) -> pytest.RunResult:
        """Run pytest in this process; the options are those of `Pytester.inline_run`."""
        with patch("importlib.metadata.distributions", lambda: PLUGINS_INSTALLED):
            return self.pytester.runpytest_inprocess(*NO_CACHE, *PLUGINS, *map(str, arguments), **options)

    def run_apart(self, *arguments: object) -> pytest.RunResult:
        """Run pytest in a process of its own."""
        return self.pytester.runpytest_subprocess(*NO_CACHE, *PLUGINS, *map(str, arguments))

    def record(self, *arguments: object) -> None:
        """Record from the sandbox what the arguments select; everything has to pass.

        Many tests begin with the same recording: of the same files, arguments and variables it is made once
        in this process, and only written where it is asked for again.
        """
        before = files_in(self.path)
        variables = sorted(each for each in os.environ.items() if each[0].startswith("SPOTIFY_"))
        key = repr((arguments, variables, sorted(before.items())))
        if key not in RECORDINGS:
            assert self.run(*SANDBOX, *arguments).ret == 0
            after = files_in(self.path)
            RECORDINGS[key] = {name: data for name, data in after.items() if data != before.get(name)}
        for name, data in RECORDINGS[key].items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def cassettes(self, folder: str = "cassettes") -> dict[str, bytes]:
        """Return every file of a cassette folder."""
        return files_in(self.path / folder)

    def edit(self, name: str, before: str, after: str) -> None:
        """Change a cassette and write its checksum anew, as `pytest-spotify scan --reseal` does."""
        from pytest_spotify.cassettes import add_checksum

        path = self.path / name
        text = path.read_text(encoding="utf-8")
        assert before in text
        body = re.sub(r"  sha256: [0-9a-f]{64}\n\Z", "", text.replace(before, after))
        path.write_bytes(add_checksum(body.encode()))


def files_in(folder: Path) -> dict[str, bytes]:
    """Return every file in a folder and below, by its path from there."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def live_at(target: Sandbox) -> list[str]:
    """Return the options of a live run against a server that may be anything."""
    return [
        "--spotify-live",
        f"--spotify-api-url={target.api_url}",
        f"--spotify-accounts-url={target.accounts_url}",
    ]


def no_traceback(result: pytest.RunResult) -> None:
    """Assert that nothing of ours, of pytest or of Python is shown of how an error came about."""
    text = result.stdout.str() + result.stderr.str()
    for sign in ("Traceback", "INTERNALERROR", "pytest_spotify/", "_pytest/", "site-packages"):
        assert sign not in text, text
