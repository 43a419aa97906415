"""`pytest-spotify logout`: remove the stored sign-in."""

from __future__ import annotations

import click

from pytest_spotify.auth.credentials import refresh_token_variable
from pytest_spotify.cli.account_options import AccountOptions, account_options
from pytest_spotify.cli.echo import echo
from pytest_spotify.errors import MissingCredentials

REVOKE = "https://www.spotify.com/account/apps/"


@click.command()
@account_options
def logout(account: AccountOptions) -> None:
    """Remove the stored sign-in of a profile from this machine.

    What the user allowed the app stays allowed; only the user can withdraw that, on Spotify's own page.
    """
    credentials = account.credentials
    if not credentials.client_id:
        raise MissingCredentials(
            "Which sign-in to remove is not known: SPOTIFY_CLIENT_ID is not set or empty. "
            f"{credentials.notice}".strip()
        )
    store = account.identity(credentials).store
    removed = store.delete()
    whose = _description(account.profile, credentials.client_id, account.target.accounts_url)
    echo(f"Removed: the stored tokens of {whose}." if removed else f"Nothing was stored for {whose}.")
    for about in [] if removed else store.others():
        other = _description(about["profile"], about["client_id"], about["accounts_url"])
        echo(f"Still stored: the tokens of {other}.")
    if account.target.is_spotify:
        echo(f"To withdraw what you allowed the app as well: {REVOKE}")
    if credentials.refresh_token is not None:
        echo(f"{refresh_token_variable(account.profile)} is still set: unset it, too.")


def _description(profile: str, client_id: str, accounts_url: str) -> str:
    """Return whose tokens they are; of the id only as much as tells apps apart."""
    return f"profile {profile} of app {client_id[:6]}... at {accounts_url}"
