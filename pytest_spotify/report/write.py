"""The report of a run as a file, in the form that its name asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_spotify.files import write_atomically
from pytest_spotify.report.markdown import markdown

SUFFIXES = (".html", ".json", ".md")


def write_report(file: Path, report: Mapping[str, Any]) -> None:
    """Write a report as JSON, Markdown or a page, by the suffix of the file."""
    if file.suffix == ".html":
        from pytest_spotify.report.page import page  # needs jinja2

        text = page(report)
    elif file.suffix == ".md":
        text = markdown(report)
    else:
        text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    write_atomically(file, text.encode("utf-8", "backslashreplace"))
