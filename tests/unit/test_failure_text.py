"""The text of a failure: made from violations, without HTTP."""

import shlex

import pytest

from pytest_spotify.check.violation import Violation
from pytest_spotify.contracts.loader import load_contract, load_schemas
from pytest_spotify.errors import escape_unprintable
from pytest_spotify.exchange import Headers, Request
from pytest_spotify.report import FailureContext, curl, format_failure
from tests.support.contract_files import contract, exchange, write

SECRET = "BQDsecretsecretsecret"


def violation(pointer: str = "/album/id", kind: str = "breaking") -> Violation:
    return Violation(kind=kind, pointer=pointer, expected="string", actual="null")  # type: ignore[arg-type]


def test_the_text_tells_verdict_exchange_place_and_next_step(tmp_path: object) -> None:
    """Verdict first, for pytest's short summary; then everything a stranger needs."""
    loaded = load_contract(write(tmp_path, contract()), load_schemas())  # type: ignore[arg-type]
    text = format_failure(
        [violation(), violation("/duration_ms")],
        FailureContext(
            exchange=exchange("/things/abc?market=ES", token=f"Bearer {SECRET}"),
            contract=loaded,
            access="development",
            source="replayed: cassettes/thing.yaml",
            caller="tests/test_app.py:12",
            record_command="pytest 'thing.contract.json::thing' --spotify-live --record-mode=rewrite",
        ),
    )

    assert text == "\n".join(
        [
            "/album/id: expected string, got null (and 1 more)",
            "",
            "request    GET https://api.spotify.com/v1/things/abc?market=ES",
            "response   200, replayed: cassettes/thing.yaml",
            "contract   get-thing (GET /things/{id}), access development",
            "sent by    tests/test_app.py:12",
            "",
            "  breaking  /album/id: expected string, got null",
            "  breaking  /duration_ms: expected string, got null",
            "",
            "meaning    the API and the contract no longer fit each other",
            'reproduce  curl -H "Authorization: Bearer $(pytest-spotify token --app)" '
            "'https://api.spotify.com/v1/things/abc?market=ES'",
            "record     pytest 'thing.contract.json::thing' --spotify-live --record-mode=rewrite",
            "           (without an account: --spotify-sandbox for --spotify-live)",
            "docs       https://developer.spotify.com/documentation/web-api/reference/get-thing",
        ]
    )


def test_ten_violations_are_shown_then_a_count() -> None:
    """All of them with verbose."""
    many = [violation(f"/{number}") for number in range(14)]

    assert format_failure(many, FailureContext()).count("  breaking  ") == 10
    assert "... and 4 more, shown with -vv" in format_failure(many, FailureContext())
    assert format_failure(many, FailureContext(verbose=True)).count("  breaking  ") == 14


def test_data_cannot_play_tricks_on_the_terminal() -> None:
    """Control, bidirectional and surrogate characters are escaped."""
    tricky = Violation(kind="breaking", pointer="/a\x1b[31m", expected="\u202eevil", actual="\ud800\x00")

    text = format_failure([tricky], FailureContext())

    assert "\\x1b[31m" in text
    assert "\\u202eevil" in text
    assert "\\ud800\\x00" in text
    assert escape_unprintable("å\n\U0001f3b5") == "å\n\U0001f3b5"


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Request(method="GET", url="https://a/b?c=d&e"), ["curl", "https://a/b?c=d&e"]),
        (
            Request(method="PUT", url="https://a", headers=Headers({"authorization": f"bearer {SECRET}"})),
            ["curl", "-X", "PUT", "-H", "Authorization: Bearer $(pytest-spotify token)", "https://a"],
        ),
        (
            Request(method="GET", url="https://a", headers=Headers({"Authorization": f"Basic {SECRET}"})),
            ["curl", "-u", "$SPOTIFY_CLIENT_ID:$SPOTIFY_CLIENT_SECRET", "https://a"],
        ),
        (
            Request(method="POST", url="https://a", body=b'{"name": "it\'s"}'),
            [
                "curl",
                "-X",
                "POST",
                "-H",
                "Content-Type: application/json",
                "--data",
                '{"name": "it\'s"}',
                "https://a",
            ],
        ),
        (
            Request(
                method="PUT", url="https://a", headers=Headers({"Content-Type": "image/jpeg"}), body=b"\xff"
            ),
            ["curl", "-X", "PUT", "-H", "Content-Type: image/jpeg", "--data-binary", "@body", "https://a"],
        ),
    ],
)
def test_the_curl_line_is_a_shell_command_without_the_token(request_: Request, expected: list[str]) -> None:
    """A shell reads it back word for word; the token is a variable."""
    assert shlex.split(curl(request_)) == expected
    assert SECRET not in curl(request_)
