"""The sandbox as a thing to start, stop, arrange and break; and the command that serves it."""

from __future__ import annotations

import html
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from pytest_spotify.auth.token import today
from pytest_spotify.errors import ServiceError
from pytest_spotify.sandbox import Sandbox
from tests.support.command import run
from tests.support.sandbox_client import Api, token_call

ROOT = Path(__file__).parents[2]


def test_it_leaves_nothing() -> None:
    """Once it is stopped no thread is left, and the port is free again."""
    threads = set(threading.enumerate())
    sandbox = Sandbox()

    sandbox.start()
    with Api(sandbox) as api:
        api.get("/me")
        port = int(sandbox.api_url.rpartition(":")[2].partition("/")[0])
        sandbox.stop()

    assert set(threading.enumerate()) == threads
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


def test_starting_and_stopping_twice_is_harmless() -> None:
    """Both are idempotent, and a stopped sandbox can be started again."""
    sandbox = Sandbox()
    assert sandbox.start() is sandbox.start()
    sandbox.stop()
    sandbox.stop()
    with sandbox, Api(sandbox) as api:
        assert api.get("/me")["id"] == "sandbox-listener"


def test_two_sandboxes_share_nothing_but_tokens() -> None:
    """A token of one is good at the other, and neither sees what the other's account saves."""
    with Sandbox("extended") as one, Sandbox("extended") as other, Api(one) as api, Api(other) as elsewhere:
        saved = api.get("/me/tracks")["items"][0]["track"]["id"]
        api.call("DELETE", "/me/tracks", ids=saved)

        assert one.api_url != other.api_url
        assert elsewhere.call("GET", "/me").status_code == 200
        assert elsewhere.session.get(one.api_url + "/me", timeout=10).status_code == 200
        assert not api.get("/me/tracks/contains", ids=saved)[0]
        assert elsewhere.get("/me/tracks/contains", ids=saved)[0]


def test_a_busy_port_is_told(sandbox: Sandbox) -> None:
    """The error names the port and the way out."""
    port = int(sandbox.api_url.rpartition(":")[2].partition("/")[0])

    with pytest.raises(ServiceError, match=rf"port {port}: .*port 0"):
        Sandbox(port=port).start()


def test_an_unknown_access_is_refused() -> None:
    """The error lists the accesses."""
    with pytest.raises(ValueError, match="development, development-older, extended"):
        Sandbox("everything")  # type: ignore[arg-type]


def test_exchanges_are_logged(sandbox: Sandbox) -> None:
    """Tests can count requests, and see which carried a valid token."""
    with Api(sandbox) as api:
        api.call("GET", "/me", market="US")
        requests.get(sandbox.api_url + "/me", timeout=10)
        api.call("PUT", "/me/player/next")

    assert [(each.method, each.path, each.status, each.authorized) for each in sandbox.exchanges] == [
        ("POST", "/accounts/api/token", 200, False),
        ("GET", "/v1/me", 200, True),
        ("GET", "/v1/me", 401, False),
        ("PUT", "/v1/me/player/next", 405, True),
    ]
    assert sandbox.exchanges[1].query == "market=US"
    sandbox.reset()
    assert sandbox.exchanges == []


def test_failures_can_be_ordered(sandbox: Sandbox) -> None:
    """The next answers fail as told, so many times, and then all is well again."""
    with Api(sandbox) as api:
        sandbox.fail_next(
            429, {"Retry-After": "3"}, {"error": {"status": 429, "message": "Too many requests"}}, 2
        )
        sandbox.fail_next(503, body="upstream sulks")
        answers = [api.call("GET", "/me") for _ in range(4)]

    assert [each.status_code for each in answers] == [429, 429, 503, 200]
    assert answers[0].headers["retry-after"] == "3"
    assert answers[0].json()["error"]["status"] == 429
    assert answers[2].text == "upstream sulks"


def test_failures_reach_the_accounts_service(sandbox: Sandbox) -> None:
    """An outage can hit the token endpoint as well; a reset calls it off."""
    sandbox.fail_next(500, times=2)
    first = token_call(sandbox, grant_type="client_credentials").status_code
    sandbox.reset()

    assert (first, token_call(sandbox, grant_type="client_credentials").status_code) == (500, 200)


