"""The report's page: one file that needs nothing else, says what matters first, and lets no text out."""

import base64
import hashlib
import importlib
import json
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from pytest_spotify.errors import MissingExtra, escape_unprintable
from pytest_spotify.report.page import page
from pytest_spotify.report.page.property_tree import object_tree
from tests.support.sample_report import small_report

HOSTILE = [
    "\"><script>document.title='out'</script>",
    "</script></style></title></textarea><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)' x='",
    "javascript:alert(1)",
    'https://example.com/" onclick="alert(1)',
    "<!-- ]]> <svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}{# ",
    "&lt;b&gt;&#60;b>",
    "a\u202eb\u2066c\u0000d\x1b[2Je\ud800f\u2028g",
    "\u0301" * 200,
    "::/=/*",
    "",
]


class _Page(HTMLParser):
    """The elements of a page with their attributes, and all of its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def structure(self) -> list[tuple[str, ...]]:
        return [(tag, *attributes) for tag, attributes in self.elements]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return small_report()


@pytest.fixture(scope="module")
def text(report: dict[str, Any]) -> str:
    return page(report)


def section(text: str, name: str) -> str:
    """Return the text of a section, as a reader has it."""
    start = text.index(f'<section id="{name}"')
    return _Page(text[start : text.index("</section>", start)]).text


def strings(value: Any, change: Callable[[str], str]) -> Any:
    """Return plain values whose texts, and names that come from contracts, are changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [strings(each, change) for each in value]
    if isinstance(value, dict):
        return {name: strings(each, change) for name, each in value.items()}
    return value


def test_the_sentence_comes_first(text: str, report: dict[str, Any]):
    """Title and heading are the sentence that everybody understands; how, where and when follow."""
    assert f"<title>{report['verdict']['sentence']}" in text
    assert re.search(r"<h1>.*?get-an-album no longer fits its contract\.</h1>", text, re.DOTALL)
    assert "Live, Spotify, with extended access, on 2026-11-28 at 03:00 UTC, in 4.2 s." in _Page(text).text
    assert text.index("<h1>") < text.index('id="failures"') < text.index('id="drift"')


