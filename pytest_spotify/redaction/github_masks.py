"""Masks for GitHub Actions: its log hides a secret only in the exact forms that it was told.

Repository secrets it knows as they stand; not their encoded forms, nor a token that is granted in the run.
Documentation: docs.github.com, "Workflow commands for GitHub Actions", masking a value in a log.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping
from urllib.parse import quote

_SHORTEST = 6
"""Shorter texts would mask half of the log."""


def in_github_actions(environ: Mapping[str, str]) -> bool:
    """Say whether somebody reads masks here: elsewhere they would show what they are to hide."""
    return bool(environ.get("GITHUB_ACTIONS"))


def emit_masks(texts: Iterable[str], *, descriptor: int) -> None:
    """Write the mask of each form of each text to the runner, past whatever captures Python's streams."""
    forms = {form for text in texts for form in _forms(text)}
    for form in sorted(forms, key=len, reverse=True):
        # A command counts at the start of a line only, and other output may stand in this one.
        os.write(descriptor, f"\n::add-mask::{_escaped(form)}\n".encode())


def _forms(text: str) -> set[str]:
    plain, url_safe = base64.b64encode(text.encode()), base64.urlsafe_b64encode(text.encode())
    forms = {text, quote(text, safe=""), text.replace("/", "\\/")}
    forms |= {coded.decode().rstrip("=") for coded in (plain, url_safe)}
    return {form for form in forms if len(form) >= _SHORTEST}


def _escaped(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