def test_reset_brings_the_account_back_and_keeps_tokens(sandbox: Sandbox) -> None:
    """After a reset everything is as at the start, and who had a token goes on with it."""
    with Api.user(sandbox, "Ada", "user-library-modify user-library-read") as ada:
        before = ada.get("/me/tracks")
        ada.call("DELETE", "/me/library", uris=f"spotify:track:{before['items'][0]['track']['id']}")
        changed = ada.get("/me/tracks")
        sandbox.reset()

        assert changed != before
        assert ada.get("/me/tracks") == before


def test_arrange_puts_things_right(sandbox: Sandbox) -> None:
    """What a case needs is there afterwards, whatever happened before; a misspelt need is told."""
    with Api(sandbox) as api:
        ids = [each["track"]["id"] for each in api.get("/me/tracks", limit=50)["items"]]
        api.call("DELETE", "/me/library", uris=",".join(f"spotify:track:{id_}" for id_ in ids[:40]))
        emptied = api.get("/me/tracks")["total"]
        sandbox.arrange(["saved-tracks", "idle-player"])

        assert (emptied, api.get("/me/tracks")["total"]) == (5, 45)
        assert api.call("GET", "/me/player").status_code == 204
    with pytest.raises(ValueError, match="playing-track"):
        sandbox.arrange(["palying-track"])


def test_many_threads_are_served(sandbox: Sandbox) -> None:
    """Requests from many threads, and states arranged meanwhile, never meet half-done work."""
    with Api(sandbox) as api, ThreadPoolExecutor(8) as pool:
        token = api.session.headers["Authorization"]

        def ask(number: int) -> int:
            if number % 5 == 0:
                sandbox.arrange(["own-playlist", "saved-tracks"])
            path = "/me/playlists?limit=50" if number % 2 else "/me/tracks"
            return requests.get(
                sandbox.api_url + path, headers={"Authorization": token}, timeout=10
            ).status_code

        assert set(pool.map(ask, range(60))) == {200}


_COMMAND = [sys.executable, "-c", "from pytest_spotify.cli import main; main()", "sandbox"]
_ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("SPOTIFY_")}
_ENVIRONMENT["COLUMNS"] = "1000"


