"""What recorders leave out of traffic is nobody's fault, and counted; of other hosts nothing is demanded."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from pytest_spotify.errors import UnreadableTraffic
from pytest_spotify.exchange import Exchange
from pytest_spotify.traffic import Omissions, TrafficEntry, TrafficFile
from tests.support.traffic_samples import ALBUM, exchange, har, vcr_cassette

PUT = exchange(
    b"", method="PUT", status=204, sent=b'{"ids": ["x"]}', url="https://api.spotify.com/v1/me/tracks"
)
OTHER = exchange(b"<html>", url="https://example.com/?a=b&c=%20d", status=404)
NO_STATUS = [0, -1, None, ""]


def read(tmp_path: Path, document: Any) -> tuple[list[TrafficEntry], Omissions]:
    """Return what is read of a document, and what was left out of it."""
    path = tmp_path / "a.har"
    path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
    file = TrafficFile(path)
    return list(file), file.omissions


def document(*exchanges: Exchange) -> Any:
    return json.loads(har(list(exchanges)))


def cassette(*exchanges: Exchange) -> Any:
    return json.loads(vcr_cassette(list(exchanges), as_json=True))


ODD_RESPONSES = [
    *({"status": status} for status in (*NO_STATUS, "404", -4, 7.5, [], True)),
    {"status": 200, "content": {"text": "?", "encoding": "base64"}},
    {"status": 200, "content": {"text": "x", "encoding": "rot13"}},
    {"status": 200, "content": {"_file": "../../etc/passwd"}},
    {"status": 200, "headers": {}, "content": []},
    {"status": 200, "body": {"string": 7}, "headers": {"Content-Encoding": ["br"]}},
    {},
    None,
    "",
    7,
]


@pytest.mark.parametrize("response", ODD_RESPONSES, ids=str)
@pytest.mark.parametrize("form", ["har", "cassette"])
def test_of_other_hosts_nothing_is_demanded(response: Any, form: str, tmp_path: Path) -> None:
    """An entry of another host may hold anything: the rest of the file is read, and the index counts it."""
    made = document(OTHER, exchange()) if form == "har" else cassette(OTHER, exchange())
    entries = made["log"]["entries"] if form == "har" else made["interactions"]
    other = [
        {
            "request": {"url" if form == "har" else "uri": url, "headers": 7, "postData": []},
            "response": response,
        }
        for url in ("https://example.com/a.gif", "data:,x", "http://[::1", "", "ws://x/v1/me")
    ]
    entries[0:1] = other
    found, omissions = read(tmp_path, made)
    assert [(entry.index, entry.exchange) for entry in found] == [(len(other), exchange())]
    assert omissions == Omissions()


def test_an_entry_of_another_host_without_a_response_is_passed_over(tmp_path: Path) -> None:
    """An entry that has no response at all is none of Spotify's business either."""
    made = document(OTHER, exchange())
    del made["log"]["entries"][0]["response"]
    assert [entry.index for entry in read(tmp_path, made)[0]] == [1]


@pytest.mark.parametrize("status", NO_STATUS)
@pytest.mark.parametrize("form", ["har", "cassette"])
def test_aborted_requests_are_left_out_and_counted(status: Any, form: str, tmp_path: Path) -> None:
    """A request to Spotify that got no response is left out and counted, and the rest is read."""
    made = document(exchange(), exchange()) if form == "har" else cassette(exchange(), exchange())
    if form == "har":
        made["log"]["entries"][0]["response"]["status"] = status
    else:
        made["interactions"][0]["response"]["status"]["code"] = status
    entries, omissions = read(tmp_path, made)
    assert [entry.index for entry in entries] == [1]
    assert omissions == Omissions(responses=1)


@pytest.mark.parametrize("form", ["har", "cassette"])
@pytest.mark.parametrize("response", ["none", "null", "without status"])
def test_requests_without_a_response_are_left_out_and_counted(
    form: str, response: str, tmp_path: Path
) -> None:
    """A response that is not there, is null or has no status was not recorded."""
    made = document(exchange(), exchange()) if form == "har" else cassette(exchange(), exchange())
    entry = made["log"]["entries"][0] if form == "har" else made["interactions"][0]
    entry["response"] = {} if response == "without status" else None
    if response == "none":
        del entry["response"]
    entries, omissions = read(tmp_path, made)
    assert [entry.index for entry in entries] == [1]
    assert omissions == Omissions(responses=1)


@pytest.mark.parametrize("status", ["404", -4, 99, 1000, 7.5, True, [], {}])
def test_a_status_that_is_none_is_refused(status: Any, tmp_path: Path) -> None:
    """What is neither a status nor stands for an aborted request is refused, with the place."""
    made = document(exchange())
    made["log"]["entries"][0]["response"]["status"] = status
    with pytest.raises(UnreadableTraffic, match="entries 0, response, status: expected a status code"):
        read(tmp_path, made)


# As Chrome, Firefox, Firefox with an extension, and Playwright leave them.
DROPPED = [
    {"size": 0, "mimeType": "application/json"},
    {"size": 1234, "mimeType": "application/json"},
    {"size": 1234, "mimeType": "application/json", "comment": "Response bodies are not included."},
    {"size": 1234, "mimeType": "application/json", "text": ""},
    {"size": -1, "mimeType": "application/json"},
    {"size": -1, "mimeType": "application/json", "_file": "not-there.json"},
    {"mimeType": "application/json"},
    None,
]


