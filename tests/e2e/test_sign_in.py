"""Sign-in from the command line without a browser of ours: pasted addresses, profiles, variables, log-out."""

from __future__ import annotations

import json
import re
import shlex
import signal
import socket
import stat
import threading
import webbrowser
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from pytest_spotify.auth.token import StoredToken, last_day, today
from pytest_spotify.sandbox import Sandbox
from tests.support.command import run
from tests.support.loopback_server import LoopbackServer, Reply
from tests.support.project import Project
from tests.support.sandbox_client import Browser
from tests.support.sign_in import ANY_PORT, ROOT, Home, Login, LoginHere

PROFILE = "contracts/users/get-current-users-profile.contract.json"


def answer_of(login: Login | LoginHere, *, name: str = "Ada Lovelace", answer: str = "agree") -> str:
    """Walk through the pages, and return the address that the browser is sent to at last."""
    with Browser(login.home.sandbox) as browser:
        response = browser.authorize(name=name, answer=answer, **login.asked)
    return response.headers["location"]


def open_answer(login: Login | LoginHere, **how: str) -> str:
    """Walk through the pages, follow the redirect to the listener, and return the page that it shows."""
    return requests.get(answer_of(login, **how), timeout=30).text


def cancel(login: LoginHere) -> str:
    return open_answer(login, answer="cancel")


def signed_in(home: Home, *options: str, name: str = "Ada Lovelace") -> LoginHere:
    login = LoginHere(home, *options, browser=lambda login: open_answer(login, name=name))
    assert login.status == 0, login.said
    assert "You are signed in" in login.shown
    return login


def token_calls(sandbox: Sandbox) -> list[int]:
    return [each.status for each in sandbox.exchanges if each.path.endswith("/api/token")]


def held(home: Home, profile: str = "default") -> StoredToken:
    stored = home.store(profile).get("user")
    assert stored is not None
    return stored


def test_login_explains_itself(home: Home) -> None:
    """`login` says which redirect URI to enter where, what scopes are for, how long and where all is kept."""
    login = LoginHere(home, browser=cancel)

    assert f"  redirect URI  {ANY_PORT}\n" in login.said
    assert "https://developer.spotify.com/dashboard > your app > Settings" in login.said
    assert "Without a port there, any port will do." in login.said
    assert "localhost" in login.said
    for scope in login.asked["scope"].split():
        assert re.search(rf"^ +{scope} +[a-z-]+( and \d+ more)?$", login.said, re.MULTILINE), scope
    assert f"until {last_day(today())}" in login.said
    assert str(home.store().path.parent) in login.said


def test_authorize_request(home: Home) -> None:
    """Each `login` sends a state and S256 challenge of its own, a free port, and asks for consent again."""
    one, other = (LoginHere(home, browser=cancel) for _ in range(2))

    assert one.asked["state"] != other.asked["state"]
    assert one.asked["code_challenge"] != other.asked["code_challenge"]
    assert one.asked["code_challenge_method"] == "S256"
    assert one.asked["show_dialog"] == "true"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/callback", one.asked["redirect_uri"])


def test_requested_scopes(home: Home) -> None:
    """`login` requests the scopes that contracts use and no others; with --scope those alone."""
    asked = set(LoginHere(home, browser=cancel).asked["scope"].split())
    assert {"user-read-private", "playlist-modify-private", "ugc-image-upload"} <= asked
    assert not {"streaming", "app-remote-control"} & asked
    login = LoginHere(home, "--scope=user-top-read", "--scope", "user-read-email,streaming", browser=cancel)
    assert login.asked["scope"].split() == ["streaming", "user-read-email", "user-top-read"]
    assert re.search(r"^ +streaming +no contract uses it$", login.said, re.MULTILINE)


