"""The seal of a cassette: its last line, the sha256 of every byte before that line.

A YAML file that is cut is often a shorter, valid one; this tells the two apart, and notices edits. It is no
signature: whoever edits a file can seal it again. Line ends that git turned into CRLF do not break it.
"""

from __future__ import annotations

import hashlib
import re

KEY = "pytest-spotify"
KEY_LINE = f"\n{KEY}:".encode()
_LAST_LINE = re.compile(rb"  sha256: ([0-9a-f]{64})\n\Z")
_LENGTH = len(b"  sha256: \n") + 64
_ENTRIES = re.compile(rf"^{KEY}:\n(?:  [^\n]*\n)*\Z".encode(), re.MULTILINE)


def add_checksum(content: bytes) -> bytes:
    """Return the content, which ends with the entries of the key `pytest-spotify`, with its seal."""
    return content + b"  sha256: " + hashlib.sha256(content).hexdigest().encode() + b"\n"


def has_valid_checksum(data: bytes) -> bool:
    """Say whether the bytes are what was sealed."""
    data = data.replace(b"\r\n", b"\n")
    last_line = _LAST_LINE.fullmatch(data[-_LENGTH:])
    return last_line is not None and last_line[1] == hashlib.sha256(data[:-_LENGTH]).hexdigest().encode()


def refresh_checksum(data: bytes) -> bytes | None:
    """Return the bytes with a new seal, or None where their end is not that of a cassette of ours."""
    data = data.replace(b"\r\n", b"\n")
    if not _LAST_LINE.fullmatch(data[-_LENGTH:]) or not _ENTRIES.search(data):
        return None
    return add_checksum(data[:-_LENGTH])
