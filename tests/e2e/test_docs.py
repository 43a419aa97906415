"""The documentation keeps its word: what it shows is run, and what it names exists."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from pytest_spotify.cli import COMMANDS
from pytest_spotify.sandbox import Sandbox
from tests.support.pages import Reader, blocks
from tests.support.project import Project

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if "decisions" not in page.parts)


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if any(not block.not_run for block in blocks(page))],
    ids=lambda page: page.relative_to(DOCS).as_posix(),
)
def test_a_page_is_true_from_its_first_block_to_its_last(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    page: Path,
):
    """Who follows a page in an empty folder, on the sandbox, sees what it shows."""

    def sandbox() -> Sandbox:
        started: Sandbox = request.getfixturevalue("sandbox")
        return started

    Reader(project, monkeypatch, sandbox).follow(page)


def test_comments_before_blocks_are_read():
    """A block that no test runs gives its reason, and one that is a file shows its name."""
    known = {"sh", "console", "python", "json", "toml", "yaml", "ini", "text", ""}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert text.count("<!-- not run: ") == sum(bool(block.not_run) for block in blocks(page)), page.name
        for block in blocks(page):
            assert block.language in known, f"{page.name}:{block.line}"
            assert not block.file or block.text.startswith("# ") or f"`{block.file}`" in text, block.file


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference_script", ROOT / "scripts" / "reference.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_what_the_code_says(reference: ModuleType):
    """`scripts/reference.py` would write the pages as they are."""
    for name, text in reference.pages().items():
        written = (DOCS / "reference" / name).read_text(encoding="utf-8")
        assert written == text, f"docs/reference/{name}: run `python scripts/reference.py`"


def test_options_and_commands_that_are_named_exist(reference: ModuleType):
    """No page names an option of pytest or a command that is not there."""
    known = set(re.findall(r"`(--spotify-[a-z-]+)", reference.pytest_page()))
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES]:
        text = page.read_text(encoding="utf-8")
        assert set(re.findall(r"--spotify-[a-z-]*[a-z]", text)) <= known, page.name
        assert set(re.findall(r"[`$/]\s?pytest-spotify ([a-z]+(?:-[a-z]+)*)", text)) <= COMMANDS.keys(), (
            page.name
        )


def test_variables_that_are_read_are_in_the_reference():
    """The page of the environment has every variable that the package knows by name."""
    page = (DOCS / "reference" / "environment.md").read_text(encoding="utf-8")
    for file in (ROOT / "pytest_spotify").rglob("*.py"):
        for name in re.findall(r'"(SPOTI[FP]Y_[A-Z_]+)"', file.read_text(encoding="utf-8")):
            assert name in page, f"{name}, in {file.relative_to(ROOT)}"
