"""The report of a run as one HTML page that needs nothing else: no network, no server, no other file.

The page runs one script and one style sheet, which its Content-Security-Policy names by their hashes; so it
works without the script, and no text of a response can add another one.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_spotify.errors import MissingExtra, escape_unprintable
from pytest_spotify.report.page.sections import sections

if TYPE_CHECKING:
    from jinja2 import Template

_FOLDER = Path(__file__).parent / "templates"


def page(report: Mapping[str, Any]) -> str:
    """Return the page of a report, as `report.schema.json` describes it.

    Raises MissingExtra if jinja2 is not installed.
    """
    template = load_template()
    style, script = _read("page.css"), _read("page.js")
    return template.render(
        sections(_printable(report)),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


@cache
def load_template() -> Template:
    """Return the template of the page; raises MissingExtra if jinja2 is not installed."""
    try:
        import jinja2
    except ModuleNotFoundError as error:
        message = f"a report page needs {error.name}: pip install 'pytest-spotify[report]'"
        raise MissingExtra(message) from None
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")


def _printable(value: Any) -> Any:
    """Return plain values whose texts have no control, bidirectional or surrogate characters."""
    if isinstance(value, str):
        return value if value.isprintable() else escape_unprintable(value)
    if isinstance(value, Mapping):
        return {_printable(name): _printable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(each) for each in value]
    return value


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the hash of an inline element's text, as a Content-Security-Policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
