"""What a recorder left out is not held against Spotify or the client: the rest of the exchange is checked."""

import json

import pytest

from pytest_spotify.check import check_exchange
from pytest_spotify.contracts.registry import bundled
from pytest_spotify.exchange import Exchange, Headers, Request, Response

URL = "https://api.spotify.com/v1/me"
ERROR = {"error": {"status": 401, "message": "No token provided"}}


def violations(status: int, body: bytes, *, media_type: str | None) -> list[tuple[str, str, str]]:
    """Return what is wrong with an answer; without a media type, its header fields were not recorded."""
    fields = {} if media_type is None else {"Content-Type": media_type}
    response = Response(
        status=status, headers=Headers(fields), body=body, are_headers_recorded=media_type is not None
    )
    found = check_exchange(
        Exchange(request=Request(method="GET", url=URL), response=response), bundled("extended")
    )
    return [(each.kind, each.pointer, each.expected) for each in found]


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def test_without_recorded_header_fields_json_is_held_to_its_schema() -> None:
    """A good body has no violation, a bad one its own and none of the media type."""
    assert violations(401, encoded(ERROR), media_type=None) == []
    bad = {"error": {"status": 401, "message": 7}}
    assert [pointer for _, pointer, _ in violations(401, encoded(bad), media_type=None)] == ["/error/message"]


@pytest.mark.parametrize(("status", "expected"), [(401, ["JSON"]), (403, []), (429, []), (502, [])])
def test_without_recorded_header_fields_text_is_good_where_it_may_be(
    status: int, expected: list[str]
) -> None:
    """What is no JSON is breaking only where the contract asks for JSON."""
    assert [each[2] for each in violations(status, b"some text", media_type=None)] == expected


@pytest.mark.parametrize("media_type", ["text/plain", "application/octet-stream", ""])
def test_a_wrong_media_type_does_not_end_the_check_of_json(media_type: str) -> None:
    """The media type is breaking, and so is what is wrong in the body."""
    bad = {"error": {"status": 401, "message": 7}}
    found = violations(401, encoded(bad), media_type=media_type)
    assert [(kind, pointer) for kind, pointer, _ in found] == [
        ("breaking", ""),
        ("breaking", "/error/message"),
    ]


def test_a_wrong_media_type_of_a_body_that_is_no_json_is_one_violation() -> None:
    """A page of HTML is not also called malformed JSON."""
    assert violations(401, b"<html>", media_type="text/html") == [("breaking", "", "application/json")]


@pytest.mark.parametrize(
    ("method", "url"),
    [("PUT", "https://api.spotify.com/v1/playlists/3cEYpjA9oz9GiPac4AsH4n"), ("PUT", f"{URL}/player")],
)
@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_request_body_that_was_not_recorded_is_not_missed(method: str, url: str, is_recorded: bool) -> None:
    """A request without a body that needs one is wrong, unless its body was not recorded."""
    request = Request(method=method, url=url, is_body_recorded=is_recorded)
    response = Response(
        status=401, headers=Headers({"Content-Type": "application/json"}), body=encoded(ERROR)
    )
    found = check_exchange(Exchange(request=request, response=response), bundled("extended"))
    assert ("request" in {each.kind for each in found}) is is_recorded
