"""File names for cassettes: safe on every file system, and different for different texts."""

from __future__ import annotations

import hashlib
import re
import unicodedata

MAX_LENGTH = 80

_KEPT = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9_])?")
_DIGEST = re.compile(r"-[0-9a-f]{8}\Z")
# Windows gives these names to devices, whatever extension follows.
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


def cassette_name(text: str) -> str:
    """Return a file name for a case or a test, without extension.

    What is safe as it stands stays; anything else loses what is not and gains a digest of the whole, so that
    no two texts share a name, not even where file names have no case.
    """
    safe = _KEPT.fullmatch(text) and len(text) <= MAX_LENGTH and text.partition(".")[0] not in _RESERVED
    if safe and not _DIGEST.search(text):
        return text
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9_]+", "-", plain)[: MAX_LENGTH - 9].strip("-")
    return f"{slug or 'case'}-{digest}"
