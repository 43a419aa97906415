"""The site of the documentation: Sphinx reads the Markdown of the checkout as it stands.

The source folder is the root, so that links between pages hold on the site and in the repository alike.
What is shown where is said here and not in the pages, which stay plain Markdown.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parents[1]))

project = "pytest-spotify"
author = "the pytest-spotify authors"
copyright = f"2026, {author}"  # noqa: A001
extensions = ["myst_parser"]
root_doc = "docs/README"
include_patterns = [
    "*.md",
    "changes/README.md",
    "docs/*.md",
    "docs/**/*.md",
    "examples/README.md",
    "examples/**/README.md",
    "benchmarks/README.md",
]
exclude_patterns = ["**/.*", ".*"]
html_theme = "furo"
html_title = "pytest-spotify"
# `index.html`, which leads to the first page, and what contract files name as their `$schema`.
html_extra_path = ["site", "../pytest_spotify/contract.schema.json"]
html_show_sourcelink = False
html_copy_source = False
myst_enable_extensions = ["html_image"]  # pictures with a width
myst_heading_anchors = 4
nitpicky = True
smartquotes = False  # `--` is an option
suppress_warnings = ["myst.header"]  # a page may begin at any level

NAVIGATION = {
    "Tutorial": ["docs/tutorial"],
    "How to": [
        "docs/how-to/start-in-your-project",
        "docs/how-to/guard-your-tests",
        "docs/how-to/check-your-traffic",
        "docs/how-to/sign-in",
        "docs/how-to/run-in-ci",
        "docs/how-to/watch",
        "docs/how-to/record-anew",
        "docs/how-to/write-a-story",
        "docs/how-to/add-a-contract",
        "docs/how-to/migrate",
        "examples/README",
    ],
    "Reference": [
        "docs/reference/pytest",
        "docs/reference/commands",
        "docs/reference/environment",
        "docs/reference/exit-statuses",
        "docs/reference/python",
        "docs/contracts",
        "docs/reference/contract-format",
        "docs/recording",
        "docs/report",
        "docs/reference/report-format",
        "docs/clients",
        "docs/sandbox",
        "docs/provenance",
    ],
    "Explanation": [
        "docs/live",
        "docs/access",
        "docs/isolation",
        "docs/drift",
        "docs/why-not-openapi",
        "docs/comparison",
        "docs/decisions/README",
    ],
    "Project": [
        "README",
        "ARCHITECTURE",
        "CONTRIBUTING",
        "CHANGELOG",
        "changes/README",
        "SECURITY",
        "CODE_OF_CONDUCT",
        "benchmarks/README",
    ],
}
LISTED_BY_FOLDER = {
    "docs/decisions/README": "docs/decisions/*.md",
    "examples/README": "examples/*/README.md",
}


def add_navigation(app: Sphinx, name: str, source: list[str]) -> None:
    """Append the lists of pages to the page that they belong to."""
    lists: list[tuple[str, list[str]]] = []
    if name == root_doc:
        lists = list(NAVIGATION.items())
    elif name in LISTED_BY_FOLDER:
        top = Path(app.srcdir)
        found = sorted(page.relative_to(top).with_suffix("") for page in top.glob(LISTED_BY_FOLDER[name]))
        lists = [("", [page.as_posix() for page in found if page.as_posix() != name])]
    for caption, pages in lists:
        option = f":caption: {caption}\n" if caption else ""
        entries = "\n".join(f"/{page}" for page in pages)
        source[0] += f"\n\n```{{toctree}}\n:hidden:\n{option}{entries}\n```\n"


def setup(app: Sphinx) -> None:
    """Connect what this file adds to Sphinx."""
    app.connect("source-read", add_navigation)
