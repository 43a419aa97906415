"""Recorded traffic as exchanges: HAR 1.2 files and VCR.py cassettes, YAML or JSON, old forms too.

Strict: a file that is not wholly understood is refused, with the place and what was expected there. Of
Spotify it knows the addresses alone.
"""

from __future__ import annotations

from pathlib import Path

from pytest_spotify.errors import UnreadableTraffic
from pytest_spotify.formats import strict_json
from pytest_spotify.formats.cursor import Cursor
from pytest_spotify.formats.yaml_reader import Data, parse, read_bytes
from pytest_spotify.text import truncate
from pytest_spotify.traffic.entry import TrafficEntry
from pytest_spotify.traffic.har import read_har
from pytest_spotify.traffic.vcr import read_vcr

__all__ = ["TrafficEntry", "parse_traffic", "read_entries", "read_traffic"]


def read_traffic(path: str | Path) -> list[TrafficEntry]:
    """Return the exchanges of a file, without those that got no answer or lost a body to the recorder."""
    return parse_traffic(read_bytes(Path(path)), truncate(str(path), 300))


def parse_traffic(data: bytes, path: object) -> list[TrafficEntry]:
    """Return the exchanges in the bytes of a file. `path` is for messages."""
    return read_entries(parse(data, path), path)


def read_entries(document: Data, path: object) -> list[TrafficEntry]:
    """Return the exchanges in a parsed document."""
    if isinstance(document, dict) and "log" in document:
        return list(read_har(Cursor(document, f"{path}")))
    if isinstance(document, dict) and "interactions" in document:
        return list(read_vcr(Cursor(document["interactions"], f"{path}, interactions")))
    if isinstance(document, list) and document and isinstance(document[0], dict) and "request" in document[0]:
        return list(read_vcr(Cursor(document, f"{path}")))
    hint = ""
    if isinstance(document, dict) and "http_interactions" in document:
        hint = " (this is a cassette of Ruby's VCR or of betamax)"
    elif isinstance(document, (dict, list)):
        hint = "; a plain response body is checked with `pytest-spotify check --operation NAME FILE`"
    raise UnreadableTraffic(f"{path}: neither a HAR file nor a VCR.py cassette{hint}")


def read_body(path: Path) -> bytes:
    """Return the bytes of a file of strict JSON; raises UnreadableTraffic for any other file."""
    try:
        data = path.read_bytes()
        strict_json.loads(data)
    except OSError as error:
        raise UnreadableTraffic(f"{path}: cannot be read: {error.strerror or error}") from None
    except strict_json.NotStrictJSONError as error:
        raise UnreadableTraffic(f"{path}: not JSON: {error}") from None
    return data
