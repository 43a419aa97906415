"""Contracts whose references and patterns are hostile: no socket, no file outside, no wait."""

from __future__ import annotations

import json
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pytest_spotify.check import check_exchange
from pytest_spotify.errors import InvalidContract
from tests.support.command import run
from tests.support.contract_files import contract, exchange, registry
from tests.support.machine import is_in_time

OUTSIDE = (
    *(
        "https://example.com/a.json",
        "http://127.0.0.1:1/a",
        "//example.com/a",
        "ftp://example.com/a",
        "HTTP://[::1]/",
    ),
    *(
        "file:///etc/passwd",
        "file:/etc/passwd",
        "/etc/passwd",
        "\\\\host\\share",
        "C:\\x",
        "c:/x",
        "data:,{}",
    ),
    *("../secret.json", "../../secret.json", "a/../../secret.json", "./../secret.json", "..%2fsecret.json"),
    *(
        "link.json",
        "folder/secret.json",
        "jar:file:x!/y",
        "urn:uuid:0",
        "javascript:1",
        "~/x",
        "\n::error::x",
    ),
    *(
        "",
        "?",
        "#",
        "#/",
        "#/nothing",
        "#/responses/200/schema",
        "#anchor",
        "#/%",
        "#/~2",
        "nothing.json",
        "a\0b",
    ),
    *("pytest-spotify:none.schema.json", "pytest-spotify:../x", "pytest-spotify:", "x" * 5000, "::error::x"),
    *("thing.contract.json", "thing.contract.json#/responses/200/schema", "loop.json", "\u202e.json", "."),
)
PATTERNS = (
    *("(a+)+$", "(a|a)*$", "(a|aa)+$", "(.*a){25}$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a*)*b", "((a*)*)*$"),
    *(
        "(x+x+)+y",
        "(\\d+)*$",
        "^(a?){60}a{60}$",
        "a{1,1000}{1,1000}",
        "(?=(a+))a*b\\1",
        "(a)\\1{50}",
        "(?<=a)b",
    ),
    *(
        "(",
        ")",
        "[",
        "*",
        "a{2,1}",
        "(?P<n>a)(?P=n)",
        "\\",
        "[z-a]",
        "(?i)a",
        "\\p{L}+",
        "\\u{110000}",
        "(?:" * 200,
    ),
    *("a" * 100_000, "(" * 900 + ")" * 900, "\n::error::x", "(?#" + "a" * 1000 + ")"),
)


def lint(tmp_path: Path, schema: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lint a contract with a schema; assert that it ends in time, without a socket, in a few safe lines."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    folder = tmp_path / "contracts"
    folder.mkdir()
    (tmp_path / "secret.json").write_text('{"description": "the-secret", "enum": ["the-secret"]}')
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    (folder / "folder").symlink_to(tmp_path)
    (folder / "loop.json").symlink_to(folder / "loop.json")
    path = folder / "thing.contract.json"
    path.write_text(json.dumps(contract(responses={"200": {"body": "json", "schema": schema}})))
    started = time.process_time()
    for arguments in ((path,), ("--expand", path)):
        ran = run("lint", *arguments)
        shown = ran.out + ran.err
        assert ran.status in {0, 2}
        assert "Traceback" not in shown
        assert "the-secret" not in shown
        assert not [line for line in shown.splitlines() if line.lstrip().startswith("::") or "##[" in line]
    assert is_in_time(time.process_time() - started, 2.5)


@pytest.mark.parametrize("reference", OUTSIDE, ids=range(len(OUTSIDE)))
def test_no_reference_leads_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str) -> None:
    """A reference opens no socket and shows no file outside of the contract's folder, whatever it names."""
    lint(tmp_path, {"properties": {"a": {"$ref": reference}}}, monkeypatch)


@pytest.mark.parametrize("pattern", PATTERNS, ids=range(len(PATTERNS)))
def test_no_pattern_takes_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    """A pattern is compiled or refused at once, and a response is held against it at once."""
    schema = {"properties": {"a": {"type": "string", "pattern": pattern}}}
    lint(tmp_path, schema, monkeypatch)
    started = time.process_time()
    with suppress(InvalidContract):
        rules = registry(tmp_path, contract(responses={"200": {"body": "json", "schema": schema}}))
        for text in ("a" * 40 + "!", "1" * 40 + "!", "ax" * 2000, "aA1" * 2000):
            check_exchange(exchange(body={"a": text}), rules)
    assert is_in_time(time.process_time() - started, 2.5)
