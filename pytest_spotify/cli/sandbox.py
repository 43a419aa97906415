"""`pytest-spotify sandbox`: serve the local stand-in for Spotify until stopped."""

from __future__ import annotations

import json
import signal
import threading
from types import FrameType

import click

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.errors import SpotifyTestError


@click.command("sandbox")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on; 0 takes any free one."
)
@click.option(
    "--access",
    type=click.Choice(ACCESSES),
    default="development",
    show_default=True,
    envvar="SPOTIFY_ACCESS",
    help="Which Web API the app may use.",
)
@click.option("--json", "as_json", is_flag=True, help="Print addresses and credentials as one JSON object.")
def sandbox(port: int, access: Access, as_json: bool) -> None:
    """Serve a local stand-in for Spotify: sign-in and the whole Web API, with an account to play with.

    Runs until Ctrl-C or SIGTERM. Nothing leaves this machine, and the credentials are good for nothing
    else.
    """
    try:
        # Imported here: it is an extra, and heavy.
        from pytest_spotify.sandbox import Sandbox
    except ModuleNotFoundError as missing:
        if str(missing.name).startswith("pytest_spotify"):
            raise
        raise SpotifyTestError(
            f"The sandbox needs {missing.name}: pip install 'pytest-spotify[sandbox]'"
        ) from None
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    server = Sandbox(access, port)
    server.start()
    facts = {
        "api_url": server.api_url,
        "accounts_url": server.accounts_url,
        "client_id": server.client_id,
        "client_secret": server.client_secret,
        "refresh_token": server.refresh_token,
        "redirect_uri": server.redirect_uri,
    }
    with server:
        click.echo(json.dumps(facts) if as_json else _usage(facts, access))
        # With a time-out: on Windows, no signal reaches a thread that waits for ever.
        while not stop.wait(0.5):
            pass


def _usage(facts: dict[str, str], access: str) -> str:
    return f"""\
A stand-in for Spotify runs here until Ctrl-C, for an app with access {access}:

  Web API   {facts["api_url"]}
  Accounts  {facts["accounts_url"]}

Its app, and an account that signed in to it (good here and nowhere else):

  export SPOTIFY_CLIENT_ID={facts["client_id"]}
  export SPOTIFY_CLIENT_SECRET={facts["client_secret"]}
  export SPOTIFY_REDIRECT_URI={facts["redirect_uri"]}
  export SPOTIFY_REFRESH_TOKEN={facts["refresh_token"]}
  export SPOTIFY_ACCESS={access}

Then, in your project:

  pytest --spotify-live --spotify-api-url={facts["api_url"]} \\
    --spotify-accounts-url={facts["accounts_url"]}

To sign in as somebody else: pytest-spotify login --api-url={facts["api_url"]} \\
    --accounts-url={facts["accounts_url"]}
Any name and any password will do."""
