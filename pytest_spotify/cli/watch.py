"""`pytest-spotify watch`: workflows for a repository, and the issue about what nightly runs found."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from pytest_spotify.cli.echo import echo, echo_data
from pytest_spotify.errors import SpotifyTestError, escape_unprintable
from pytest_spotify.files import read_bytes, write_atomically
from pytest_spotify.watch import Step, next_step
from pytest_spotify.watch.sign_in import sign_in_step
from pytest_spotify.watch.tracker import Tracker

WORKFLOWS = ("spotify-replay.yml", "spotify-watch.yml", "spotify-record.yml")
LABEL, SIGN_IN_LABEL = "spotify-watch", "spotify-sign-in"


@click.group()
def watch() -> None:
    """Run against Spotify every night, and be told of what has changed."""


@watch.command()
@click.option("--install", metavar="COMMAND", help="How a job installs the project and pytest-spotify.")
@click.option("--pytest", "arguments", metavar="ARGUMENTS", default="", help="More arguments for pytest.")
@click.option("--force", is_flag=True, help="Replace workflows that are there already.")
def init(install: str | None, arguments: str, *, force: bool) -> None:
    """Write three workflows for GitHub into .github/workflows of the current folder.

    spotify-replay replays on every push, spotify-watch goes live by night and keeps an issue, spotify-record
    records anew once a month and opens a pull request.
    """
    folder = Path(".github/workflows")
    there = [name for name in WORKFLOWS if (folder / name).exists()]
    if there and not force:
        raise SpotifyTestError(f"{folder / there[0]}: is there already; --force replaces it")
    folder.mkdir(parents=True, exist_ok=True)
    # Not every repository at the same minute: the name of the folder decides.
    minute = str(zlib.crc32(Path.cwd().name.encode()) % 60)
    values = {"@INSTALL@": install or _install_command(), "@ARGUMENTS@": arguments, "@MINUTE@": minute}
    for name in WORKFLOWS:
        text = files("pytest_spotify.watch").joinpath("workflows", name).read_text(encoding="utf-8")
        for placeholder, value in values.items():
            text = text.replace(placeholder, value)
        lines = (line.rstrip() for line in text.splitlines())
        write_atomically(folder / name, ("\n".join(lines) + "\n").encode())
        echo(f"wrote {folder / name}")
    echo(
        "\nThe live ones need secrets of the repository (Settings, Secrets and variables, Actions):\n"
        "  gh secret set SPOTIFY_CLIENT_ID\n"
        "  gh secret set SPOTIFY_CLIENT_SECRET\n"
        "  gh secret set SPOTIFY_REFRESH_TOKEN\n"
        "  gh variable set SPOTIFY_REFRESH_TOKEN_DATE\n"
        "`pytest-spotify login --print-env` prints the values. Without them, as in forks, they do nothing."
    )


@watch.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.json")
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
def report(file: Path, *, dry_run: bool) -> None:
    """Open, update or close the one issue about what has changed, from the report of a run.

    Needs `gh` with a token that may write issues (GH_TOKEN). Nothing is said twice, and nothing of an outage.
    """
    content, today = _read(file), datetime.now(UTC).date()
    for label in (LABEL, SIGN_IN_LABEL):
        if dry_run:
            _print(label, _decide(label, content, None, today))
            continue
        tracker = Tracker(label)
        issue = tracker.find()
        step = _decide(label, content, issue, today)
        tracker.take(step, issue)
        echo(f"{label}: {step.action}: {escape_unprintable(step.reason)}")


def _decide(label: str, content: Mapping[str, Any], issue: Any, today: date) -> Step:
    if label == LABEL:
        return next_step(content, issue, today)
    return sign_in_step(content["run"]["sign_in_ends"], issue, today)


def _print(label: str, step: Step) -> None:
    echo(f"{label}: {step.action}: {escape_unprintable(step.reason)}")
    if step.action != "none":
        echo_data(f"\n# {escape_unprintable(step.title)}\n\n{escape_unprintable(step.body)}\n")


def _read(file: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(read_bytes(file))
        if content["version"] == 1 and isinstance(content["run"]["sign_in_ends"], str):
            return content
    except (ValueError, KeyError, TypeError):
        pass
    raise SpotifyTestError(f"{file}: no report of pytest-spotify; --spotify-report=FILE.json writes one")


def _install_command() -> str:
    if Path("pyproject.toml").exists():
        return "python -m pip install --editable . pytest-spotify"
    if Path("requirements.txt").exists():
        return "python -m pip install --requirement requirements.txt pytest-spotify"
    return "python -m pip install pytest-spotify"
