"""Sign-in from the command line without a browser of ours: pasted addresses, profiles, variables, log-out."""

from __future__ import annotations

import json
import re
import shlex
import socket
import stat
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from pytest_spotify.auth.expiry import last_day, today
from pytest_spotify.auth.stored import StoredToken
from pytest_spotify.sandbox import Sandbox
from tests.support.loopback_server import LoopbackServer, Reply
from tests.support.sandbox_client import Browser
from tests.support.sign_in import ANY_PORT, ROOT, Home, Login


def answer_of(login: Login, *, name: str = "Ada Lovelace", answer: str = "agree") -> str:
    """Walk through the pages, and return the address that the browser is sent to at last."""
    with Browser(login.home.sandbox) as browser:
        response = browser.authorize(name=name, answer=answer, **login.asked)
    return response.headers["location"]


def open_answer(login: Login, **how: str) -> requests.Response:
    """Walk through the pages and follow the redirect to the listener."""
    return requests.get(answer_of(login, **how), timeout=30)


def signed_in(home: Home, *options: str, name: str = "Ada Lovelace") -> Login:
    with Login(home, *options) as login:
        assert "You are signed in" in open_answer(login, name=name).text
        assert login.end() == 0, login.said
    return login


def token_calls(sandbox: Sandbox) -> list[int]:
    return [each.status for each in sandbox.exchanges if each.path.endswith("/api/token")]


def held(home: Home, profile: str = "default") -> StoredToken:
    stored = home.store(profile).get("user")
    assert stored is not None
    return stored


def test_it_explains_itself_before_anybody_is_asked(home: Home) -> None:
    """Redirect URI to the letter, where to enter it, each scope and what for, how long, where kept."""
    with Login(home, "--timeout=1") as login:
        login.end()

    assert f"  redirect URI  {ANY_PORT}\n" in login.said
    assert "https://developer.spotify.com/dashboard > your app > Settings" in login.said
    assert "Without a port there, any port will do." in login.said
    assert "localhost" in login.said
    for scope in login.asked["scope"].split():
        assert re.search(rf"^ +{scope} +[a-z-]+( and \d+ more)?$", login.said, re.MULTILINE), scope
    assert f"until {last_day(today())}" in login.said
    assert str(home.store().path.parent) in login.said


def test_the_request_is_tied_to_this_sign_in(home: Home) -> None:
    """State, S256 beside the secret, a free port, and the question asked in any case."""
    with Login(home, "--timeout=1") as one, Login(home, "--timeout=1") as other:
        assert one.asked["state"] != other.asked["state"]
        assert one.asked["code_challenge"] != other.asked["code_challenge"]
        assert one.asked["code_challenge_method"] == "S256"
        assert one.asked["show_dialog"] == "true"
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/callback", one.asked["redirect_uri"])


def test_the_scopes_are_those_that_contracts_use_and_no_more(home: Home, monkeypatch, tmp_path: Path) -> None:
    """The default asks for nothing that no contract uses; --scope asks for that alone."""
    with Login(home, "--timeout=1") as login:
        asked = set(login.asked["scope"].split())
    assert {"user-read-private", "playlist-modify-private", "ugc-image-upload"} <= asked
    assert not {"streaming", "app-remote-control"} & asked
    with Login(home, "--timeout=1", "--scope=user-top-read", "--scope", "user-read-email,streaming") as login:
        assert login.asked["scope"].split() == ["streaming", "user-read-email", "user-top-read"]
        login.end()
    assert re.search(r"^ +streaming +no contract uses it$", login.said, re.MULTILINE)


