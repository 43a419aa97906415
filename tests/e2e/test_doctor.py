"""`pytest-spotify doctor`: every check green, amber or red with the next step, and the exit status."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta
from email.utils import formatdate
from pathlib import Path

import pytest

from pytest_spotify.auth.source import store_sign_in
from pytest_spotify.auth.store import TokenStore
from pytest_spotify.auth.token import last_day, today, token_from_response
from pytest_spotify.cli.doctor.diagnosis import Diagnosis
from pytest_spotify.cli.doctor.report import report
from pytest_spotify.sandbox import Access, Sandbox
from tests.support.command import run
from tests.support.loopback_server import LoopbackServer, Received, Reply, as_json
from tests.support.sandbox_client import Browser, callback
from tests.support.sign_in import Home

NAMES = [
    "SPOTIFY_CLIENT_ID",
    "SPOTIFY_CLIENT_SECRET",
    "SPOTIFY_REFRESH_TOKEN",
    "SPOTIFY_REFRESH_TOKEN_DATE",
    "SPOTIFY_REDIRECT_URI",
    "SPOTIFY_ACCESS",
    "network",
    "clock",
    "app token",
    "sign-in",
    "user token",
    "scopes",
    "user",
    "access",
    "limit",
]


@pytest.fixture
def home(home: Home, sandbox: Sandbox) -> Home:
    """A machine where all variables are right."""
    home.variables.update(
        SPOTIFY_REFRESH_TOKEN=sandbox.refresh_token,
        SPOTIFY_REFRESH_TOKEN_DATE=today().isoformat(),
        SPOTIFY_ACCESS="development",
    )
    return home


def examine(home: Home, *options: str, status: int = 0) -> dict[str, dict[str, str]]:
    """Return the checks by name, from `--json`."""
    ran = home.command("doctor", "--json", *options)
    assert ran.status == status, ran.out + ran.err
    document = json.loads(ran.out)
    assert set(document) == {"checks"}
    for check in document["checks"]:
        assert set(check) == {"name", "status", "message", "next"}
        assert check["status"] in ("green", "amber", "red")
        assert bool(check["next"]) == (check["status"] != "green"), check
    return {check["name"]: check for check in document["checks"]}


def login(home: Home, profile: str = "") -> str:
    """Return the command that signs in at the sandbox."""
    return f"pytest-spotify login{profile} {' '.join(home.target)}"


def test_all_is_green_where_all_is_right(home: Home) -> None:
    """With the variables set, every check is made and green; the user is named."""
    checks = examine(home)

    assert list(checks) == NAMES
    assert {check["status"] for check in checks.values()} == {"green"}
    assert "Sandbox Listener" in checks["user"]["message"]
    assert str(last_day(today())) in checks["sign-in"]["message"]


def test_the_text_has_the_verdict_first_and_no_secret(home: Home) -> None:
    """The verdict, the numbered steps, then a line a check; the values of no variable but the dates."""
    home.variables["SPOTIFY_REFRESH_TOKEN_DATE"] = ""
    ran = home.command("doctor")

    assert ran.status == 0
    lines = ran.out.splitlines()
    assert lines[:5] == [
        "Ready for a live run, with one thing to do first or later:",
        "",
        "  1.  set SPOTIFY_REFRESH_TOKEN_DATE to the day of the sign-in",
        "  2.  pytest --spotify-live",
        "",
    ]
    assert [line.split()[0] for line in lines[5:]].count("green") == len(NAMES) - 2
    assert all(
        line.split(maxsplit=1)[1].startswith(name) for line, name in zip(lines[5:], NAMES, strict=True)
    )
    sandbox = home.sandbox
    for value in (sandbox.client_id, sandbox.client_secret, sandbox.refresh_token):
        assert value not in ran.out + ran.err


def test_the_text_where_all_is_right(home: Home) -> None:
    """There is nothing to do: the verdict names the command of a live run, and no step follows."""
    lines = home.command("doctor").out.splitlines()

    assert lines[0] == "Ready for a live run: `pytest --spotify-live`."
    assert len(lines) == 2 + len(NAMES)


DASHBOARD = "https://developer.spotify.com/dashboard"
NOTHING = dict.fromkeys(("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN"), "")
STEPS: dict[str, tuple[dict[str, str], str, list[str]]] = {
    "nothing is set": (
        NOTHING,
        "Not ready for a live run. 2 things to do:",
        [
            f"set SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET from your app's settings: {DASHBOARD}",
            "pytest-spotify login",
            "pytest-spotify doctor",
        ],
    ),
    "nobody has signed in": (
        {"SPOTIFY_REFRESH_TOKEN": ""},
        "Not ready for a live run of tests that need a user; those that need none can run. One thing to do:",
        ["pytest-spotify login", "pytest-spotify doctor"],
    ),
    "the id is unset": (
        {"SPOTIFY_CLIENT_ID": ""},
        "Not ready for a live run. One thing to do:",
        [f"set SPOTIFY_CLIENT_ID from your app's settings: {DASHBOARD}", "pytest-spotify doctor"],
    ),
    "the secret has a wrong form": (
        {"SPOTIFY_CLIENT_SECRET": "oops"},
        "Not ready for a live run. One thing to do:",
        ["set SPOTIFY_CLIENT_SECRET again; its value is not shown here", "pytest-spotify doctor"],
    ),
    "the secret is wrong": (
        {"SPOTIFY_CLIENT_SECRET": 32 * "0"},
        "Not ready for a live run. One thing to do:",
        [
            f"compare id and secret with those of your app, and set them again: {DASHBOARD}",
            "pytest-spotify doctor",
        ],
    ),
    "the refresh token is wrong": (
        {"SPOTIFY_REFRESH_TOKEN": "AQ-nobodys"},
        "Not ready for a live run of tests that need a user; those that need none can run. One thing to do:",
        ["pytest-spotify login", "pytest-spotify doctor"],
    ),
    "a variable of spotipy is malformed": (
        {"SPOTIFY_CLIENT_SECRET": "", "SPOTIPY_CLIENT_SECRET": "a b"},
        "Not ready for a live run. One thing to do:",
        ["set SPOTIPY_CLIENT_SECRET again; its value is not shown here", "pytest-spotify doctor"],
    ),
}


@pytest.mark.parametrize("case", STEPS)
def test_one_step_a_cause(home: Home, case: str) -> None:
    """Whatever rests on a fault has no step of its own; the last step says what comes after the others."""
    variables, verdict, steps = STEPS[case]
    home.variables.update(variables)
    home.variables.update(
        SPOTIFY_API_URL=home.sandbox.api_url, SPOTIFY_ACCOUNTS_URL=home.sandbox.accounts_url
    )

    ran = run("doctor", environ=home.environ)

    assert ran.status == 1
    lines = ran.out.splitlines()
    assert lines[0] == verdict
    assert [line.split(maxsplit=1)[1] for line in lines if line.startswith("  ")] == steps


def test_a_target_that_is_not_there_is_one_cause(home: Home) -> None:
    """Where the network is down, tokens, user, access and limit add no step to that."""
    ran = home.command("doctor", "--api-url=http://127.0.0.1:9/v1", "--accounts-url=http://127.0.0.1:9/a")

    steps = [line.split(maxsplit=1)[1] for line in ran.out.splitlines() if line.startswith("  ")]
    assert steps == ["check the network, the proxy and the address", "pytest-spotify doctor"]


@pytest.mark.parametrize("columns", [80, 120])
def test_the_text_fits_the_terminal(home: Home, columns: int) -> None:
    """No line is wider than the terminal, and every word of the wide text is whole in the narrow one."""
    home.variables.update(NOTHING)

    narrow = run("doctor", *home.target, environ=home.environ, columns=columns).out

    assert max(map(len, narrow.splitlines())) <= columns
    assert [word for word in narrow.split() if word != "\\"] == home.command("doctor").out.split()


def test_who_has_no_account_is_shown_the_sandbox(tmp_path: Path, sandbox: Sandbox) -> None:
    """Where no app is set, the text names the sandbox; where one is, it does not."""
    checks = [
        Diagnosis(name="SPOTIFY_CLIENT_ID", status="red", message="is not set.", next="set it"),
        Diagnosis(name="user token", status="red", message="No.", next="pytest-spotify login"),
    ]

    assert "No account? `pytest-spotify sandbox`" in report(checks, is_spotify=True)
    assert "sandbox" not in report(checks, is_spotify=False) + report(checks[1:], is_spotify=True)


def test_a_new_token_is_granted_each_time(home: Home) -> None:
    """A token that is still good in the store would prove nothing."""
    examine(home)
    before = [each.status for each in home.sandbox.exchanges if each.path.endswith("/api/token")]
    examine(home)
    after = [each.status for each in home.sandbox.exchanges if each.path.endswith("/api/token")]

    assert len(after) == len(before) + 2
    home.sandbox.revoke_refresh_tokens()
    assert examine(home, status=1)["user token"]["status"] == "red"


def test_nothing_changes_at_the_target(home: Home) -> None:
    """It asks, and never with anything but GET."""
    examine(home)

    methods = {(each.method, each.path) for each in home.sandbox.exchanges if each.method != "GET"}
    assert methods == {("POST", "/accounts/api/token")}


def test_without_variables_each_that_is_missing_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    """Red for what nothing works without; what rests on it is not tried, and says so.

    The command that signs in names the target: without it, somebody would sign in to Spotify.
    """
    home = Home(tmp_path, sandbox, {"SPOTIFY_CLIENT_ID": "", "SPOTIFY_CLIENT_SECRET": ""})

    checks = examine(home, status=1)

    assert checks["SPOTIFY_CLIENT_ID"]["status"] == "red"
    assert "https://developer.spotify.com/dashboard" in checks["SPOTIFY_CLIENT_ID"]["next"]
    assert checks["SPOTIFY_REFRESH_TOKEN"]["status"] == "red"
    assert checks["SPOTIFY_REFRESH_TOKEN"]["next"] == login(home)
    assert checks["clock"]["status"] == "green"
    assert {checks[name]["status"] for name in ("app token", "user token", "user", "access")} == {"amber"}


def test_an_app_alone_is_examined_as_one(home: Home) -> None:
    """Without a user its token, and with that the access, are found."""
    home.variables["SPOTIFY_REFRESH_TOKEN"] = ""

    checks = examine(home, status=1)

    assert checks["app token"]["status"] == checks["access"]["status"] == "green"
    assert checks["user"]["next"] == login(home)


def test_a_profile_is_examined_under_its_own_name(home: Home) -> None:
    """Its variable and its command are named."""
    checks = examine(home, "--profile=friend", status=1)

    assert checks["SPOTIFY_REFRESH_TOKEN_FRIEND"]["next"] == login(home, " --profile friend")


@pytest.mark.parametrize(
    ("said", "there", "status"),
    [
        ("development", "development", "green"),
        ("extended", "extended", "green"),
        ("development-older", "development-older", "green"),
        ("development", "extended", "red"),
        ("extended", "development-older", "red"),
        ("", "extended", "amber"),
    ],
)
def test_the_access_is_found_by_asking(tmp_path: Path, said: str, there: Access, status: str) -> None:
    """By operations that Spotify removed; red where SPOTIFY_ACCESS says something else."""
    with Sandbox(access=there) as sandbox:
        home = Home(
            tmp_path, sandbox, {"SPOTIFY_REFRESH_TOKEN": sandbox.refresh_token, "SPOTIFY_ACCESS": said}
        )
        found = examine(home, status=int(status == "red"))["access"]

    assert found["status"] == status
    assert f"The app has {there}" in found["message"]
    assert status == "green" or found["next"] == f"set SPOTIFY_ACCESS={there}"


def test_scopes_that_contracts_use_and_nobody_granted_are_listed(home: Home) -> None:
    """Each with an operation that uses it."""
    home.variables["SPOTIFY_REFRESH_TOKEN"] = refresh_token_of(home.sandbox, scope="user-read-private")

    scopes = examine(home)["scopes"]

    assert scopes["status"] == "amber"
    assert "user-top-read (get-users-top-artists-and-tracks)" in scopes["message"]
    assert "user-read-private" not in scopes["message"]
    assert scopes["next"] == login(home)


def refresh_token_of(sandbox: Sandbox, *, scope: str) -> str:
    from tests.support.sandbox_client import token_call

    with Browser(sandbox) as browser:
        code = callback(browser.authorize(scope=scope))["code"]
    answer = token_call(
        sandbox, grant_type="authorization_code", code=code, redirect_uri=sandbox.redirect_uri
    )
    return str(answer.json()["refresh_token"])


@pytest.mark.parametrize(
    ("age", "status", "text"),
    [(149, "green", "until"), (150, "amber", "ends on"), (190, "red", "ended on")],
)
def test_the_end_of_the_sign_in_is_told_ahead(home: Home, age: int, status: str, text: str) -> None:
    """Amber from day 150, red after the last day, with nothing asked then."""
    day = today() - timedelta(days=age)
    home.variables["SPOTIFY_REFRESH_TOKEN_DATE"] = day.isoformat()

    checks = examine(home, status=int(status == "red"))

    assert checks["sign-in"]["status"] == status
    assert f"{text} {last_day(day)}" in checks["sign-in"]["message"]
    assert checks["user token"]["status"] == ("red" if status == "red" else "green")


def sign_in(home: Home) -> TokenStore:
    """Keep a sign-in of the sandbox's listener, in place of the variable."""
    answer = {
        "access_token": "BQ1",
        "refresh_token": home.variables.pop("SPOTIFY_REFRESH_TOKEN"),
        "token_type": "Bearer",
        "expires_in": 3600,
    }
    store_sign_in(home.store(), token_from_response(answer, user=True, now=0.0), on=today())
    return home.store()


