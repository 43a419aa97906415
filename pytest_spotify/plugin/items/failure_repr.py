"""How a failure of ours is shown: our text in place of a traceback, in the width and colours of the terminal.

What a worker of pytest-xdist sends is pytest's own classes, with plain lines: `lay_out` comes after that.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from traceback import walk_tb
from typing import Any

import pytest

from pytest_spotify.intercept.callers import is_users
from pytest_spotify.plugin.state import get_state
from pytest_spotify.redaction.workflow_commands import in_github_actions, without_workflow_commands
from pytest_spotify.report.layout import wrap

SECTION = "spotify"  # of a report, with our text
_LABEL = re.compile(r"(?:[a-z]+ )*[a-z]+ {2,}|  (?:breaking|request|additive|unknown) +")


class FailureText:
    """Our text as an entry of a traceback: wrapped to the width of what it is written to."""

    style = "value"

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(lines)

    def toterminal(self, tw: Any) -> None:
        """Write the text: headlines red, labels bold, where there is colour."""
        width = tw.fullwidth  # pytest asks the terminal each time
        for before, line, after in zip(["", *self.lines], self.lines, [*self.lines[1:], ""], strict=False):
            laid_out = safe(wrap(line, width))
            label = _LABEL.match(laid_out)
            if label:
                tw.write(label[0], bold=True)
                tw.line(laid_out[label.end() :])
            else:
                headline = line and not before and not after
                tw.line(laid_out, **({"red": True, "bold": True} if headline else {}))


def lay_out(report: pytest.TestReport, config: pytest.Config) -> None:
    """Put our text in a report as a `FailureText`, and wrap its section."""
    chain = getattr(report.longrepr, "chain", None)
    entries = chain[0][0].reprentries if chain else []
    if entries and entries[0].style == FailureText.style:
        entries[0] = FailureText([line for part in entries[0].lines for line in part.split("\n")])
    width = config.get_terminal_writer().fullwidth
    report.sections = [
        (title, safe(wrap(text, width)) if title.startswith(f"Captured {SECTION} ") else text)
        for title, text in report.sections
    ]


def safe(text: str) -> str:
    """Return text, which a file or a response may have given, without commands to the runner of a CI job."""
    return without_workflow_commands(text) if in_github_actions(os.environ) else text


def short_repr(item: pytest.Item, error: pytest.ExceptionInfo[BaseException]) -> Any:
    """Return our text and the line of the test that met it; the first line is for the short summary."""
    # Several if more than one fixture failed as it ended; one of them twice if its error is ours too.
    first, *others = {str(leaf.value): leaf for leaf in _leaf_errors(error)}.values()
    representation = _repr_one(item, first)
    for other in others:
        lines = _repr_one(item, other).reprtraceback.reprentries[0].lines
        representation.reprtraceback.reprentries[0].lines += ["", *lines]
    return representation


def cause_repr(item: pytest.Item, error: pytest.ExceptionInfo[BaseException], cause: Exception) -> Any:
    """Return the text of an error's cause, and below it the user's lines of the traceback; with -vv all."""
    if cause.__traceback__ is None:
        cause = cause.with_traceback(error.value.__traceback__)
    representation = short_repr(item, pytest.ExceptionInfo.from_exception(cause))
    option, verbose = item.config.option, item.config.get_verbosity() > 1

    def select_lines(error: pytest.ExceptionInfo[BaseException]) -> Any:
        lines = error.traceback.cut(path=item.path).filter(error)
        users = lines if verbose else lines.filter(lambda line: is_users(Path(line.path)))
        return users or lines

    users: Any = error.getrepr(
        style="long" if option.tbstyle == "auto" else option.tbstyle,
        showlocals=option.showlocals,
        tbfilter=select_lines,
        chain=verbose,
    )
    (text, crash, _), *_ = representation.chain
    chain = getattr(users, "chain", [(users.reprtraceback, None, None)])
    representation.chain = [
        (text, crash, "It made the code of the test fail:"),
        *((traceback, crash, description) for traceback, _, description in chain),
    ]
    return representation


def _leaf_errors(
    error: pytest.ExceptionInfo[BaseException],
) -> Iterator[pytest.ExceptionInfo[BaseException]]:
    if isinstance(error.value, BaseExceptionGroup):
        for part in error.value.exceptions:
            yield from _leaf_errors(pytest.ExceptionInfo.from_exception(part))
    else:
        yield error


def _repr_one(item: pytest.Item, error: pytest.ExceptionInfo[BaseException]) -> Any:
    representation: Any = error.getrepr(style="value", chain=False)
    crash = representation.reprcrash
    crash.message = str(error.value).partition("\n")[0]
    crash.path, crash.lineno = item.location[0], (item.location[1] or 0) + 1
    path = str(item.path)  # a traceback entry of pytest's looks its path up in the file system
    lines = [line for frame, line in walk_tb(error.tb) if frame.f_code.co_filename == path]
    if lines:
        crash.lineno = lines[-1]
        place = f"at         {get_state(item.config).display_path(item.path)}:{lines[-1]}"
        representation.reprtraceback.reprentries[0].lines += ["", place]
    return representation