def test_the_browser_is_opened_at_the_address(home: Home, tmp_path: Path) -> None:
    """Whatever BROWSER names is given the address that is printed."""
    opened = tmp_path / "opened"
    script = tmp_path / "browser"
    script.write_text(f"#!{sys.executable}\nimport sys\nopen({str(opened)!r}, 'w').write(sys.argv[1])\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    home.variables["BROWSER"] = str(script)

    login = signed_in(home)

    assert opened.read_text() == login.url


def test_a_pasted_address_serves_where_nothing_can_listen(home: Home) -> None:
    """Https and schemes of an app's own: whatever is not the answer is told so and waited out."""
    home.variables["SPOTIFY_REDIRECT_URI"] = home.sandbox.redirect_uri
    with Login(home, "--no-browser") as login:
        good = answer_of(login)
        wrong = good.replace(login.asked["state"], "another")
        assert (
            login.end(f"\nnonsense\n{wrong}\nhttps://evil.example/?{good.partition('?')[2]}\n'{good}'\n") == 0
        )

    assert login.said.count("That is not it") == 3
    assert "Signed in as Ada Lovelace" in login.said
    assert token_calls(home.sandbox) == [200]


@pytest.mark.parametrize("uri", ["https://me.example/cb", "my-app://callback"])
def test_a_redirect_uri_elsewhere_is_pasted_without_being_asked_for(home: Home, uri: str) -> None:
    """There is nothing to listen on; the end of the input is an end, and nothing was exchanged."""
    home.variables["SPOTIFY_REDIRECT_URI"] = uri
    with Login(home) as login:
        assert login.asked["redirect_uri"] == uri
        assert login.end(f"{uri}?error=access_denied&state={login.asked['state']}\n") == 1
    assert "You chose Cancel" in login.said
    with Login(home) as login:
        assert login.end("") == 1
    assert "No address was pasted, so nothing was stored." in login.said
    assert token_calls(home.sandbox) == []


def test_no_terminal_is_needed(home: Home) -> None:
    """With a closed input and pipes for output the listener works all the same."""
    login = signed_in(home)

    assert "\x1b" not in login.said
    assert "Signed in as Ada Lovelace (ada-lovelace)." in login.said


def test_secrets_are_printed_when_asked_for_and_only_then(home: Home) -> None:
    """They are all of the standard output then, as lines that a shell, CI and an env file take."""
    plain = signed_in(home)
    for secret in (held(home).access_token, held(home).refresh_token):
        assert secret is not None
        assert secret.reveal() not in plain.said
    assert home.sandbox.client_secret not in plain.said

    asked = signed_in(home, "--print-env")

    refresh_token = held(home).refresh_token
    assert refresh_token is not None
    words = [shlex.split(line) for line in asked.out.splitlines()]
    assert all(word[0] == "export" for word in words)
    assert dict(word[1].split("=", 1) for word in words) == {
        "SPOTIFY_CLIENT_ID": home.sandbox.client_id,
        "SPOTIFY_CLIENT_SECRET": home.sandbox.client_secret,
        "SPOTIFY_REFRESH_TOKEN": refresh_token.reveal(),
        "SPOTIFY_REFRESH_TOKEN_DATE": today().isoformat(),
    }
    env_file = home.folder / "ci.env"
    env_file.write_text(asked.out)
    bare = Home(
        home.folder / "ci", home.sandbox, dict.fromkeys(("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"), "")
    )
    assert bare.command("doctor", f"--env-file={env_file}").status == 0
    bare.variables["SPOTIFY_ENV_FILE"] = str(env_file)
    assert bare.command("doctor").status == 0


def test_a_failed_exchange_shows_status_and_body_without_secrets(home: Home) -> None:
    """Page and terminal say that nothing was stored; the code is in neither."""
    with Login(home) as login:
        address = answer_of(login)
        home.sandbox.fail_next(
            400, body={"error": "invalid_client", "error_description": f"no {home.sandbox.client_secret}"}
        )
        page = requests.get(address, timeout=30)
        assert login.end() == 1

    assert "The sign-in could not be completed." in page.text
    assert "answered 400 invalid_client (no ***)" in login.said
    code = callback_code(address)
    assert code not in login.said + page.text
    assert home.store().get("user") is None


def callback_code(address: str) -> str:
    return address.partition("code=")[2].partition("&")[0]


def test_an_outage_at_the_exchange_is_told_as_one(home: Home) -> None:
    """A 503 is no verdict on the sign-in, and leaves the old one where it is."""
    signed_in(home)
    before = held(home)
    with Login(home) as login:
        address = answer_of(login, name="Grace Hopper")
        home.sandbox.fail_next(503, body="<html>")
        requests.get(address, timeout=30)
        assert login.end() == 1

    assert "answered 503" in login.said
    assert held(home) == before


def test_who_signed_in_is_not_known_where_the_web_api_refuses(home: Home) -> None:
    """The tokens are stored; a user who is not on the allow list is told what to do."""
    refusal = Reply(403, {"Content-Type": "text/plain"}, b"User not registered in the Developer Dashboard")
    with LoopbackServer(lambda _: refusal) as api, Login(home, f"--api-url={api.url}/v1") as login:
        open_answer(login)
        assert login.end() == 0

    assert "GET /me answered 403" in login.said
    assert "allow list" in login.said
    assert held(home).refresh_token is not None


def test_the_port_of_the_redirect_uri_may_be_taken(home: Home) -> None:
    """The variable and the way out are named."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        home.variables["SPOTIFY_REDIRECT_URI"] = f"http://127.0.0.1:{port}/callback"
        ran = home.command("login", "--timeout=1")

    assert ran.status == 2
    assert f"SPOTIFY_REDIRECT_URI: cannot listen on 127.0.0.1, port {port}" in ran.err
    assert "Traceback" not in ran.err


def test_profiles_are_kept_apart(home: Home) -> None:
    """Each profile has its own sign-in, and logging one out leaves the other."""
    signed_in(home)
    signed_in(home, "--profile=friend", name="Grace Hopper")
    assert held(home).refresh_token != held(home, "friend").refresh_token

    ran = home.command("logout", "--profile=friend")

    assert ran.status == 0
    assert "The stored tokens are removed." in ran.out
    assert home.store("friend").get("user") is None
    assert held(home)
    assert "No tokens were stored." in home.command("logout", "--profile=friend").out


@pytest.mark.parametrize("name", ["Friend", "my friend", "date", "up-date", "../x", "", "a--b", "1st"])
def test_a_profiles_name_can_be_a_variables(home: Home, name: str) -> None:
    """Any other is refused before anything else is looked at."""
    for command in ("login", "logout", "doctor"):
        ran = home.command(command, f"--profile={name}")
        assert ran.status == 2
        assert "--profile: expected lower-case letters" in ran.err


def test_logging_out_needs_no_readable_store(home: Home) -> None:
    """A file that others could read, or that is damaged, is removed as any other."""
    signed_in(home)
    home.store().path.write_text("{")
    home.store().path.chmod(0o644)

    assert "The stored tokens are removed." in home.command("logout").out
    assert not home.store().path.exists()


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "1e9", "soon"])
def test_a_time_that_cannot_be_waited_for_is_usage(home: Home, seconds: str) -> None:
    """It is refused before anybody is asked, without a traceback."""
    ran = home.command("login", f"--timeout={seconds}")

    assert (ran.status, ran.out) == (2, "")
    assert "--timeout" in ran.err


@pytest.mark.parametrize("fault", ["mode", "damage", "no home"])
def test_nobody_is_asked_where_the_answer_could_not_be_kept(home: Home, fault: str) -> None:
    """A store that cannot be used is told before the address is: with the file, and as a matter of usage."""
    signed_in(home)
    if fault == "mode":
        home.store().path.parent.chmod(0o755)
    elif fault == "damage":
        home.store().path.write_text("{")
    else:
        home.variables.update(HOME="/dev/null", XDG_CONFIG_HOME="/dev/null/config")

    ran = home.command("login", "--timeout=1")

    assert (ran.status, ran.out) == (2, "")
    assert ("/dev/null" if fault == "no home" else str(home.store().path.parent)) in ran.err
    assert len(ran.err.splitlines()) == 1


def test_the_environments_refresh_token_is_said_to_beat_the_sign_in(home: Home) -> None:
    """Whoever signs in again with an old variable set is told why nothing changes."""
    home.variables["SPOTIFY_REFRESH_TOKEN"] = home.sandbox.refresh_token

    assert "SPOTIFY_REFRESH_TOKEN is set and beats what was stored now" in signed_in(home).said
    assert "SPOTIFY_REFRESH_TOKEN is still set: unset it, too." in home.command("logout").out


def test_three_variables_run_the_suite_without_a_store(home: Home) -> None:
    """As in CI, where nobody has signed in and there may be no folder to write to."""
    home.variables["SPOTIFY_REFRESH_TOKEN"] = home.sandbox.refresh_token
    for folder, workers in ((str(home.folder), "-n0"), ("/dev/null", "-n0"), ("/dev/null", "-n2")):
        home.variables.update(HOME=folder, XDG_CONFIG_HOME=f"{folder}/config")
        ran = home.pytest("contracts/users", workers)
        assert ran.status == 0, ran.out + ran.err
        assert "set SPOTIFY_REFRESH_TOKEN_DATE to that day" in ran.out


def test_id_and_secret_alone_need_no_folder(home: Home) -> None:
    """What an app may ask for itself is asked for without a home, too; nobody has signed in there."""
    home.variables.update(HOME="/dev/null", XDG_CONFIG_HOME="/dev/null/config")
    ran = home.pytest("contracts/search", "contracts/player/get-recently-played.contract.json", "-rs")
    assert ran.status == 0, ran.out + ran.err
    assert "1 operation answered with success and checked" in ran.out
    assert "pytest-spotify login" in ran.out


def test_a_live_run_warns_of_the_end_and_fails_after_it(home: Home) -> None:
    """From day 150 with the last day; after it every user's case says so, and nothing is sent."""
    home.variables["SPOTIFY_REFRESH_TOKEN"] = home.sandbox.refresh_token
    day = today() - timedelta(days=160)
    home.variables["SPOTIFY_REFRESH_TOKEN_DATE"] = day.isoformat()
    ran = home.pytest("contracts/users/get-current-users-profile.contract.json")
    assert ran.status == 0, ran.out
    assert f"The sign-in of {day} ends on {last_day(day)}." in ran.out

    day = today() - timedelta(days=200)
    home.variables["SPOTIFY_REFRESH_TOKEN_DATE"] = day.isoformat()
    before = len(token_calls(home.sandbox))
    ran = home.pytest("contracts/users/get-current-users-profile.contract.json", "-k", "not token")
    assert ran.status == 1
    assert f"The sign-in of {day} ended on {last_day(day)}." in ran.out
    assert "failed by the credentials" in ran.out
    assert len(token_calls(home.sandbox)) == before


FRIENDS = """
def test_friends(spotify_session, spotify_session_as):
    mine = spotify_session.get("/me").json()["id"]
    theirs = spotify_session_as("friend").get("/me").json()["id"]
    assert mine != theirs
    assert spotify_session.get("/me").json()["id"] == mine
"""


def test_a_run_has_several_identities(home: Home, tmp_path: Path) -> None:
    """A second profile beside the first: from its store, its variable, in the sandbox, and replayed."""
    (tmp_path / "test_friends.py").write_text(FRIENDS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    test = [f"--rootdir={tmp_path}", "-c", str(tmp_path / "pytest.ini"), str(tmp_path / "test_friends.py")]
    signed_in(home)

    ran = home.pytest(*test)
    assert "1 skipped" in ran.out
    assert "`pytest-spotify login --profile friend` gets one" in ran.out

    signed_in(home, "--profile=friend", name="Grace Hopper")
    ran = home.pytest(*test, "--record-mode=rewrite")
    assert "1 passed" in ran.out, ran.out
    replayed = home.replay(*test)
    assert "1 passed" in replayed.out, replayed.out
    text = next(tmp_path.rglob("*.spotify.yaml")).read_text()
    assert "hopper" not in text
    assert "lovelace" not in text

    token = held(home, "friend").refresh_token
    assert token is not None
    home.command("logout", "--profile=friend")
    home.variables["SPOTIFY_REFRESH_TOKEN_FRIEND"] = token.reveal()
    assert "1 passed" in home.pytest(*test).out
    assert "1 passed" in home.replay(*test, "--spotify-sandbox").out


def test_run_time_tokens_are_masked_before_anything_else_is_said_of_them(home: Home) -> None:
    """In GitHub Actions alone; with pytest's capture, with xdist, and on the command line."""
    home.variables["SPOTIFY_REFRESH_TOKEN"] = home.sandbox.refresh_token
    case = "contracts/users/get-current-users-profile.contract.json"
    ran = home.pytest(case)
    assert "::add-mask::" not in ran.out + ran.err
    home.variables["GITHUB_ACTIONS"] = "true"

    for workers in ("-n0", "-n2"):
        home.sandbox.expire_tokens()
        home.store().delete()
        ran = home.pytest(case, workers)

        assert ran.status == 0
        entry = home.store().get("environment")
        assert entry is not None
        token = entry.access_token.reveal()
        said = (ran.out if workers == "-n0" else ran.err).splitlines()
        assert f"::add-mask::{token}" in said
        assert f"::add-mask::{home.sandbox.client_secret}" in said
        first = next(number for number, line in enumerate(said) if token in line)
        assert said[first] == f"::add-mask::{token}"
    doctor = home.command_apart("doctor", "--json")
    assert json.loads(doctor.stdout)["checks"]
    assert b"::add-mask::" in doctor.stderr


def test_a_public_client_signs_in_without_a_secret(home: Home) -> None:
    """PKCE alone proves it (RFC 7636); its token is refreshed without a secret, too."""
    home.variables["SPOTIFY_CLIENT_SECRET"] = ""
    signed_in(home)

    checks = {each["name"]: each for each in json.loads(home.command("doctor", "--json").out)["checks"]}

    assert checks["user token"]["status"] == "green"
    assert checks["app token"]["status"] == "amber"


@pytest.mark.parametrize("page", ["sign-in.md", "run-in-ci.md"])
def test_the_documentation_names_what_there_is(home: Home, page: str) -> None:
    """Each command and option of these pages is one that the command has."""
    text = (ROOT / "docs" / "how-to" / page).read_text(encoding="utf-8")
    commands = re.findall(r"pytest-spotify (login|logout|doctor)((?: --[a-z-]+(?: [a-z]+)?)*)", text)
    assert commands
    for command, options in commands:
        known = home.command(command, "--help").out
        assert all(option in known for option in re.findall(r"--[a-z-]+", options)), (command, options)