@pytest.mark.parametrize("which", ["file", "folder"])
def test_a_token_store_that_is_not_trusted_is_red(home: Home, which: str) -> None:
    """The path, the fault and the remedy are named, once; nothing is claimed of what is in it."""
    store = sign_in(home)
    path, mode = (store.path, 0o644) if which == "file" else (store.path.parent, 0o755)
    path.chmod(mode)

    checks = examine(home, status=1)

    assert [name for name, check in checks.items() if check["status"] == "red"] == ["token store"]
    assert f"chmod {mode & 0o700:o} {path}" in checks["token store"]["message"]
    assert "is not known" in checks["SPOTIFY_REFRESH_TOKEN"]["message"]
    assert checks["app token"]["next"] == checks["user token"]["next"] == checks["token store"]["next"]


@pytest.mark.parametrize("name", ["SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN_DATE"])
def test_a_bad_value_spoils_no_check_but_its_own(home: Home, name: str) -> None:
    """The stored sign-in is found, and the variables that are right count, as their own checks say."""
    sign_in(home)
    home.variables[name] = '"2026-06-18"'

    checks = examine(home, status=1)

    assert [each for each, check in checks.items() if check["status"] == "red"] == [name]
    assert checks["SPOTIFY_REFRESH_TOKEN"]["status"] == "green"
    assert "SPOTIFY_CLIENT_ID" not in checks["app token"]["message"] + checks["user token"]["message"]


