"""`pytest-spotify logout`: remove a sign-in from this machine."""

from __future__ import annotations

import click

from pytest_spotify.auth.credentials import refresh_token_variable
from pytest_spotify.cli.account_options import AccountOptions, account_options

REVOKE = "https://www.spotify.com/account/apps/"


@click.command()
@account_options
def logout(account: AccountOptions) -> None:
    """Remove the stored sign-in of a profile from this machine.

    What the user allowed the app stays allowed; only the user can withdraw that, on Spotify's own page.
    """
    credentials = account.credentials
    credentials.require("login")
    removed = account.identity(credentials).store.delete()
    click.echo("The stored tokens are removed." if removed else "No tokens were stored.")
    if account.target.is_spotify:
        click.echo(f"To withdraw what you allowed the app as well: {REVOKE}")
    if credentials.refresh_token is not None:
        click.echo(f"{refresh_token_variable(account.profile)} is still set: unset it, too.")