@contextmanager
def _serve(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Serve until the test ends, also where it fails."""
    with subprocess.Popen(
        [*_COMMAND, *arguments],
        env=_ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("ending", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_the_command_serves_until_it_is_stopped(ending: signal.Signals) -> None:
    """With --json the first line has all that a client needs; a signal ends it cleanly."""
    with _serve("--json", "--access", "extended") as process:
        assert process.stdout is not None
        facts: dict[str, Any] = json.loads(process.stdout.readline())
        answer = requests.post(
            facts["accounts_url"] + "/api/token",
            data={"grant_type": "refresh_token", "refresh_token": facts["refresh_token"]},
            auth=(facts["client_id"], facts["client_secret"]),
            timeout=10,
        )
        profile = requests.get(
            facts["api_url"] + "/users/smedjan",
            headers={"Authorization": f"Bearer {answer.json()['access_token']}"},
            timeout=10,
        )
        process.send_signal(ending)
        rest, errors = process.communicate(timeout=10)

    assert set(facts) == {
        "api_url",
        "accounts_url",
        "client_id",
        "client_secret",
        "refresh_token",
        "redirect_uri",
    }
    assert profile.status_code == 200
    assert (process.returncode, rest, errors) == (0, "", "")


def test_the_command_says_how_to_use_it() -> None:
    """Without --json it prints the variables to set and the commands to type, and no more until it ends."""
    with _serve() as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(23)]
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=10)
    text = "".join(lines)

    for line in (
        f"  export SPOTIFY_CLIENT_ID={Sandbox.client_id}",
        f"  export SPOTIFY_REFRESH_TOKEN={Sandbox.refresh_token}",
        "  export SPOTIFY_ACCESS=development",
        "  pytest --spotify-live",
        "  pytest-spotify login",
    ):
        assert f"{line}\n" in text
    assert "  export SPOTIFY_API_URL=http://127.0.0.1:" in text
    assert (process.returncode, rest, errors) == (0, "", "")


def test_the_printed_variables_are_all_that_other_commands_need(sandbox: Sandbox, tmp_path: Path) -> None:
    """With them set, `doctor` and `token` reach the sandbox without an option, and need nothing else."""
    environ = {
        **_ENVIRONMENT,
        **sandbox.variables,
        "SPOTIFY_REFRESH_TOKEN_DATE": today().isoformat(),
        "XDG_CONFIG_HOME": str(tmp_path),
    }

    assert run("token", environ=environ).status == 0
    ran = run("doctor", environ=environ)
    assert ran.out.splitlines()[0] == "Ready for a live run: `pytest --spotify-live`."


def test_the_landing_page_has_the_variables_to_copy(sandbox: Sandbox) -> None:
    """A browser at `/` is shown the variables, under the address it used; other clients get 404."""
    origin = sandbox.api_url.removesuffix("/v1")

    page = requests.get(origin, headers={"Accept": "text/html,*/*"}, timeout=30)

    assert page.status_code == 200
    for name, value in sandbox.variables.items():
        assert f"export {name}={value}\n" in f"{html.unescape(page.text)}\n".replace("</pre>", "\n")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert requests.get(origin, timeout=30).status_code == 404
    assert requests.post(origin, headers={"Accept": "text/html"}, timeout=30).status_code == 404
    assert requests.get(f"{origin}/other", headers={"Accept": "text/html"}, timeout=30).status_code == 404


def test_the_command_warns_where_others_can_reach_it() -> None:
    """Beyond loopback it says what everybody may do then, on standard error; its addresses are good here."""
    with _serve("--json", "--host", "0.0.0.0", "--control") as process:
        assert process.stdout is not None
        facts: dict[str, Any] = json.loads(process.stdout.readline())
        answer = requests.post(facts["control_url"] + "/reset", json={}, timeout=10)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)

    assert facts["api_url"].startswith("http://127.0.0.1:")
    assert answer.status_code == 204
    assert errors.startswith("Warning: the sandbox listens on 0.0.0.0")
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("sandbox:8080", "http://sandbox:8080/v1"),
        ("[::1]:8080", "http://[::1]:8080/v1"),
        ("localhost", "http://localhost/v1"),
        ('a"b', None),
        ("", None),
    ],
)
def test_links_lead_where_the_client_came_from(sandbox: Sandbox, host: str, address: str | None) -> None:
    """Addresses in answers are those that the client used, or the sandbox's own for a host that is none."""
    with Api(sandbox) as api:
        body = api.session.get(sandbox.api_url + "/me", headers={"Host": host}, timeout=10).json()

    assert body["href"].startswith((address or sandbox.api_url) + "/users/")


def test_the_command_tells_of_a_busy_port(sandbox: Sandbox) -> None:
    """One line, exit 2, no traceback."""
    port = sandbox.api_url.rpartition(":")[2].partition("/")[0]
    done = subprocess.run(
        [*_COMMAND, "--port", port], env=_ENVIRONMENT, capture_output=True, text=True, timeout=30, check=False
    )

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"port {port}" in done.stderr


def test_the_command_tells_of_the_missing_extra() -> None:
    """Without starlette it names the extra to install, in one line, exit 2."""
    hidden = "import sys; sys.modules['starlette'] = None; " + _COMMAND[2]
    done = subprocess.run(
        [sys.executable, "-c", hidden, "sandbox"],
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr == "Error: The sandbox needs starlette: pip install starlette uvicorn\n"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = project["optional-dependencies"]["sandbox"]
    assert [each.partition(">")[0] for each in extra] == ["starlette", "uvicorn"]


def test_the_command_is_light_until_it_runs() -> None:
    """Help needs no web framework."""
    check = (
        "import sys, pytest_spotify.cli.sandbox;"
        "print({'starlette', 'uvicorn', 'requests'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, timeout=30, check=True
    )

    assert done.stdout == "set()\n"