def test_the_environments_token_needs_no_folder(home: Home) -> None:
    """On a CI machine without a home doctor finds all right, as a live run does."""
    home.variables.update(HOME="/dev/null", XDG_CONFIG_HOME="/dev/null/config")

    assert {check["status"] for check in examine(home).values()} == {"green"}


Answering = Callable[[Received], Reply]


def elsewhere(home: Home, answer: Answering, *, status: int) -> dict[str, dict[str, str]]:
    """Examine with the Web API at a scripted server."""
    with LoopbackServer(answer) as api:
        return examine(home, f"--api-url={api.url}/v1", status=status)


@pytest.mark.parametrize(
    ("body", "step"),
    [
        (b"User not registered in the Developer Dashboard", "allow list"),
        (b"User not approved for app", "allow list"),
        (b"Check settings on developer.spotify.com/dashboard, the user may not be registered.", "allow list"),
        (b"Active premium subscription required for the owner of the app. When ...", "needs Spotify Premium"),
        (b'{"error": {"status": 403, "message": "Something else"}}', "look at the app in"),
    ],
)
def test_a_refusal_of_the_user_is_told_with_what_helps(home: Home, body: bytes, step: str) -> None:
    """Spotify's own words, which come as plain text, and the next step."""
    user = elsewhere(home, lambda _: Reply(403, {"Content-Type": "text/plain"}, body), status=1)["user"]

    assert user["status"] == "red"
    assert "GET /me answered 403" in user["message"]
    assert step in user["next"]


