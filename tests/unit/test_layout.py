"""Text laid out to a width: nothing broken that has to stay whole, nothing lost."""

import re
import shlex

import pytest

from pytest_spotify.report.layout import text_width, wrap

COMMAND = "pytest 'tests/test_app.py::test_search[a b]' --spotify-live --record-mode=rewrite"
CURL = """curl -X POST -H "Authorization: Bearer $SPOTIFY_TOKEN" --data '{"name": "it'"'"'s"}' https://a.example/v1"""
URL = "https://developer.spotify.com/documentation/web-api/reference/get-multiple-albums-of-a-very-long-name"
PROSE = "the API and the contract no longer fit each other, " * 4
LINES = {
    "prose": PROSE,
    "label": f"meaning    {PROSE}",
    "indented": f"    {PROSE}",
    "columns": f"  breaking  /album/id: expected {PROSE}",
    "late-column": f"{'x' * 70}  get-track  {PROSE}",
    "command": COMMAND,
    "labelled-command": f"record     {COMMAND}",
    "curl": f"reproduce  {CURL}",
    "url": f"docs       {URL}",
    "method-and-url": f"request    GET {URL * 2}",
    "backticks": f"sign in again, since the token was not granted what the test's mark names: `{COMMAND}`",
    "wide": "歌" * 30 + " " + "歌" * 30,
    "open-quote": f"reproduce  curl --data '{PROSE}",
    "no-space": "x" * 300,
}


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("name", LINES)
def test_nothing_is_lost_or_broken(name: str, width: int) -> None:
    """Every word of the text is in the laid-out text, whole and in its order."""
    laid_out = wrap(LINES[name], width)
    words = [word for word in laid_out.split() if word != "\\"]
    assert words == LINES[name].split()


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("name", LINES)
def test_a_line_is_too_long_only_where_it_has_no_space_to_break_at(name: str, width: int) -> None:
    """Beyond the width is one word only, or what has to stay whole: quotes, backticks."""
    for line in wrap(LINES[name], width).split("\n"):
        if text_width(line) > width and name != "open-quote":
            value = re.split(r" {2,}(?=\S)", line)[-1].removesuffix(" \\")
            value = re.sub(r"^\S{1,8} ", "", value)  # a method, or the name of a command, stays with it
            assert " " not in value or value[0] in "`'\""


def test_lines_that_fit_stay() -> None:
    """What fits is not touched: neither double spaces nor empty lines."""
    text = "a  b   c\n\n  d  \n"
    assert wrap(text, 80) == text


def test_a_label_keeps_its_column() -> None:
    """The rest of a value begins below the value."""
    assert wrap("meaning    the API and the contract no longer fit each other", 40) == "\n".join(
        ["meaning    the API and the contract no", "           longer fit each other"]
    )


def test_a_word_that_its_column_has_no_room_for_begins_further_left() -> None:
    """A URL is unbroken on a line of its own if that is wide enough for it."""
    url = "https://developer.spotify.com/documentation/web-api/reference/get-track"
    assert wrap(f"docs       {url}", 80) == f"docs\n  {url}"


@pytest.mark.parametrize("command", [COMMAND, CURL])
@pytest.mark.parametrize("label", ["", "record     "])
def test_a_command_works_as_it_is_copied(command: str, label: str) -> None:
    """The shell reads a command in several lines as it reads it in one."""
    laid_out = wrap(f"{label}{command}", 60)
    assert laid_out.count(" \\\n") >= 1
    joined = laid_out.removeprefix(label).replace("\\\n", "")  # as a shell does (POSIX, 2.2.1)
    assert shlex.split(joined) == shlex.split(command)


def test_a_command_in_backticks_stays_whole() -> None:
    """Prose is broken before a command, not within it."""
    assert wrap("Sign in again: `pytest-spotify login --no-browser`", 45) == "\n".join(
        ["Sign in again:", "`pytest-spotify login --no-browser`"]
    )
