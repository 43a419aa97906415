"""The text of a diagnosis: the verdict, one step a cause in order, what comes after, and every check."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_spotify.cli.doctor.diagnosis import Diagnosis

_WIDEST = 26
_SANDBOX = "No account? `pytest-spotify sandbox` serves a stand-in for Spotify on this machine."


def report(checks: Sequence[Diagnosis], *, is_spotify: bool) -> str:
    """Return the text; `is_spotify` is false for a run against another target."""
    steps = _steps(checks)
    lines = [_verdict(checks, steps), ""]
    if steps:
        steps.append(_after(checks))
        lines += [*(f"  {number}.  {step}" for number, step in enumerate(steps, start=1)), ""]
    if is_spotify and any(check.name == "SPOTIFY_CLIENT_ID" and check.next for check in checks):
        lines += [_SANDBOX, ""]
    for check in checks:
        message = check.message.removeprefix(f"{check.name} ")
        lines.append(f"{check.status:<5}  {check.name:<{_WIDEST}}  {message}")
    return "\n".join(lines)


def _verdict(checks: Sequence[Diagnosis], steps: Sequence[str]) -> str:
    red = [check for check in checks if check.status == "red" and not check.because]
    if not steps:
        return "Ready for a live run: `pytest --spotify-live`."
    things = "one thing" if len(steps) == 1 else f"{len(steps)} things"
    if not red:
        return f"Ready for a live run, with {things} to do first or later:"
    granted = any(check.name == "app token" and check.status == "green" for check in checks)
    scope = " of tests that need a user; those that need none can run" if granted else ""
    return f"Not ready for a live run{scope}. {things.capitalize()} to do:"


def _steps(checks: Sequence[Diagnosis]) -> list[str]:
    """Return the step of each cause, once: in order of the checks, the sign-in last, as it needs the rest."""
    causes = [check for check in checks if check.next and not check.because]
    causes.sort(key=lambda check: check.name.startswith("SPOTIFY_REFRESH_TOKEN"))
    return list(dict.fromkeys(check.next for check in causes))


def _after(checks: Sequence[Diagnosis]) -> str:
    """Return the command that comes after the steps: this one again while more may come to light."""
    unknown = any(check.status == "amber" and check.because for check in checks)
    red = any(check.status == "red" for check in checks)
    return "pytest-spotify doctor" if unknown and red else "pytest --spotify-live"