@pytest.mark.parametrize(
    ("field", "expected"), [("79892", "for 79,892 s, until 20"), ("", "that it does not name")]
)
def test_a_limit_in_force_is_told_at_once(home: Home, field: str, expected: str) -> None:
    """Nobody waits here: until when Spotify wants no requests is the answer."""
    fields = {"Retry-After": field} if field else {}
    checks = elsewhere(home, lambda _: as_json({}, 429, **fields), status=1)

    assert checks["limit"]["status"] == "red"
    assert expected in checks["limit"]["message"]
    assert checks["access"]["status"] == "amber"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8"])
def test_a_name_is_told_in_any_encoding(home: Home, encoding: str) -> None:
    """What a terminal cannot show is escaped: a name in another script ends no command."""
    with LoopbackServer(lambda _: as_json({"id": "ada", "display_name": "\u30ce"})) as api:
        target = (*home.target, f"--api-url={api.url}/v1")
        ran = run("doctor", *target, environ=home.environ, encoding=encoding)

    shown = "\u30ce" if encoding == "utf-8" else "\\u30ce"
    assert f"Signed in as {shown} (ada)." in ran.out
    assert ran.err == ""


@pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal is POSIX's")
@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_colour_is_for_terminals_that_want_it(home: Home, no_color: str, coloured: bool) -> None:
    """NO_COLOR (no-color.org) keeps it out of a terminal."""
    import pty

    home.variables.update(NO_COLOR=no_color, SPOTIFY_CLIENT_ID="", TERM="xterm")
    ours, theirs = pty.openpty()
    try:
        home.command_apart("doctor", stdout=theirs)
        shown = os.read(ours, 65536)
    finally:
        os.close(ours)
        os.close(theirs)

    assert b"SPOTIFY_CLIENT_ID" in shown
    assert (b"\x1b[" in shown) == coloured


