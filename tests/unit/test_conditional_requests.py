"""HTTP caching (RFC 9110 sections 13 and 15.4.5): 304 is checked, recorded and replayed."""

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_spotify.cassettes import load
from pytest_spotify.cassettes.persister import write
from pytest_spotify.cassettes.player import CassettePlayer
from pytest_spotify.check import check_exchange
from pytest_spotify.errors import MissingRecording
from pytest_spotify.exchange import Exchange, Headers, Request, Response
from pytest_spotify.redaction.redact import redact_exchanges
from tests.support.contract_files import contract, exchange, registry

TAG, OTHER_TAG = '"MC-abc"', '"MC-abd"'
DATE = "Sat, 29 Aug 2026 08:00:00 GMT"
FULL = Response(
    status=200,
    headers=Headers({"Content-Type": "application/json", "ETag": TAG, "Last-Modified": DATE}),
    body=b'{"id": "abc", "kind": "red"}',
)
UNMODIFIED = Response(status=304, headers=Headers({"ETag": TAG}))


def tagged(tag: str) -> Response:
    return replace(UNMODIFIED, headers=Headers({"ETag": tag}))


def asked(**condition: str) -> Request:
    """Return a request, with header fields written with underscores."""
    fields = {name.replace("_", "-"): value for name, value in condition.items()}
    return replace(exchange().request, headers=Headers({"Authorization": "Bearer ***", **fields}))


def recorded(*exchanges: tuple[Request, Response], folder: Path) -> CassettePlayer:
    """Write a cassette as a run does, and return its player."""
    made = [Exchange(request=request, response=response) for request, response in exchanges]
    write(folder / "a.yaml", redact_exchanges(made), {"access": "development"}, root=folder)
    return CassettePlayer(load(folder / "a.yaml"))


@pytest.mark.parametrize(
    ("request_", "response", "found"),
    [
        (asked(If_None_Match=TAG), UNMODIFIED, []),
        (asked(If_Modified_Since=DATE), replace(UNMODIFIED, headers=Headers()), []),
        (replace(asked(), headers=Headers()), UNMODIFIED, []),
        (asked(If_None_Match=TAG), FULL, []),
        (asked(), UNMODIFIED, ["an answer in full"]),
        (asked(If_None_Match=""), UNMODIFIED, ["an answer in full"]),
        (replace(asked(If_None_Match=TAG), method="PUT"), UNMODIFIED, ["an answer in full"]),
        (asked(If_None_Match=TAG), replace(UNMODIFIED, body=b"{}"), ["an empty body"]),
        (
            asked(If_None_Match=TAG),
            replace(UNMODIFIED, headers=Headers({"ETag": "abc"})),
            ["an ETag such as"],
        ),
        (asked(If_None_Match=TAG), replace(UNMODIFIED, headers=Headers({"ETag": 'W/"abc"'})), []),
    ],
)
def test_304_answers_a_conditional_get_and_nothing_else(
    request_: Request, response: Response, found: list[str], tmp_path: Path
) -> None:
    """A 304 that nobody asked for, one with a body and one with a malformed ETag are breaking."""
    put = contract(operation="put-thing", method="PUT", cases=None)
    violations = check_exchange(
        Exchange(request=request_, response=response), registry(tmp_path, contract(), put)
    )

    assert [violation.kind for violation in violations] == ["breaking"] * len(found)
    assert all(v.expected.startswith(start) for v, start in zip(violations, found, strict=True))


def test_what_caches_need_is_recorded(tmp_path: Path) -> None:
    """A recording keeps the validators of answers and the conditions of requests."""
    player = recorded((asked(If_None_Match=TAG, If_Modified_Since=DATE), FULL), folder=tmp_path)

    (one,) = player.unused()
    assert one.request.headers.get("If-None-Match") == TAG
    assert one.request.headers.get("If-Modified-Since") == DATE
    assert one.response.headers.get("ETag") == TAG
    assert one.response.headers.get("Last-Modified") == DATE


@pytest.mark.parametrize(
    "condition",
    [
        {"If_None_Match": TAG},
        {"If_None_Match": f"W/{TAG}"},
        {"If_None_Match": TAG, "If_Modified_Since": DATE},
    ],
)
def test_a_304_is_replayed_to_its_condition(condition: dict[str, str], tmp_path: Path) -> None:
    """A client that asks as the recorded one did is answered as it was, whatever comes first in the file."""
    player = recorded((asked(If_None_Match=TAG), UNMODIFIED), (asked(), FULL), folder=tmp_path)

    assert player.respond(asked(**condition)).status == 304
    assert player.respond(asked()).status == 200


@pytest.mark.parametrize(
    "condition", [{}, {"If_None_Match": OTHER_TAG}, {"If_Modified_Since": DATE}, {"If_None_Match": "*"}]
)
def test_another_condition_gets_the_full_answer(condition: dict[str, str], tmp_path: Path) -> None:
    """A request with another condition, or with none, gets the 200 if there is one, and never the 304."""
    player = recorded((asked(If_None_Match=TAG), UNMODIFIED), (asked(), FULL), folder=tmp_path)

    assert player.respond(asked(**condition)).status == 200
    with pytest.raises(MissingRecording, match="If-None-Match"):
        player.respond(asked(**condition))


def test_answers_to_one_condition_keep_their_order(tmp_path: Path) -> None:
    """What changed and then stayed is replayed as it was: 200, 200, 304."""
    exchanges = [(asked(), FULL), (asked(If_None_Match=TAG), FULL), (asked(If_None_Match=TAG), UNMODIFIED)]
    player = recorded(*exchanges, folder=tmp_path)

    assert [player.respond(request).status for request, _ in exchanges] == [200, 200, 304]
