from datetime import date

import pytest

from pytest_spotify.auth.credentials import DEFAULT_REDIRECT_URI, Credentials, check_redirect_uri
from pytest_spotify.errors import MissingCredentials

GOOD = {
    "SPOTIFY_CLIENT_ID": "0123456789abcdef0123456789abcdef",
    "SPOTIFY_CLIENT_SECRET": "fedcba9876543210fedcba9876543210",
    "SPOTIFY_REFRESH_TOKEN": "AQDx-_0123456789abcdefghijklmnopqrstuvwxyz",
    "SPOTIFY_REFRESH_TOKEN_DATE": "2026-06-18",
    "SPOTIFY_REDIRECT_URI": "http://127.0.0.1:9999/cb",
}


def test_all_variables_are_read():
    """Each variable lands in its own place, secrets as secrets."""
    credentials = Credentials.from_environment(GOOD)

    assert credentials.client_id == GOOD["SPOTIFY_CLIENT_ID"]
    assert credentials.client_secret is not None
    assert credentials.client_secret.reveal() == GOOD["SPOTIFY_CLIENT_SECRET"]
    assert credentials.refresh_token is not None
    assert credentials.refresh_token.reveal() == GOOD["SPOTIFY_REFRESH_TOKEN"]
    assert credentials.signed_in == date(2026, 6, 18)
    assert credentials.redirect_uri == GOOD["SPOTIFY_REDIRECT_URI"]


@pytest.mark.parametrize("environ", [{}, dict.fromkeys(GOOD, "")], ids=["unset", "empty"])
def test_nothing_set_is_no_error_until_it_is_needed(environ):
    """A fork's CI, which has every variable empty, can run what needs no credentials."""
    credentials = Credentials.from_environment(environ)

    assert credentials.redirect_uri == DEFAULT_REDIRECT_URI
    assert credentials.missing("app") == ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET")
    assert credentials.missing("user") == ("SPOTIFY_CLIENT_ID", "SPOTIFY_REFRESH_TOKEN")
    assert credentials.missing("user", stored=True) == ("SPOTIFY_CLIENT_ID",)
    assert credentials.missing() == ("SPOTIFY_CLIENT_ID",)


@pytest.mark.parametrize(
    ("absent", "purpose", "expected"),
    [
        (
            "SPOTIFY_REFRESH_TOKEN",
            "user",
            "A user's token is needed: SPOTIFY_REFRESH_TOKEN is not set or empty. Sign in with "
            "`pytest-spotify login`; with --print-env it also prints the line for CI.",
        ),
        (
            "SPOTIFY_CLIENT_SECRET",
            "app",
            "An app's own token (client credentials) is needed: SPOTIFY_CLIENT_SECRET is not set or empty. "
            "Id and secret stand in https://developer.spotify.com/dashboard; `pytest-spotify doctor` says "
            "what is set.",
        ),
    ],
)
def test_a_missing_variable_is_named_with_the_next_command(absent, purpose, expected):
    """What is needed and not set is named, with what to type next."""
    credentials = Credentials.from_environment({name: GOOD[name] for name in GOOD if name != absent})

    with pytest.raises(MissingCredentials) as failure:
        credentials.require(purpose)

    assert str(failure.value) == expected


def test_what_is_set_is_enough():
    """With all variables set nothing is missing; a public client needs no secret for its user."""
    credentials = Credentials.from_environment(GOOD)
    public = Credentials.from_environment(GOOD | {"SPOTIFY_CLIENT_SECRET": ""})

    for purpose in ("user", "app", None):
        credentials.require(purpose)
    public.require("user")
    assert public.missing("app") == ("SPOTIFY_CLIENT_SECRET",)


SPOILERS = {
    "line-feed": "{}\n",
    "carriage-return": "{}\r\n",
    "nul": "\x00{}",
    "escape": "\x1b[31m{}",
    "c1": "{}\x85",
    "leading-blank": " {}",
    "inner-blank": "Bearer {}",
    "tab": "\t{}",
    "no-break-space": "{}\u00a0",
    "double-quotes": '"{}"',
    "single-quotes": "'{}'",
    "curly-quotes": "\u201c{}\u201d",
    "placeholder": "<{}>",
    "not-ascii": "{}\u00e9",
    "url": "https://open.spotify.com/{}",
}