@pytest.mark.parametrize(("off", "status"), [(0, "green"), (30, "green"), (-3600, "amber"), (3600, "amber")])
def test_a_clock_that_is_off_is_told(home: Home, off: int, status: str) -> None:
    """Stored tokens and the end of the sign-in are compared with it."""
    import time

    def answer(_: Received) -> Reply:
        date = formatdate(time.time() + off, usegmt=True)
        return Reply(raw=[f"HTTP/1.1 401 Unauthorized\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode()])

    clock = elsewhere(home, answer, status=1)["clock"]

    assert clock["status"] == status
    assert status == "green" or ("behind" if off > 0 else "ahead of") in clock["message"]


def test_a_target_that_is_not_there_is_red(home: Home) -> None:
    """Everything that can still be said is said."""
    checks = examine(home, "--api-url=http://127.0.0.1:9/v1", "--accounts-url=http://127.0.0.1:9/a", status=1)

    assert checks["network"]["status"] == checks["app token"]["status"] == "red"
    assert "no connection" in checks["network"]["message"]
    assert checks["clock"]["status"] == checks["limit"]["status"] == "amber"


VALUES = {
    "SPOTIFY_CLIENT_ID": "0123456789abcdef0123456789abcdef",
    "SPOTIFY_CLIENT_SECRET": "fedcba9876543210fedcba9876543210",
    "SPOTIFY_REFRESH_TOKEN": "AQDx-_0123456789abcdefghijklmnopqrstuvwxyz",
    "SPOTIFY_REFRESH_TOKEN_DATE": "2024-02-29",
    "SPOTIFY_REDIRECT_URI": "http://127.0.0.1:9876/kept-to-itself",
    "SPOTIFY_ACCESS": "extended-kept-to-itself",
}
SPOILERS = {
    "line-feed": "{}\n",
    "carriage-return": "{}\r\n",
    "escape": "\x1b[31m{}",
    "leading-blank": " {}",
    "trailing-blank": "{} ",
    "inner-blank": "Bearer {}",
    "double-quotes": '"{}"',
    "single-quotes": "'{}'",
    "curly-quotes": "\u201c{}\u201d",
    "placeholder": "<{}>",
    "not-ascii": "{}\u00e9",
    "assignment": "export X=`{}`",
}
# Each spoiler and each variable, but not all of them together unless slowly.
SPOILED = [
    pytest.param(spoiler, name, marks=[pytest.mark.slow] if (at - other) % len(VALUES) else [])
    for at, spoiler in enumerate(SPOILERS)
    for other, name in enumerate(VALUES)
]


@pytest.mark.parametrize(("spoiler", "name"), SPOILED)
def test_a_bad_value_is_named_by_its_variable_and_not_shown(home: Home, name: str, spoiler: str) -> None:
    """Twelve spoiled values each: the check is red, names the variable and the fault, and never the value."""
    home.variables[name] = SPOILERS[spoiler].format(VALUES[name])
    ran = home.command("doctor", "--json")

    check = next(each for each in json.loads(ran.out)["checks"] if each["name"] == name)
    assert (ran.status, check["status"]) == (1, "red")
    assert check["message"].startswith(f"{name} ")
    pieces = [VALUES[name][start : start + 10] for start in range(len(VALUES[name]) - 9)]
    assert not [piece for piece in pieces if piece in ran.out + ran.err and piece not in "http://127.0.0.1:"]


@pytest.mark.parametrize("command", ["login", "logout", "doctor"])
def test_an_env_file_that_cannot_be_read_stops_a_command(home: Home, command: str) -> None:
    """With the status of usage, and without the name that stands in the variable."""
    home.variables["SPOTIFY_ENV_FILE"] = "fedcba9876543210fedcba9876543210"

    ran = home.command(command)

    assert ran.status == 2
    assert "SPOTIFY_ENV_FILE names no file that can be read." in ran.err.splitlines()[0]
    assert "fedcba98" not in ran.out + ran.err
