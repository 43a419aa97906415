"""Text that is about to be shown, with known secrets hidden: in whole, in part, and as HTTP encodes them.

A file is refused where a secret is found in it; what a test prints can only be shown without it. pytest
shortens long values, so any piece of eight characters is hidden too. Knows nothing of pytest.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from pytest_spotify.redaction.patterns import is_placeholder
from pytest_spotify.redaction.scan import MIN_SECRET
from pytest_spotify.redaction.secret import MASK

PIECE = 8


class OutputMasker:
    """Hides some secrets in any text. Small and big letters count alike."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {secret for secret in secrets if len(secret) >= MIN_SECRET}
        # Made up for a test of ordinary words, or an e-mail address: its pieces stand everywhere.
        whole = {secret for secret in known if is_placeholder(secret) or "@" in secret}
        forms = [_lower(form) for secret in known - whole for form in _forms(secret)]
        self._whole = [re.compile(re.escape(secret), re.IGNORECASE) for secret in sorted(whole)]
        self._pieces = {form[at : at + PIECE] for form in forms for at in range(len(form) - PIECE + 1)}
        letters = re.escape("".join(sorted({letter for form in forms for letter in form})))
        # Prose is mostly shorter words: most of it is never looked at.
        self._runs = re.compile(f"[{letters}]{{{PIECE},}}" if letters else "(?!)")

    def text(self, text: str) -> str:
        """Return the text without any piece of a secret."""
        for pattern in self._whole:
            text = pattern.sub(MASK, text)
        hidden = list(self._places(_lower(text)))
        for start, end in reversed(hidden):
            text = text[:start] + MASK + text[end:]
        return text

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where pieces stand, those that touch or overlap as one."""
        start = end = -1
        for run in self._runs.finditer(text):
            for at in range(run.start(), run.end() - PIECE + 1):
                if text[at : at + PIECE] not in self._pieces:
                    continue
                if at > end >= 0:
                    yield start, end
                start = at if at > end else start
                end = at + PIECE
        if end >= 0:
            yield start, end


def _forms(secret: str) -> Iterator[str]:
    """Yield a secret as it is, percent-encoded, in hex, and in base64 wherever it begins in a text."""
    data = secret.encode("utf-8", "surrogatepass")
    yield secret
    yield quote(data, safe="")
    yield data.hex()
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + data).decode()
        # The first characters mix with what comes before, the last with what comes after.
        coded = coded[(0, 2, 3)[offset] : len(coded) - (0, 3, 2)[(offset + len(data)) % 3]]
        yield coded
        yield coded.translate(_URLSAFE)


def _lower(text: str) -> str:
    """Return the text in small letters, each character in its place."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text.translate(_SMALL)


_URLSAFE = str.maketrans("+/", "-_")
_SMALL = {capital: capital + 32 for capital in range(ord("A"), ord("Z") + 1)}
