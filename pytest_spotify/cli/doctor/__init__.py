"""`pytest-spotify doctor`: show what a live run on this machine still needs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict

import click

from pytest_spotify.cli.account_options import AccountOptions, account_options
from pytest_spotify.cli.doctor.checks import Doctor
from pytest_spotify.cli.doctor.diagnosis import Diagnosis
from pytest_spotify.cli.echo import echo
from pytest_spotify.errors import escape_unprintable

_COLOURS = {"green": "green", "amber": "yellow", "red": "red"}


@click.command()
@account_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(account: AccountOptions, *, as_json: bool) -> None:
    """Check what a live run needs: variables, redirect URI, clock, tokens, scopes, user, access, limits.

    Has tokens granted anew and asks the Web API a few questions; changes nothing. Every line is green, amber
    or red, with the next step.

    Exit status: 0 nothing red, 1 something red, 2 usage.
    """
    checks: list[Diagnosis] = []
    for check in _checks(account):
        checks.append(check)
        if not as_json:
            _show(check)
    if as_json:
        echo(json.dumps({"checks": [asdict(check) for check in checks]}, indent=2))
    sys.exit(int(any(check.status == "red" for check in checks)))


def _checks(account: AccountOptions) -> Iterator[Diagnosis]:
    with ExitStack() as closing:
        yield from Doctor(
            account.environ,
            account.contracts(),
            lambda credentials: account.authorized_user(credentials, closing),
            profile=account.profile,
            login=account.login_command,
        ).checks()


def _show(check: Diagnosis) -> None:
    message = check.message.removeprefix(f"{check.name} ")
    status = click.style(f"{check.status:<5}", fg=_COLOURS[check.status], bold=True)
    echo(f"{status}  {check.name:<26}  {escape_unprintable(message)}")
    if check.next:
        echo(f"{'':<5}  {'':<26}  next: {escape_unprintable(check.next)}")
