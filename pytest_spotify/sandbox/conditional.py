"""Conditional requests (RFC 9110, section 13): entity tags, and when 304 stands in for the answer.

The API has been seen to give entity tags of this form (`"MC-..."`) to playlists since 2018, to catalogue
answers since 2024-08 and to searches since 2025-08, and no `Last-Modified`. So `If-Modified-Since` has
nothing to be compared with and is ignored (13.1.3). It does not depend on what is answered.
"""

from __future__ import annotations

import base64
import hashlib
import re

_TAG = re.compile(r'(?:W/)?("[^"]*")')  # section 8.8.3


def entity_tag(content: bytes) -> str:
    """Return the entity tag of an answer's content: two that are equal have the same."""
    digest = hashlib.sha256(content).digest()[:18]
    return f'"MC-{base64.b64encode(digest).decode()}"'


def matches(if_none_match: str | None, tag: str) -> bool:
    """Return True if the condition names a tag, compared weakly, or any (`*`), as section 13.1.2 has it."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)
