"""No secret in what a run shows or keeps beside cassettes: eleven ways to fail, six sets of options."""

from __future__ import annotations

import base64
import html
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from pytest_spotify.sandbox import Sandbox
from tests.support.inner_run import PLUGINS
from tests.support.project import Project, no_traceback

PIECE = 8

FAILING = """
import http.client, json, logging, sys, warnings
from base64 import b64encode
from pathlib import Path

import httpx, jsonschema, pytest, requests

pytestmark = pytest.mark.spotify


@pytest.fixture
def token(spotify_token):
    text = spotify_token.reveal()
    with open("seeds.txt", "a") as file:
        file.write(text + "\\n")
    return text


def test_locals(token):
    deep = {"headers": {"Authorization": f"Bearer {token}", "more": ["x" * 300, token]}}
    assert not deep


def test_comparison(token):
    assert {"token": token, "id": 1} == {"token": token[::-1], "id": 1}
    assert token == "x"


def test_header(token):
    asked = requests.Request("GET", "https://example.org", headers={"Authorization": f"Bearer {token}"})
    assert asked.prepare().headers["Authorization"] == "none"


def test_log(token):
    logging.getLogger("app").error("got %s", token)
    try:
        raise ValueError(f"with {token}")
    except ValueError:
        logging.exception("failed")
    assert False


def test_print(token):
    print("token:", token)
    print(b64encode(f"id:{token}".encode()).decode(), token.encode().hex(), file=sys.stderr)
    assert False


@pytest.mark.parametrize("client", [requests, httpx], ids=["requests", "httpx"])
def test_url(token, client):
    client.get(f"http://127.0.0.1:1/callback?code={token}&access_token={token}#{token}", timeout=5)


def test_exceptions(token):
    try:
        raise KeyError(token)
    except KeyError as error:
        raise RuntimeError(f"Bearer {token}") from error


def test_schema(spotify_session):
    body = spotify_session.get("/me").json()
    Path("person.txt").write_text(json.dumps(body))
    jsonschema.validate(body, {"required": ["what-is-not-there"]})


def test_property(token, record_property):
    record_property("token", token)
    record_property("tokens", {"nested": [token]})
    assert False


def test_http_debug(token, monkeypatch):
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    requests.get("http://127.0.0.1:1/", headers={"Authorization": f"Bearer {token}"}, timeout=5)


def test_vcr_log(token, caplog, spotify_target):
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, "vcr")
    fields = {"Authorization": f"Bearer {token}"}
    answer = requests.get(f"{spotify_target.api_url}/me", headers=fields, timeout=5)
    warnings.warn(f"{answer.request.headers}", stacklevel=1)
    assert answer.status_code == 0


def test_sign_in_by_a_client(monkeypatch, spotify_credentials, spotify_target):
    form = {"grant_type": "refresh_token", "refresh_token": spotify_credentials.refresh_token.reveal()}
    pair = (spotify_credentials.client_id, spotify_credentials.client_secret.reveal())
    answer = requests.post(f"{spotify_target.accounts_url}/api/token", data=form, auth=pair, timeout=5)
    with open("seeds.txt", "a") as file:
        file.write(answer.json()["access_token"] + "\\n")
    print(answer.request.headers, answer.request.body)
    assert answer.text == "none"


def test_skipped(token):
    pytest.skip(f"because of {token}")


@pytest.mark.xfail(strict=True)
def test_expected_to_fail(token):
    pytest.xfail(token)


@pytest.fixture
def broken(token):
    yield token
    raise OSError(token)


def test_set_up_and_tear_down(broken):
    warnings.warn(broken, stacklevel=1)
"""

IDS = """
import os

import pytest

@pytest.mark.spotify
@pytest.mark.parametrize("value", ["a", os.environ["SPOTIFY_CLIENT_SECRET"][4:20]])
def test_parametrized(value):
    assert False
"""