@pytest.mark.parametrize("content", DROPPED)
def test_responses_whose_body_was_dropped_are_left_out(content: Any, tmp_path: Path) -> None:
    """A response of Spotify's that lacks its body is left out and counted, and the rest is read."""
    made = document(exchange(), OTHER, exchange(), PUT)
    for entry in made["log"]["entries"][:2]:
        entry["response"]["content"] = content
    entries, omissions = read(tmp_path, made)
    assert [entry.index for entry in entries] == [2, 3]
    assert omissions == Omissions(response_bodies=1)


@pytest.mark.parametrize(
    ("one", "fields"),
    [
        (exchange(b"", status=204, method="PUT"), {}),
        (exchange(b"", status=304), {}),
        (exchange(b"", method="HEAD"), {}),
        (exchange(b"", response_headers={"Content-Type": "text/plain", "content-length": "0"}), {}),
        (exchange(b"", method="PUT", response_headers={}), {}),
        (exchange(b"", method="PUT"), {"text": ""}),
        (exchange(b"", method="PUT"), {"text": "", "size": -1}),
    ],
)
def test_responses_without_a_body_stay(one: Exchange, fields: dict[str, Any], tmp_path: Path) -> None:
    """A response that has no body by its status, method or header fields is an exchange like others."""
    made = document(one)
    made["log"]["entries"][0]["response"]["content"] = {"size": 0, "mimeType": "x-unknown", **fields}
    entries, omissions = read(tmp_path, made)
    assert [entry.exchange.response.body for entry in entries] == [b""]
    assert omissions == Omissions()


@pytest.mark.parametrize(
    ("size", "data"),
    [
        (9, None),
        (9, {"text": ""}),
        (-1, None),
        (None, None),
        (-1, {"text": "", "_file": "not-there.json"}),
        (0, {"_file": "not-there.json"}),
    ],
)
def test_a_request_whose_body_is_not_known_is_read_without_it(size: Any, data: Any, tmp_path: Path) -> None:
    """A size of -1 is one that is not known (HAR 1.2): such a request is said to lack its body."""
    made = document(PUT)
    made["log"]["entries"][0]["request"].update(bodySize=size, postData=data)
    [entry], omissions = read(tmp_path, made)
    assert (entry.exchange.request.body, entry.exchange.request.is_body_recorded) == (b"", False)
    assert omissions == Omissions(request_bodies=1)


@pytest.mark.parametrize(
    ("method", "size", "data"), [("PUT", 0, None), ("PUT", -1, {"text": ""}), ("GET", -1, None)]
)
def test_a_request_without_a_body_is_known_to_have_none(
    method: str, size: int, data: Any, tmp_path: Path
) -> None:
    """A size of 0, an empty body, or a method that has none: nothing was left out."""
    made = document(exchange(b"", method=method, status=204))
    made["log"]["entries"][0]["request"].update(bodySize=size, postData=data)
    [entry], omissions = read(tmp_path, made)
    assert entry.exchange.request.is_body_recorded
    assert omissions == Omissions()


@pytest.mark.parametrize("fields", [{}, [], None])
@pytest.mark.parametrize("form", ["har", "cassette"])
def test_header_fields_that_were_dropped_are_said_to_be(fields: Any, form: str, tmp_path: Path) -> None:
    """A response without any header field is one whose fields were not recorded; its body is read."""
    made = document(exchange()) if form == "har" else cassette(exchange())
    entry = made["log"]["entries"][0] if form == "har" else made["interactions"][0]
    entry["response"]["headers"] = fields if form == "cassette" or fields is None else []
    if form == "har":
        entry["response"]["content"]["mimeType"] = "x-unknown"
    [found], omissions = read(tmp_path, made)
    assert found.exchange.response.body == exchange().response.body
    assert not found.exchange.response.are_headers_recorded
    assert omissions == Omissions(media_types=1)


def test_a_har_file_says_the_media_type_a_second_time(tmp_path: Path) -> None:
    """Where a HAR file has no header field of a response, `content.mimeType` tells its media type."""
    made = document(exchange())
    response = made["log"]["entries"][0]["response"]
    response["headers"], response["content"]["mimeType"] = [], "text/html; charset=utf-8"
    [entry], omissions = read(tmp_path, made)
    assert list(entry.exchange.response.headers) == [("Content-Type", "text/html; charset=utf-8")]
    assert omissions == Omissions()


def test_compressed_bodies_are_told_by_their_bytes_where_header_fields_were_dropped(tmp_path: Path) -> None:
    """Without Content-Encoding, gzip is known by its first bytes."""
    made = cassette(exchange())
    packed = gzip.compress(json.dumps(ALBUM).encode())
    made["interactions"][0]["response"].update(
        headers={}, body={"base64_string": base64.b64encode(packed).decode()}
    )
    [entry], _ = read(tmp_path, made)
    assert json.loads(entry.exchange.response.body) == ALBUM


def test_each_omission_is_told_in_a_sentence() -> None:
    """Nothing is said of what was not left out; one and several are told in their own words."""
    assert list(Omissions().sentences()) == []
    found = list(Omissions(responses=1, response_bodies=2, request_bodies=1, media_types=2).sentences())
    assert [sentence.partition(":")[0] for sentence in found] == [
        "left out 1 exchange with Spotify",
        "left out 2 exchanges with Spotify",
        "1 exchange with Spotify without the body of the request",
        "2 exchanges with Spotify without header fields in the response",
    ]
