"""`pytest-spotify doctor`: show what a live run on this machine still needs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict

import click

from pytest_spotify.auth.credentials import Credentials
from pytest_spotify.auth.store import default_folder, is_usable_for
from pytest_spotify.auth.temporary import temporary_folder
from pytest_spotify.auth.user import AuthorizedUser
from pytest_spotify.cli.account_options import AccountOptions, account_options
from pytest_spotify.cli.doctor.checks import Doctor
from pytest_spotify.cli.doctor.diagnosis import Diagnosis
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
        click.echo(json.dumps({"checks": [asdict(check) for check in checks]}, indent=2))
    sys.exit(int(any(check.status == "red" for check in checks)))


def _checks(account: AccountOptions) -> Iterator[Diagnosis]:
    with ExitStack() as closing:

        def identify(credentials: Credentials) -> AuthorizedUser:
            folder = default_folder()
            if not is_usable_for(folder, credentials):
                # As in a live run: what the environment holds needs no folder of the user's.
                folder = closing.enter_context(temporary_folder())
            return account.identity(credentials, folder)

        yield from Doctor(
            account.environ,
            account.contracts(),
            identify,
            profile=account.profile,
            login=account.login_command,
        ).checks()


def _show(check: Diagnosis) -> None:
    message = check.message.removeprefix(f"{check.name} ")
    status = click.style(f"{check.status:<5}", fg=_COLOURS[check.status], bold=True)
    click.echo(f"{status}  {check.name:<26}  {escape_unprintable(message)}")
    if check.next:
        click.echo(f"{'':<5}  {'':<26}  next: {escape_unprintable(check.next)}")
