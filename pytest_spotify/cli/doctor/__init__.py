"""`pytest-spotify doctor`: show what a live run on this machine still needs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import click

from pytest_spotify.cli.account_options import AccountOptions, account_options
from pytest_spotify.cli.doctor.checks import Doctor
from pytest_spotify.cli.doctor.diagnosis import Diagnosis
from pytest_spotify.cli.doctor.report import report
from pytest_spotify.cli.echo import echo, echo_data
from pytest_spotify.cli.progress import Progress

_COLOURS = {"green": "green", "Ready": "green", "amber": "yellow", "red": "red", "Not": "red"}


@click.command()
@account_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(account: AccountOptions, *, as_json: bool) -> None:
    """Check what a live run needs: variables, redirect URI, clock, tokens, scopes, user, access, limits.

    Has tokens granted anew and asks the Web API a few questions; changes nothing. The first line is the
    verdict, then come the next steps in their order, then the checks, each green, amber or red.

    Exit status: 0 nothing red, 1 something red, 2 usage.
    """
    checks: list[Diagnosis] = []
    with Progress(lambda: f"{len(checks)} checks made"):
        checks.extend(_checks(account))
    if as_json:
        fields = ("name", "status", "message", "next")
        document = {"checks": [{name: getattr(check, name) for name in fields} for check in checks]}
        echo_data(json.dumps(document, indent=2))
    else:
        echo(report(checks, is_spotify=account.target.is_spotify), colours=_COLOURS)
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