@pytest.mark.parametrize("name", ["SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN"])
@pytest.mark.parametrize("spoiler", SPOILERS)
def test_a_malformed_value_is_named_and_not_shown(name, spoiler):
    """A value that cannot be right is refused by its variable's name; the value is nowhere in the message."""
    value = SPOILERS[spoiler].format(GOOD[name])

    with pytest.raises(MissingCredentials) as failure:
        Credentials.from_environment(GOOD | {name: value})

    message = str(failure.value)
    assert message.startswith(f"{name} ")
    assert not any(GOOD[name][start : start + 8] in message for start in range(len(GOOD[name]) - 8))
    assert message.isascii()
    assert message.isprintable()
    assert failure.value.__context__ is None


def test_id_and_secret_in_one_variable_are_told_apart():
    """The pair of a Basic header, pasted as the id, gets a message of its own."""
    with pytest.raises(MissingCredentials, match="SPOTIFY_CLIENT_ID holds a colon"):
        Credentials.from_environment({"SPOTIFY_CLIENT_ID": "0123:4567"})


@pytest.mark.parametrize(
    "value", ["yesterday", "18.06.2026", "2026-6-18", "20260618", "2026-02-30", "2026-W05-1"]
)
def test_the_date_of_the_sign_in_is_a_calendar_day(value):
    """Anything but an ISO date is refused, and no traceback of the parser hangs on it."""
    with pytest.raises(MissingCredentials, match=r"^SPOTIFY_REFRESH_TOKEN_DATE ") as failure:
        Credentials.from_environment({"SPOTIFY_REFRESH_TOKEN_DATE": value})

    assert failure.value.__context__ is None


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:8888/callback",
        "http://127.0.0.1/callback",
        "http://[::1]:8888/callback",
        "https://example.com/callback?from=spotify",
        "https://example.com",
        "my-app://callback",
    ],
)
def test_a_redirect_uri_that_spotify_takes_is_taken(uri):
    """https, http on a loopback literal, and an app's own scheme are all right."""
    check_redirect_uri(uri)


@pytest.mark.parametrize(
    ("uri", "fault"),
    [
        ("http://localhost:8888/callback", "names localhost"),
        ("https://localhost/callback", "names localhost"),
        ("http://LOCALHOST:8888/callback", "names localhost"),
        ("http://app.localhost/callback", "names localhost"),
        ("http://example.com/callback", "is http"),
        ("http://127.0.0.2/callback", "is http"),
        ("http://127.1/callback", "is http"),
        ("http://127.0.0.1.example.com/callback", "is http"),
        ("http://[::2]/callback", "is http"),
        ("127.0.0.1:8888/callback", "is no absolute URL"),
        ("/callback", "is no absolute URL"),
        ("http://", "is no absolute URL"),
        ("http://127.0.0.1:99999/callback", "is no absolute URL"),
        ("http://127.0.0.1:port/callback", "is no absolute URL"),
        ("http://[::1/callback", "is no absolute URL"),
        ("https://example.com/callback#here", "has a fragment"),
        ("https://me:word@example.com/callback", "has a user name"),
        ("http://127.0.0.1:8888/callback\n", "holds a control character"),
        ("http://127.0.0.1:8888/call back", "holds a blank"),
        ('"http://127.0.0.1:8888/callback"', "holds a quotation mark"),
    ],
)
def test_a_redirect_uri_that_spotify_refuses_is_refused(uri, fault):
    """Spotify's rules are checked before the browser shows its own, wordless refusal."""
    with pytest.raises(MissingCredentials, match=f"^SPOTIFY_REDIRECT_URI {fault}") as failure:
        check_redirect_uri(uri)

    assert uri in DEFAULT_REDIRECT_URI or uri not in str(failure.value)
    assert failure.value.__context__ is None


def test_a_bad_redirect_uri_stops_no_run_that_needs_none():
    """Only sign-in needs the URI: another tool's `localhost` in the environment hinders nobody else."""
    credentials = Credentials.from_environment(GOOD | {"SPOTIFY_REDIRECT_URI": "http://localhost:8888"})

    credentials.require("user")


def test_who_lacks_everything_is_told_both_steps():
    """Where the id and the secret stand, and how to sign in with them."""
    with pytest.raises(MissingCredentials) as raised:
        Credentials.from_environment({}).require("user")
    assert "Id and secret stand in" in str(raised.value)
    assert "with them set, sign in with `pytest-spotify login" in str(raised.value)