def test_browser_is_opened(home: Home, tmp_path: Path) -> None:
    """`login` opens the browser that BROWSER names at the address that it prints."""
    opened = tmp_path / "opened"
    script = tmp_path / "browser"
    script.write_text(f'#!/bin/sh\nprintf %s "$1" > {shlex.quote(str(opened))}\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    home.variables["BROWSER"] = str(script)

    with Login(home) as login:
        assert "You are signed in" in open_answer(login)
        assert login.end() == 0, login.said

    assert opened.read_text() == login.url


def test_pasted_address(home: Home) -> None:
    """`login --no-browser` takes a pasted address, and goes on waiting after a line that is another."""
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
def test_redirect_uri_on_another_host(home: Home, uri: str) -> None:
    """If the redirect URI is on another host, `login` waits for a pasted address, or ends with status 1."""
    home.variables["SPOTIFY_REDIRECT_URI"] = uri

    def paste(login: LoginHere) -> None:
        login.pasted = f"{uri}?error=access_denied&state={login.asked['state']}\n"

    login = LoginHere(home, browser=paste)
    assert login.asked["redirect_uri"] == uri
    assert login.status == 1
    assert "You chose Cancel" in login.said
    login = LoginHere(home, browser=lambda login: None)
    assert login.status == 1
    assert "No address was pasted, so nothing was stored." in login.said
    assert token_calls(home.sandbox) == []


def test_login_without_a_terminal(home: Home) -> None:
    """With pipes for input and output `login` listens as in a terminal, and prints no colour."""
    with Login(home) as login:
        assert "You are signed in" in open_answer(login)
        assert login.end() == 0, login.said

    assert "\x1b" not in login.said
    assert "Signed in as Ada Lovelace (ada-lovelace)." in login.said


def test_print_env(home: Home) -> None:
    """`login --print-env` prints variables for a shell, CI or env file; without it no secret is printed."""
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


def test_refused_code_exchange(home: Home) -> None:
    """A refused code exchange is shown with status and body, without a secret, and nothing is stored."""
    refusal = {"error": "invalid_client", "error_description": f"no {home.sandbox.client_secret}"}
    login = LoginHere(home, browser=lambda login: failed_exchange(login, 400, refusal))

    assert login.status == 1
    address, page = login.shown
    assert "The sign-in could not be completed." in page
    assert "responded with 400 invalid_client (no ***)" in login.said
    code = callback_code(address)
    assert code not in login.said + page
    assert home.store().get("user") is None


def test_cancel(home: Home) -> None:
    """Who cancels is told so by page and terminal; nothing is exchanged or stored, and the status is 1."""
    login = LoginHere(home, browser=cancel)

    assert login.status == 1
    assert "You chose Cancel" in login.shown
    assert "You chose Cancel, so nothing was allowed and nothing was stored." in login.said
    assert token_calls(home.sandbox) == []
    assert home.store().get("user") is None


def test_ctrl_c(home: Home) -> None:
    """Ctrl-C ends the wait with status 1, and nothing is stored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    waiting = threading.main_thread().ident
    assert waiting is not None
    try:
        login = LoginHere(home, browser=lambda _: signal.pthread_kill(waiting, signal.SIGINT))
    finally:
        signal.signal(signal.SIGINT, before)

    assert login.status == 1
    assert "Aborted!" in login.said
    assert home.store().get("user") is None


def test_a_code_serves_once(home: Home) -> None:
    """A code that was used is refused; the terminal shows status and body, and no code."""
    codes = []

    def sign_in(login: LoginHere) -> str:
        codes.append(callback_code(answer_of(login)))
        query = {"code": codes[0], "state": login.asked["state"]}
        return requests.get(login.asked["redirect_uri"], query, timeout=30).text

    assert LoginHere(home, browser=sign_in).status == 0
    login = LoginHere(home, browser=sign_in)

    assert login.status == 1
    assert "The sign-in could not be completed." in login.shown
    assert "responded with 400 invalid_grant (Invalid authorization code)" in login.said
    assert codes[0] not in login.said
    assert token_calls(home.sandbox) == [200, 400]


def failed_exchange(login: LoginHere, status: int, body: object, **how: str) -> tuple[str, str]:
    """Have the exchange of the code fail; return the address with the code, and the page for it."""
    address = answer_of(login, **how)
    login.home.sandbox.fail_next(status, body=body)
    return address, requests.get(address, timeout=30).text


def callback_code(address: str) -> str:
    return address.partition("code=")[2].partition("&")[0]


def test_outage_at_the_code_exchange(home: Home) -> None:
    """A 503 at the code exchange ends `login` with status 1 and leaves the stored sign-in as it was."""
    signed_in(home)
    before = held(home)
    login = LoginHere(home, browser=lambda login: failed_exchange(login, 503, "<html>", name="Grace Hopper"))

    assert login.status == 1
    assert "responded with 503" in login.said
    assert held(home) == before


def test_user_not_on_the_allow_list(home: Home) -> None:
    """If GET /me answers 403, the tokens are stored and `login` names the app's allow list."""
    refusal = Reply(403, {"Content-Type": "text/plain"}, b"User not registered in the Developer Dashboard")
    with LoopbackServer(lambda _: refusal) as api:
        login = signed_in(home, f"--api-url={api.url}/v1")

    assert "GET /me answered 403" in login.said
    assert "allow list" in login.said
    assert held(home).refresh_token is not None


def test_login_on_a_machine_without_a_browser(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it waits, `login` says that no browser can be opened here, and names --no-browser."""

    def no_browser() -> None:
        raise webbrowser.Error

    monkeypatch.setattr(webbrowser, "get", no_browser)
    ran = home.command("login", "--timeout=1")

    assert ran.status == 3
    assert "not completed within 1 s" in ran.err
    assert "No browser can be opened here." in ran.out
    assert "Waiting 1 s for the browser's response." in ran.out
    assert "`pytest-spotify login --no-browser`" in ran.out


def test_port_of_the_redirect_uri_is_taken(home: Home) -> None:
    """If the port of SPOTIFY_REDIRECT_URI is taken, `login` exits with 2 and names variable and port."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        home.variables["SPOTIFY_REDIRECT_URI"] = f"http://127.0.0.1:{port}/callback"
        ran = home.command("login", "--timeout=1")

    assert (ran.status, ran.out) == (2, "")
    assert f"SPOTIFY_REDIRECT_URI: cannot listen on 127.0.0.1, port {port}" in ran.err
    assert "Traceback" not in ran.err


def test_profiles(home: Home) -> None:
    """Each profile has its own sign-in, and `logout --profile` removes that one alone."""
    signed_in(home)
    signed_in(home, "--profile=friend", name="Grace Hopper")
    assert held(home).refresh_token != held(home, "friend").refresh_token

    ran = home.command("logout", "--profile=friend")

    assert ran.status == 0
    app = f"app {home.sandbox.client_id[:6]}... at {home.sandbox.accounts_url}."
    assert ran.out == f"Removed: the stored tokens of profile friend of {app}\n"
    assert home.store("friend").get("user") is None
    assert held(home)
    again = home.command("logout", "--profile=friend")
    assert again.out.splitlines() == [
        f"Nothing was stored for profile friend of {app}",
        f"Still stored: the tokens of profile default of {app}",
    ]


@pytest.mark.parametrize("name", ["Friend", "my friend", "date", "up-date", "../x", "", "a--b", "1st"])
def test_invalid_profile_name(home: Home, name: str) -> None:
    """`login`, `logout` and `doctor` exit with 2 if a profile's name could not be part of a variable's."""
    for command in ("login", "logout", "doctor"):
        ran = home.command(command, f"--profile={name}")
        assert ran.status == 2
        assert "--profile: expected lower-case letters" in ran.err


def test_logout_of_an_unreadable_store(home: Home) -> None:
    """`logout` removes a token file that is damaged or that others could read."""
    signed_in(home)
    home.store().path.write_text("{")
    home.store().path.chmod(0o644)

    assert home.command("logout").out.startswith("Removed: ")
    assert list(home.store().path.parent.iterdir()) == []


def test_logout_says_where_it_looked(home: Home) -> None:
    """`logout` names app and accounts service, and tells of a sign-in at another one that stays."""
    signed_in(home)
    app = f"app {home.sandbox.client_id[:6]}..."

    ran = run("logout", environ=home.environ)

    assert ran.status == 0
    assert ran.out.splitlines()[:2] == [
        f"Nothing was stored for profile default of {app} at https://accounts.spotify.com.",
        f"Still stored: the tokens of profile default of {app} at {home.sandbox.accounts_url}.",
    ]
    assert held(home)


def test_logout_without_an_app(home: Home) -> None:
    """Without SPOTIFY_CLIENT_ID `logout` exits with 2: it does not know which sign-in is meant."""
    home.variables["SPOTIFY_CLIENT_ID"] = ""

    ran = home.command("logout")

    assert (ran.status, ran.out) == (2, "")
    assert "Which sign-in to remove is not known: SPOTIFY_CLIENT_ID is not set" in ran.err


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "1e9", "soon"])
def test_invalid_timeout(home: Home, seconds: str) -> None:
    """`login` exits with 2 if --timeout is no positive, finite number of seconds, and prints no address."""
    ran = home.command("login", f"--timeout={seconds}")

    assert (ran.status, ran.out) == (2, "")
    assert "--timeout" in ran.err


