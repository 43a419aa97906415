"""`pytest-spotify sandbox`: serve the local stand-in for Spotify until stopped."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.cli.echo import echo, echo_data
from pytest_spotify.errors import INSTALL_SANDBOX, SpotifyTestError

if TYPE_CHECKING:
    from pytest_spotify.sandbox import Sandbox


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
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; any but a loopback one lets others in, as in a container.",
)
@click.option(
    "--control", is_flag=True, help="Take orders over HTTP under /sandbox: failures, delays, drift."
)
@click.option(
    "--catalogue",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Serve the music, shows, books and playlists of this file too (format: docs/sandbox.md).",
)
@click.option("--json", "as_json", is_flag=True, help="Print addresses and credentials as one JSON object.")
def sandbox(
    port: int, access: Access, host: str, *, control: bool, catalogue: Path | None, as_json: bool
) -> None:
    """Serve a local stand-in for Spotify: sign-in and the whole Web API, with an account to play with.

    Runs until Ctrl-C or SIGTERM. It sends no requests, and its credentials are valid nowhere else.
    """
    try:
        # Imported here: it is an extra, and heavy.
        from pytest_spotify.sandbox import Sandbox
        from pytest_spotify.sandbox.client import is_loopback
    except ModuleNotFoundError as missing:
        if str(missing.name).startswith("pytest_spotify"):
            raise
        raise SpotifyTestError(
            f"The sandbox needs {str(missing.name).partition('.')[0]}: {INSTALL_SANDBOX}"
        ) from None
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    server = Sandbox(access, port, host, control=control, catalogue=catalogue)
    server.start()
    if not (is_loopback(host) or host == "localhost"):
        echo(_beyond_loopback(host), err=True)
    facts = {
        "api_url": server.api_url,
        "accounts_url": server.accounts_url,
        "client_id": server.client_id,
        "client_secret": server.client_secret,
        "refresh_token": server.refresh_token,
        "redirect_uri": server.redirect_uri,
    }
    if control:
        facts["control_url"] = server.control_url
    with server:
        if as_json:
            echo_data(json.dumps(facts))
        else:
            _print_usage(server, control=control)
        # With a time-out: on Windows, no signal reaches a thread that waits for ever.
        while not stop.wait(0.5):
            pass


def _beyond_loopback(host: str) -> str:
    return (
        f"Warning: the sandbox listens on {host}, not on this machine alone. Everybody who reaches it can "
        "sign in as anybody, change what it holds and stop its answers; there is no password. Redirects "
        "lead to loopback addresses only."
    )


def _print_usage(server: Sandbox, *, control: bool) -> None:
    echo(
        f"A stand-in for Spotify runs here until Ctrl-C, for an app with access {server.access}:\n\n"
        f"  Web API   {server.api_url}\n"
        f"  Accounts  {server.accounts_url}\n"
        + (f"  Orders    {server.control_url}\n" if control else "")
        + "\nIts app, and an account that signed in to it. Both are good here and nowhere else:\n"
    )
    # Whole, as they are for copying.
    echo_data("\n".join(f"  export {name}={value}" for name, value in server.variables.items()))
    echo(
        "\nWith these set, in your project:\n\n"
        "  pytest --spotify-live\n\n"
        "To sign in as somebody else, with any name and any password:\n\n"
        "  unset SPOTIFY_REFRESH_TOKEN\n"
        "  pytest-spotify login"
    )
