"""Progress of a long file: told from the first second on, and never of a short one."""

import threading

import pytest

from pytest_spotify.cli.progress import Progress


def test_a_short_file_is_not_spoken_of(capsys: pytest.CaptureFixture[str]) -> None:
    """What is over before the first second prints nothing."""
    with Progress(lambda: "never"):
        pass

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_long_file_is_told_on_standard_error(
    is_terminal: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal gets one line that is written anew and wiped out in the end, a log gets lines."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal)
    called = threading.Event()

    def line() -> str:
        called.set()
        return "a.har: 7% read"

    with Progress(line, after=0):
        assert called.wait(10)

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("\ra.har: 7% read" if is_terminal else "a.har: 7% read\n")
    assert captured.err.endswith("\r" if is_terminal else "\n")