@pytest.mark.parametrize("fault", ["mode", "damage", "no home"])
def test_login_with_an_unusable_token_store(home: Home, fault: str) -> None:
    """If the token store cannot be used, `login` exits with 2 and one line, and prints no address."""
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


def test_login_beside_a_refresh_token_variable(home: Home) -> None:
    """Before it begins, `login` says that SPOTIFY_REFRESH_TOKEN is set and beats what it stores."""
    home.variables["SPOTIFY_REFRESH_TOKEN"] = home.sandbox.refresh_token

    said = signed_in(home).said
    assert said.index("SPOTIFY_REFRESH_TOKEN is set and beats what this stores") < said.index("redirect URI")
    assert "SPOTIFY_REFRESH_TOKEN is still set: unset it, too." in home.command("logout").out


def test_live_run_by_variables_alone(home: Home, project: Project) -> None:
    """With id, secret and refresh token in variables a live run needs no home folder, nor do its workers."""
    project.bundled("get-current-users-profile")
    home.variables["SPOTIFY_REFRESH_TOKEN"] = home.sandbox.refresh_token
    for folder, workers in ((str(home.folder), "-n0"), ("/dev/null", "-n0"), ("/dev/null", "-n1")):
        home.variables.update(HOME=folder, XDG_CONFIG_HOME=f"{folder}/config")
        ran = home.pytest_in(project, workers)
        assert ran.ret == 0
        assert "set SPOTIFY_REFRESH_TOKEN_DATE to that day" in ran.stdout.str()