OPTIONS = [
    [],
    ["-vv", "--tb=long", "-rA"],
    ["--showlocals", "--tb=short", "-v"],
    ["--tb=native", "-ra", "--capture=sys"],
    ["--tb=line", "--log-level=DEBUG", "--showlocals", "-vvv", "--color=yes"],
    ["-n2", "-l", "-rA", "-vv"],
]
# Each takes seconds: all of them run with `tox -e long`.
SOME = [
    pytest.param(each, marks=[pytest.mark.slow] if n != 1 else [], id=" ".join(each))
    for n, each in enumerate(OPTIONS)
]


HAS_HTML = find_spec("pytest_html") is not None
# Everything is shown or kept that can be.
ALL = [
    *("-o", "log_cli=true", "--log-cli-level=DEBUG", "--log-file=log.txt", "--log-file-level=DEBUG"),
    *("--junitxml=junit.xml", "-o", "junit_logging=all", "-W", "default"),
    *(
        ["-p", "metadata", "-p", "pytest_html.plugin", "--html=report.html", "--self-contained-html"]
        if HAS_HTML
        else ()
    ),
]


def seeds(project: Project, sandbox: Sandbox) -> set[str]:
    """Return every secret that the run came by."""
    found = {sandbox.client_secret, sandbox.refresh_token}
    found.add(base64.b64encode(f"{sandbox.client_id}:{sandbox.client_secret}".encode()).decode())
    kept = project.path / "seeds.txt"
    return found | set(kept.read_text().split() if kept.exists() else ())


def pieces(secrets: set[str]) -> set[str]:
    forms = secrets | {secret.encode().hex() for secret in secrets}
    forms |= {base64.b64encode(f"id:{secret}".encode()).decode()[6:-4] for secret in secrets}
    return {form[at : at + PIECE] for form in forms for at in range(len(form) - PIECE + 1)}


def hits(text: str, secrets: set[str]) -> list[str]:
    """Return the lines that hold a piece of a secret."""
    sought = pieces(secrets)
    return [
        line
        for line in text.splitlines()
        if any(line[at : at + PIECE] in sought for at in range(len(line) - PIECE + 1))
    ]


def shown(project: Project, result: pytest.RunResult) -> str:
    files = [project.path / name for name in ("junit.xml", "log.txt", "report.html")]
    text = "\n".join(
        [result.stdout.str(), result.stderr.str(), *(path.read_text() for path in files if path.exists())]
    )
    # pytest-html writes its data as JSON with HTML escapes, in an attribute.
    return text + html.unescape(html.unescape(text))


@pytest.mark.parametrize("options", SOME)
def test_nothing_that_is_shown_holds_a_secret(
    project: Project, sandbox: Sandbox, live: list[str], options: list[str]
):
    """Terminal, junit, logs and pytest-html's page of every kind of failure hold no piece of any secret."""
    project.file("test_it.py", FAILING)
    result = project.run(*live, *ALL, *options)
    outcomes = result.parseoutcomes()
    assert all(outcomes[name] for name in ("failed", "skipped", "xfailed"))
    assert outcomes["passed"] == outcomes["errors"] == FAILING.count("(broken)")  # fails when it is torn down
    secrets = seeds(project, sandbox)
    assert len(secrets) >= 4
    text = shown(project, result)
    assert all(name in text for name in re.findall(r"^def (test_\w+)", FAILING, re.MULTILINE))
    assert "***" in text
    assert hits(text, secrets) == []
    assert "@example.com" not in text


@pytest.mark.parametrize("options", SOME)
def test_an_id_that_holds_a_secret_is_refused(
    project: Project, sandbox: Sandbox, live: list[str], options: list[str]
):
    """Before anything has run, with the way to mend it; neither shown nor kept in a cache."""
    project.file("test_it.py", IDS)
    result = project.pytester.runpytest_inprocess(*PLUGINS, *live, *ALL, *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    no_traceback(result)
    result.stderr.fnmatch_lines(["*test_it.py::test_parametrized: one of its ids holds a secret*"])
    kept = [path for path in Path(project.path).rglob("*") if path.is_file() and path.suffix != ".pyc"]
    text = "\n".join(path.read_text() for path in kept if path.name != "test_it.py")
    assert hits(shown(project, result) + text, seeds(project, sandbox)) == []
