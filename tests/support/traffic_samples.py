"""Recorded traffic as other tools write it, made from exchanges."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from pytest_spotify.exchange import Exchange, Headers, Request, Response

API = "https://api.spotify.com/v1"
ALBUM = {
    "name": "Global Warming \U0001f525 «été»",
    "id": "4aawyAB9vmqN3uQ7FjRGTy",
    "artists": [{"id": "0TnOYISbd1XYRBk9myaseg", "name": "Pitbull"}],
    "popularity": 57,
    "label": None,
    "ratio": 0.5,
}


def exchange(
    body: object = ALBUM,
    *,
    url: str = "https://api.spotify.com/v1/albums/4aawyAB9vmqN3uQ7FjRGTy",
    method: str = "GET",
    status: int = 200,
    sent: bytes = b"",
    request_headers: dict[str, str] | None = None,
    response_headers: dict[str, str] | None = None,
) -> Exchange:
    """Return an exchange; a body that is no bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    if request_headers is None:
        request_headers = {"Accept": "*/*", "Authorization": "Bearer x"}
    if response_headers is None:
        response_headers = {"Content-Type": "application/json; charset=utf-8"}
    return Exchange(
        request=Request(method=method, url=url, headers=Headers(request_headers), body=sent),
        response=Response(status=status, headers=Headers(response_headers), body=content),
    )


def har(exchanges: list[Exchange], *, as_base64: bool = False) -> bytes:
    """Return a HAR 1.2 file as a browser exports it."""
    entries = []
    for one in exchanges:
        text = base64.b64encode(one.response.body) if as_base64 else one.response.body
        content = {"size": len(one.response.body), "mimeType": "application/json", "text": text.decode()}
        if as_base64:
            content["encoding"] = "base64"
        request = {
            "method": one.request.method,
            "url": one.request.url,
            "httpVersion": "HTTP/2",
            "headers": [{"name": name, "value": value} for name, value in one.request.headers],
            "queryString": [],
            "cookies": [],
            "headersSize": -1,
            "bodySize": len(one.request.body),
        }
        if one.request.body:
            request["postData"] = {"mimeType": "application/json", "text": one.request.body.decode()}
        entries.append(
            {
                "startedDateTime": "2026-11-21T18:32:24.123Z",
                "time": 12.5,
                "request": request,
                "response": {
                    "status": one.response.status,
                    "statusText": "",
                    "httpVersion": "HTTP/2",
                    "headers": [{"name": name, "value": value} for name, value in one.response.headers],
                    "cookies": [],
                    "content": content,
                    "redirectURL": "",
                    "headersSize": -1,
                    "bodySize": -1,
                },
                "cache": {},
                "timings": {"send": 0, "wait": 1, "receive": 1},
            }
        )
    log = {"version": "1.2", "creator": {"name": "test", "version": "1"}, "entries": entries}
    return json.dumps({"log": log}, ensure_ascii=False).encode()


def write_har(path: Path, *answers: tuple[str, int, object]) -> Path:
    """Write a HAR file of GET exchanges, each given as URL, status and body, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(har([exchange(body, url=url, status=status) for url, status, body in answers]))
    return path


def vcr_cassette(exchanges: list[Exchange], *, as_json: bool = False) -> bytes:
    """Return a cassette written by VCR.py itself."""
    import vcr.request  # here, as it costs many a process that writes our own cassettes a third of a second
    import vcr.serialize
    from vcr.serializers import jsonserializer, yamlserializer

    requests, responses = [], []
    for one in exchanges:
        headers: dict[str, list[str]] = {}
        for name, value in one.response.headers:
            headers.setdefault(name, []).append(value)
        requests.append(
            vcr.request.Request(
                one.request.method, one.request.url, one.request.body or None, dict(one.request.headers)
            )
        )
        responses.append(
            {
                "status": {"code": one.response.status, "message": "OK"},
                "headers": headers,
                "body": {"string": one.response.body},
            }
        )
    serializer = jsonserializer if as_json else yamlserializer
    data = vcr.serialize.serialize({"requests": requests, "responses": responses}, serializer)
    return data.encode()


CASSETTE_YAML = """interactions:
- request:
    body: null
    headers: {Accept: ['*/*']}
    method: GET
    uri: https://api.spotify.com/v1/me
  response:
    body: {string: '{}'}
    headers: {Content-Type: [application/json]}
    status: {code: 401, message: Unauthorized}
version: 1
"""
