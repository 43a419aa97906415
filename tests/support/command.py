"""Runs `pytest-spotify` in this process, as its console script would."""

from dataclasses import dataclass

import pytest

from pytest_spotify.cli import main


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


def run(*arguments: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ran:
    """Return exit status and output; an exception other than SystemExit is the test's failure."""
    monkeypatch.setattr("sys.argv", ["pytest-spotify", *map(str, arguments)])
    capsys.readouterr()
    with pytest.raises(SystemExit) as exit_:
        main()
    captured = capsys.readouterr()
    return Ran(status=int(exit_.value.code or 0), out=captured.out, err=captured.err)