def test_live_run_by_id_and_secret_alone(home: Home, project: Project) -> None:
    """With id and secret alone a live run needs no home folder; a user's case skips, naming `login`."""
    home.variables.update(HOME="/dev/null", XDG_CONFIG_HOME="/dev/null/config")
    project.bundled("search", "get-recently-played")
    ran = home.pytest_in(project, "-rs")
    assert ran.ret == 0
    assert "1 operation answered with success and checked" in ran.stdout.str()
    assert "pytest-spotify login" in ran.stdout.str()


def test_end_of_the_sign_in(home: Home, project: Project) -> None:
    """A live run warns of a sign-in's last day from day 150 on; after it a user's case fails unsent."""
    project.bundled("get-current-users-profile")
    home.variables["SPOTIFY_REFRESH_TOKEN"] = home.sandbox.refresh_token
    day = today() - timedelta(days=160)
    home.variables["SPOTIFY_REFRESH_TOKEN_DATE"] = day.isoformat()
    ran = home.pytest_in(project)
    assert ran.ret == 0
    assert f"The sign-in of {day} ends on {last_day(day)}." in ran.stdout.str()

    day = today() - timedelta(days=200)
    home.variables["SPOTIFY_REFRESH_TOKEN_DATE"] = day.isoformat()
    before = len(token_calls(home.sandbox))
    ran = home.pytest_in(project, "-k", "not token")
    assert ran.ret == 1
    assert f"The sign-in of {day} ended on {last_day(day)}." in ran.stdout.str()
    assert "failed: credentials" in ran.stdout.str()
    assert len(token_calls(home.sandbox)) == before


