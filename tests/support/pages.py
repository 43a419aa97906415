"""Blocks of the documentation, and what it takes to run them as they stand.

HTML comments before a block say what a reader sees from the text:

- `<!-- file: NAME -->`: the block is that file, as is one that begins with `# NAME`;
- `<!-- exit status: N -->`: how its last command ends, where not with 0;
- `<!-- with: sandbox -->`: a sandbox stands in Spotify's place from here on;
- `<!-- with: sign-in -->`: and somebody has signed in there;
- `<!-- with: contracts -->`: the folder `contracts` of the checkout is there;
- `<!-- not run: REASON -->`: it cannot be run here.
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import yaml

from pytest_spotify.sandbox import Sandbox
from tests.support import command
from tests.support.project import Project
from tests.support.sandbox_client import Browser
from tests.support.sign_in import ANY_PORT, ROOT

_BLOCK = re.compile(
    r"(?P<comments>(?:^<!-- [^\n]* -->\n)*)"
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_FILE_NAME = re.compile(r"# ([\w./-]+\.[a-z]+)\n")
_COMMENT = re.compile(r"<!-- (file|exit status|with|not run): (.*) -->")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block; `line` is where it stands in the page."""

    language: str
    text: str
    line: int
    file: str = ""
    status: int = 0
    needs: str = ""
    not_run: str = ""

    @property
    def commands(self) -> list[tuple[str, str]]:
        """Return each command and the output that is shown below it."""
        joined = self.text.replace("\\\n", " ")
        if self.language == "sh":
            lines = (line.partition(" # ")[0].strip() for line in joined.splitlines())
            return [(line, "") for line in lines if line]
        found = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", joined, re.MULTILINE)
        return [(line, shown) for line, shown in found]


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page, in their order."""
    text = page.read_text(encoding="utf-8")
    return list(_blocks(text))


def _blocks(text: str) -> Iterator[Block]:
    for match in _BLOCK.finditer(text):
        said = dict(_COMMENT.findall(match["comments"]))
        named = _FILE_NAME.match(match["text"])
        yield Block(
            language=match["language"],
            text=re.sub(f"^{match['indent']}", "", match["text"], flags=re.MULTILINE),
            line=text.count("\n", 0, match.start("language")) + 1,
            file=said.get("file", named[1] if named else ""),
            status=int(said.get("exit status", 0)),
            needs=said.get("with", ""),
            not_run=said.get("not run", ""),
        )


class Reader:
    """Somebody who does what a page says, in an empty folder, from its first block to its last."""

    def __init__(
        self, project: Project, monkeypatch: pytest.MonkeyPatch, sandbox: Callable[[], Sandbox]
    ) -> None:
        self.project = project
        self.monkeypatch = monkeypatch
        self.sandbox = sandbox
        self.namespace: dict[str, object] = {}
        monkeypatch.setenv("COLUMNS", "80")

    def follow(self, page: Path) -> None:
        """Run every block; an AssertionError says which one is not true."""
        for block in blocks(page):
            if not block.not_run:
                try:
                    self._run(block)
                except Exception as error:
                    raise AssertionError(f"{page.name}:{block.line}: {error}") from error

    def _run(self, block: Block) -> None:
        if block.needs in ("sandbox", "sign-in"):
            sandbox = self.sandbox()
            self._export(sandbox)
            if block.needs == "sign-in":
                self.monkeypatch.setenv("SPOTIFY_REFRESH_TOKEN", sandbox.refresh_token)
        elif block.needs == "contracts":
            (self.project.path / "contracts").symlink_to(ROOT / "contracts")
        if block.file:
            self.project.file(block.file, block.text)
        if block.language in ("sh", "console"):
            for index, (line, shown) in enumerate(block.commands, 1):
                self._command(line, shown, block.status if index == len(block.commands) else 0)
        elif block.language == "python" and not block.file:
            self._python(block)
        elif block.language in _PARSERS:
            _PARSERS[block.language](block.text)

    def _python(self, block: Block) -> None:
        if "def test_" not in block.text:
            exec(compile(block.text, f"line {block.line}", "exec"), self.namespace)
            return
        path = self.project.file(f"test_line_{block.line}.py", f"import pytest\n\n{block.text}")
        self._command(f"pytest {path.name} --spotify-sandbox --spotify-write", "", 0)

    def _command(self, line: str, shown: str, status: int) -> None:
        name, *arguments = shlex.split(line)
        if name == "export":
            variable, _, value = arguments[0].partition("=")
            if value != "...":
                self.monkeypatch.setenv(variable, value)
            return
        if name == "pytest":
            result = self.project.run(*arguments)
            found, out = int(result.ret), result.stdout.str() + result.stderr.str()
        elif line.startswith("pytest-spotify sandbox"):
            self._export(self.sandbox())
            return
        elif name == "pytest-spotify":
            ran = command.run(*arguments, columns=80)
            found, out = ran.status, ran.out + ran.err
        else:
            raise AssertionError(f"nothing here runs `{line}`")
        assert found == status, f"`{line}` ended with {found}:\n{out}"
        if shown:
            wanted = re.escape(shown.strip()).replace(re.escape("..."), ".*?")
            assert re.fullmatch(wanted, out.strip(), re.DOTALL), f"`{line}` printed:\n{out}"

    def _export(self, sandbox: Sandbox) -> None:
        """Copy what a sandbox prints but the refresh token; whoever signs in there has a browser."""
        self.monkeypatch.setenv("SPOTIFY_CLIENT_ID", sandbox.client_id)
        self.monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", sandbox.client_secret)
        self.monkeypatch.setenv("SPOTIFY_REDIRECT_URI", ANY_PORT)
        self.monkeypatch.setenv("SPOTIFY_API_URL", sandbox.api_url)
        self.monkeypatch.setenv("SPOTIFY_ACCOUNTS_URL", sandbox.accounts_url)
        self.monkeypatch.setattr("webbrowser.get", lambda: None)
        self.monkeypatch.setattr("webbrowser.open", _sign_in)


def _sign_in(url: str) -> None:
    """Sign in on the page at the address, as a person does in a browser."""
    query = dict(parse_qsl(urlsplit(url).query))
    accounts = SimpleNamespace(
        accounts_url=url.partition("/authorize")[0],
        client_id=query["client_id"],
        redirect_uri=query["redirect_uri"],
    )
    with Browser(accounts) as browser:
        requests.get(browser.authorize(**query).headers["location"], timeout=30)


_PARSERS: dict[str, Callable[[str], object]] = {
    "json": json.loads,
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
}
