"""`pytest-spotify token`: print one access token."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from datetime import datetime, timedelta

import click

from pytest_spotify.access import TokenKind
from pytest_spotify.auth.token import Token
from pytest_spotify.auth.user import AuthorizedUser
from pytest_spotify.cli.account_options import AccountOptions, account_options
from pytest_spotify.cli.echo import echo, echo_data, echo_error
from pytest_spotify.clock import Clock
from pytest_spotify.errors import InvalidClient, InvalidGrant, ServiceError


@click.command()
@account_options
@click.option("--app", is_flag=True, help="Print a token of the app's own (client credentials).")
def token(account: AccountOptions, *, app: bool) -> None:
    """Print an access token of the user, or with --app of the app.

    Standard output is the token alone, so that a shell can take it: `SPOTIFY_TOKEN=$(pytest-spotify token)`.
    A token is a secret: print it into no file and no log. What it is, and how long it is good, is said on
    standard error.

    Exit status: 0 printed, 1 refused, or the accounts service does not answer, 2 usage, variables or token
    store.
    """
    kind: TokenKind = "app" if app else "user"
    with ExitStack() as closing:
        user = account.authorized_user(account.credentials, closing)
        user.require_token(kind)
        try:
            granted = user.token_source(kind).token()
        except (InvalidGrant, InvalidClient, ServiceError) as error:
            echo_error(error)
            sys.exit(1)
        echo(_description(user, granted, account), err=True)
    echo_data(granted.access_token.reveal())


def _description(user: AuthorizedUser, granted: Token, account: AccountOptions) -> str:
    seconds = max(0, int(granted.expires_at - Clock().monotonic()))
    end = datetime.now().astimezone() + timedelta(seconds=seconds)
    whose = f"A token of the user (profile {account.profile})" if granted.user else "A token of the app's own"
    target = "Spotify" if account.target.is_spotify else account.target.api_url
    day = f", who signed in on {user.signed_in}" if granted.user and user.signed_in else ""
    return f"{whose}{day}, for {target}; good for {seconds // 60} minutes, until {end:%H:%M}."