def test_the_page_loads_nothing(text: str):
    """No element names another file, and the policy allows this style sheet and this script alone."""
    elements = _Page(text).elements
    assert {tag for tag, _ in elements}.isdisjoint({"link", "img", "iframe", "object", "embed", "base"})
    assert not re.search(r"@import|url\(", text)
    names = {name for _, attributes in elements for name in attributes}
    assert names.isdisjoint({"src", "srcset", "style", "action", "background", "ping"})
    assert not [name for name in names if name.startswith("on")]
    policy = next(
        each["content"] for _, each in elements if each.get("http-equiv") == "Content-Security-Policy"
    )
    directives = dict(part.strip().split(" ", 1) for part in str(policy).split(";"))
    assert (
        directives.pop("default-src")
        == directives.pop("base-uri")
        == directives.pop("form-action")
        == "'none'"
    )
    for name in ("style", "script"):
        content = re.findall(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
        assert len(content) == 1
        digest = base64.b64encode(hashlib.sha256(content[0].encode()).digest()).decode()
        assert directives.pop(f"{name}-src") == f"'sha256-{digest}'"
    assert directives == {}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_text_gets_out_of_its_element(report: dict[str, Any], hostile: str):
    """Whatever stands in any text of a report, the page has the elements and attributes of a harmless one.

    Links lead to web pages and into the page only.
    """
    harmless = re.sub(r"[<>\"'&{}%#]", "x", hostile).replace("javascript:", "javascript.")
    changed = [_Page(page(_with_text(report, each))) for each in (hostile, harmless)]
    assert changed[0].structure == changed[1].structure
    for tag, attributes in changed[0].elements:
        link = attributes.get("href")
        assert link is None or link.startswith(("https://", "#")), tag
    shown = escape_unprintable(hostile) if not hostile.isprintable() else hostile
    assert " ".join(shown.split()) in changed[0].text


def _with_text(report: dict[str, Any], text: str) -> dict[str, Any]:
    """Return a report with a text in each place that can hold one, names that contracts give included."""
    changed = strings({**report, "operations": report["operations"][:3], "coverage": {}}, lambda old: text)
    changed["run"] |= {name: report["run"][name] for name in ("mode", "started_at")}
    for number, (row, old) in enumerate(zip(changed["checks"], report["checks"], strict=True)):
        row |= {"id": f"{number}{text}", "outcome": old["outcome"], "category": old["category"]}
    for each in changed["operations"]:
        each["outcomes"] = {"case": text, text: text}
    changed["coverage"] = {
        "operations": {
            text: {"statuses": {f"{text} 200": 1, text: 2}, "parameters": {text: 0, f"1{text}": 0}}
        },
        "objects": {text: {f"/a{text}": 1, f"/b={text}": 0}},
    }
    return changed


def test_failures_of_one_kind_are_together(text: str):
    """What the API broke comes before what the service did not answer; each message stands once."""
    failures = section(text, "failures")
    assert failures.index("The API does not fit its contract") < failures.index("The service did not answer")
    assert "/name: required property is missing" in failures
    assert "tests/test_own.py::test_b" in failures
    assert "tests/test_own.py::test_c" not in failures


def test_a_change_is_a_diff(text: str):
    """Operation, pointer, both shapes, how bad, since when, and who announced it, with the link."""
    drift = section(text, "drift")
    for part in ("breaking", "get-an-album", "/label", "string", "absent", "Recorded 2025-03-01"):
        assert part in drift
    assert (
        '<a href="https://developer.spotify.com/guide" rel="noreferrer">February 2026 migration guide</a>'
        in text
    )
    assert "1 known change of the project's baseline is left out." in drift


def test_every_operation_has_a_sign_and_a_word_for_each_kind_of_check(text: str, report: dict[str, Any]):
    """All 96 are there by group; colour is never alone."""
    operations = text[text.index('<section id="operations"') : text.index('<section id="properties"')]
    assert operations.count("<tr data-item") == len(report["operations"]) == 96
    row = re.search(r"<tr data-item[^>]*>(?:(?!</tr>).)*>get-an-album<.*?</tr>", operations, re.DOTALL)
    assert row
    assert re.findall(r'aria-hidden="true">(.)</span><span class="unseen-label">(.*?)<', row[0]) == [
        ("–", "not checked"),
        ("✕", "failed"),
    ]


def test_responses_of_spotify_are_apart(text: str):
    """Successes are apart from refusals, and Spotify's from those of the sandbox."""
    responses = section(text, "responses")
    assert "1 with a success of Spotify 1 with a success of the sandbox 0 with refusals only" in responses
    assert "Spotify success Spotify refused Sandbox success Sandbox refused" in responses
    assert "get-an-album never sent: market 200 ×1 401 ×1 200 ×1 –" in responses


def test_properties_are_a_tree():
    """A property holds those of its value, or of the items of its list, and the values of its enum."""
    tree = object_tree(
        "album",
        {"/images": 2, "/images/*/url": 2, "/name": 0, "/type": 2, "/type=album": 2, "/type=single": 0},
    )
    assert (tree.seen, tree.known, tree.unseen) == (4, 6, 2)
    assert list(tree.properties) == ["images", "name", "type"]
    assert tree.properties["images"].is_list
    assert tree.properties["images"].properties["url"].seen == 2
    assert tree.properties["type"].values == {"album": 2, "single": 0}


def test_what_was_never_seen_is_said(text: str):
    """A property or a value that no response had is named, in words."""
    properties = section(text, "properties")
    assert "restrictions never seen" in properties
    assert re.search(r"name \d+×", properties)


def test_the_time_line_has_recordings_and_known_changes(text: str):
    """It has the changes of the access up to the day of the run, and how many recordings are older."""
    line = section(text, "time-line")
    assert (
        "2024-11-27 Introducing some changes to our Web API (November 2024) every recording is newer" in line
    )
    assert (
        "February 2026 migration guide: playlists carry items beside tracks 2 of 3 recordings are older"
        in line
    )
    assert "development apps are no longer sent preview_url" not in line
    assert "recorded from Spotify" in line
    assert (
        "age Spotify Sandbox up to a month – – up to three months – 1 up to six months – – older 2 –" in line
    )


def test_what_was_not_checked_has_its_reason(text: str):
    """Each reason has the number of checks, and operations without a check are listed."""
    section_text = section(text, "not-checked")
    assert "1 needs an active device" in section_text
    assert "95 operations without any check in this run" in section_text


def test_a_replay_without_coverage_has_a_page(report: dict[str, Any]):
    """Empty parts are said in a sentence, and nothing is missing."""
    empty = report | {"checks": [], "not_checked": [], "coverage": {}, "operations": []}
    empty |= {
        "drift": {"compared": 0, "accepted": 0, "differences": []},
        "run": report["run"] | {"mode": "replay"},
    }
    result = page(empty)
    assert "A replay has nothing to compare with" in section(result, "drift")
    assert "Every check that was selected took place." in section(result, "not-checked")
    assert "No check was answered from a dated recording." in section(result, "time-line")


def test_the_page_is_the_same_for_the_same_report(report: dict[str, Any], text: str):
    """Nothing of the clock or of the machine is in it."""
    assert page(json.loads(json.dumps(report))) == text


def test_without_jinja2_the_command_is_said(report: dict[str, Any], monkeypatch: pytest.MonkeyPatch):
    """The module is imported without it; who wants a page is told what to install."""
    monkeypatch.setitem(sys.modules, "jinja2", None)
    monkeypatch.delitem(sys.modules, "pytest_spotify.report.page")
    module = importlib.import_module("pytest_spotify.report.page")
    with pytest.raises(MissingExtra, match=re.escape("needs jinja2: pip install 'pytest-spotify[report]'")):
        module.page(report)