FRIENDS = """
def test_friends(spotify_session, spotify_session_as):
    mine = spotify_session.get("/me").json()["id"]
    theirs = spotify_session_as("friend").get("/me").json()["id"]
    assert mine != theirs
    assert spotify_session.get("/me").json()["id"] == mine
"""


def test_second_profile_in_one_run(home: Home, project: Project) -> None:
    """`spotify_session_as` gives a second user: from the store, a variable, the sandbox, and in replay."""
    project.file("test_friends.py", FRIENDS)
    signed_in(home)

    ran = home.pytest_in(project, "-rs")
    ran.assert_outcomes(skipped=1)
    ran.stdout.fnmatch_lines(["*`pytest-spotify login --profile friend` gets one*"])

    signed_in(home, "--profile=friend", name="Grace Hopper")
    home.pytest_in(project, "--record-mode=rewrite").assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)
    (cassette,) = project.cassettes().values()
    assert b"hopper" not in cassette
    assert b"lovelace" not in cassette

    token = held(home, "friend").refresh_token
    assert token is not None
    home.command("logout", "--profile=friend")
    home.variables["SPOTIFY_REFRESH_TOKEN_FRIEND"] = token.reveal()
    home.pytest_in(project).assert_outcomes(passed=1)
    project.run("--spotify-sandbox").assert_outcomes(passed=1)


def test_tokens_are_masked_in_github_actions(
    home: Home, project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    """In GitHub Actions alone, the first line with a token is its `::add-mask::`, also with workers."""
    project.bundled("get-current-users-profile")
    home.variables["SPOTIFY_REFRESH_TOKEN"] = home.sandbox.refresh_token
    outside = home.pytest_in(project)
    assert "::add-mask::" not in outside.stdout.str() + outside.stderr.str() + "".join(capfd.readouterr())
    home.variables["GITHUB_ACTIONS"] = "true"

    for workers in ("-n0", "-n1"):
        home.sandbox.expire_tokens()
        home.store().delete()
        if workers == "-n0":  # apart: masks go past what captures the rest of the output
            ran = home.pytest(PROFILE)
            status, said = ran.status, ran.out.splitlines()
        else:
            status = home.pytest_in(project, workers).ret
            said = capfd.readouterr().err.splitlines()

        assert status == 0
        entry = home.store().get("environment")
        assert entry is not None
        token = entry.access_token.reveal()
        assert f"::add-mask::{token}" in said
        assert f"::add-mask::{home.sandbox.client_secret}" in said
        first = next(number for number, line in enumerate(said) if token in line)
        assert said[first] == f"::add-mask::{token}"
    doctor = home.command("doctor", "--json")
    assert json.loads(doctor.out)["checks"]
    assert "::add-mask::" in capfd.readouterr().err


def test_public_client(home: Home) -> None:
    """Without a client secret `login` signs in by PKCE alone (RFC 7636), and so is the token refreshed."""
    home.variables["SPOTIFY_CLIENT_SECRET"] = ""
    signed_in(home)

    checks = {each["name"]: each for each in json.loads(home.command("doctor", "--json").out)["checks"]}

    assert checks["user token"]["status"] == "green"
    assert checks["app token"]["status"] == "amber"


@pytest.mark.parametrize("page", ["sign-in.md", "run-in-ci.md"])
def test_commands_in_the_documentation(home: Home, page: str) -> None:
    """Each command and option in the how-to pages on sign-in and CI is one that `pytest-spotify` has."""
    text = (ROOT / "docs" / "how-to" / page).read_text(encoding="utf-8")
    commands = re.findall(r"pytest-spotify (login|logout|doctor)((?: --[a-z-]+(?: [a-z]+)?)*)", text)
    assert commands
    for command, options in commands:
        known = home.command(command, "--help").out
        assert all(option in known for option in re.findall(r"--[a-z-]+", options)), (command, options)
