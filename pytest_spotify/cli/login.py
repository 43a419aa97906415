"""`pytest-spotify login`: sign in once in the browser."""

from __future__ import annotations

import shlex
import sys
import threading
from collections.abc import Callable
from typing import NoReturn
from urllib.parse import urlsplit

import click

from pytest_spotify.auth import variable_in_use
from pytest_spotify.auth.credentials import (
    DASHBOARD,
    DEFAULT_PROFILE,
    Credentials,
    check_redirect_uri,
    refresh_token_variable,
)
from pytest_spotify.auth.sign_in import SignIn
from pytest_spotify.auth.token import Token, last_day, today
from pytest_spotify.auth.user import AuthorizedUser
from pytest_spotify.cli.account_options import AccountOptions, account_options
from pytest_spotify.cli.doctor.diagnosis import display_name, suggest_fix
from pytest_spotify.cli.echo import echo, echo_data, echo_error
from pytest_spotify.contracts.registry import scopes_by_operation
from pytest_spotify.errors import (
    InvalidClient,
    InvalidGrant,
    ServiceError,
    SignInRefused,
    SignInTimedOut,
    SpotifyTestError,
)

_Tell = Callable[[str], None]
_OTHER_COMPUTER = (
    "Where the browser is on another computer (SSH, a container), stop this with Ctrl-C and run "
    "`pytest-spotify login --no-browser`."
)


@click.command()
@account_options
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    metavar="NAME",
    help="Ask for this scope alone; may be repeated (default: what the contracts use).",
)
@click.option("--no-browser", is_flag=True, help="Print the address to open, and take the pasted answer.")
@click.option(
    "--timeout",
    type=click.IntRange(1, 86400),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for the browser.",
)
@click.option("--print-env", is_flag=True, help="Print the variables for a shell or for CI: secrets!")
def login(
    account: AccountOptions, *, scopes: tuple[str, ...], no_browser: bool, timeout: int, print_env: bool
) -> None:
    """Sign in to Spotify in the browser, and keep the tokens for this user alone.

    Listens on SPOTIFY_REDIRECT_URI (default http://127.0.0.1:8888/callback) for the browser's response; if
    that is not on this computer, the address at which the browser ends is pasted.

    Exit status: 0 signed in, 1 cancelled or refused, 2 usage, variables, port or token store, 3 not
    completed in time.
    """

    def tell(text: str) -> None:
        # Standard output is for the variables where they are asked for.
        echo(text, err=print_env)

    credentials = account.credentials
    credentials.require()
    check_redirect_uri(credentials.redirect_uri, variable_in_use(account.environ, "SPOTIFY_REDIRECT_URI"))
    identity = account.identity(credentials)
    identity.store.check()  # before anybody agrees to anything
    wanted = _wanted(scopes, account)
    sign_in = SignIn(
        service=identity.service,
        store=identity.store,
        redirect_uri=credentials.redirect_uri,
        scopes=frozenset(wanted),
    )
    explanation = _explanation(account, credentials, identity, wanted)

    def begin(url: str) -> None:
        # Only now: a port that is taken is all that is said then.
        tell(explanation)
        _open(url, tell)
        tell(f"Waiting {timeout} s for the browser's response. {_OTHER_COMPUTER}")

    try:
        if no_browser or not _is_here(credentials.redirect_uri):
            tell(explanation)
            token = _with_pasted_url(sign_in, tell, open_browser=not no_browser)
        else:
            token = sign_in.with_callback_server(begin, seconds=timeout)
    except SignInTimedOut as error:
        _end(error, 3)
    except (SignInRefused, InvalidGrant, InvalidClient, ServiceError) as error:
        _end(error, 1)
    tell(_outcome(identity, token, wanted))
    if print_env:
        echo_data(_variables(credentials, token))


def _wanted(scopes: tuple[str, ...], account: AccountOptions) -> dict[str, list[str]]:
    """Return the scopes to request, with the operations that use each."""
    known = scopes_by_operation(account.contracts(), account.access)
    if not scopes:
        return known
    requested = [scope for text in scopes for scope in text.replace(",", " ").split()]
    return {scope: known.get(scope, []) for scope in sorted(set(requested))}


def _is_here(redirect_uri: str) -> bool:
    """Return True if the browser's response can be received on this computer (RFC 8252 section 7.3)."""
    parts = urlsplit(redirect_uri)
    return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1")


def _explanation(
    account: AccountOptions, credentials: Credentials, identity: AuthorizedUser, wanted: dict[str, list[str]]
) -> str:
    uri = credentials.redirect_uri
    any_port = _is_here(uri) and urlsplit(uri).port is None
    lines = [
        f"Signing in to {'Spotify' if account.target.is_spotify else account.target.accounts_url}"
        + ("" if account.profile == DEFAULT_PROFILE else f" as profile {account.profile}"),
        "",
        *([f"  note          {_beaten(account.profile)}"] if credentials.refresh_token else []),
        f"  redirect URI  {uri}",
        "                It has to stand in the app's settings to the letter: case, slash and port count.",
        f"                {DASHBOARD} > your app > Settings > Edit > Redirect URIs > Add > Save",
        *(["                Without a port there, any port will do."] if any_port else []),
        "                Spotify refuses http://localhost since 2025: 127.0.0.1 it is, or https.",
        f"  scopes        {len(wanted)}, with an operation that uses each:",
        *(f"    {scope:<28}{_used_by(operations)}" for scope, operations in wanted.items()),
        "                Tests change nothing of the account unless they are run with --spotify-write.",
        f"  how long      six months, until {last_day(today())}; refreshing does not extend it",
        f"  kept in       {identity.store.path.parent}, for your user alone",
        "",
    ]
    return "\n".join(lines)


def _beaten(profile: str) -> str:
    variable = refresh_token_variable(profile)
    return f"{variable} is set and beats what this stores: unset it, or set it to the new one (--print-env)."


def _used_by(operations: list[str]) -> str:
    if not operations:
        return "no contract uses it"
    more = len(operations) - 1
    return operations[0] + (f" and {more} more" if more else "")


def _open(url: str, tell: _Tell) -> None:
    import webbrowser

    try:
        webbrowser.get()
    except webbrowser.Error:
        tell(f"No browser can be opened here. Open this address in a browser on this computer:\n\n{url}\n")
        return
    tell(f"Your browser opens. If it does not, open this address on this computer:\n\n{url}\n")
    # In a thread: some browsers hold their caller until their window is closed.
    threading.Thread(target=lambda: webbrowser.open(url), daemon=True).start()


def _with_pasted_url(sign_in: SignIn, tell: _Tell, *, open_browser: bool) -> Token:
    if open_browser:
        _open(sign_in.url, tell)
    else:
        tell(f"Open this address in a browser, on any computer:\n\n{sign_in.url}\n")
    tell(
        "Agree there. The browser then goes to an address that begins with "
        f"{sign_in.redirect_uri}\nand may show nothing, or an error. Copy that whole address out of its "
        "address bar, and paste it here:"
    )
    return sign_in.with_pasted_url((line.decode("utf-8", "replace") for line in sys.stdin.buffer), tell)


def _outcome(identity: AuthorizedUser, token: Token, wanted: dict[str, list[str]]) -> str:
    lines = []
    try:
        response = identity.get("/me", token)
    except SpotifyTestError as error:
        lines.append(f"Signed in, but as whom is not known: {error}")
    else:
        if response.status == 200:
            lines.append(f"Signed in as {display_name(response)}.")
        else:
            lines.append(
                f"Signed in, but GET /me answered {response.status}. Next: {suggest_fix(response)}. "
                "`pytest-spotify doctor` says more."
            )
    refused = sorted(set(wanted) - token.scopes) if token.scopes is not None else []
    if refused:
        lines.append(f"Not granted: {', '.join(refused)}.")
    lines.append(f"The tokens are stored. The sign-in ends on {last_day(today())}.")
    return "\n".join(lines)


def _variables(credentials: Credentials, token: Token) -> str:
    """Return the lines for a shell or a CI secret store: the only place that shows secrets."""
    variable = refresh_token_variable(credentials.profile)
    values = {
        "SPOTIFY_CLIENT_ID": credentials.client_id,
        "SPOTIFY_CLIENT_SECRET": credentials.client_secret.reveal() if credentials.client_secret else "",
        variable: token.refresh_token.reveal() if token.refresh_token else "",
        f"{variable}_DATE": today().isoformat(),
    }
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in values.items() if value)


def _end(error: SpotifyTestError, status: int) -> NoReturn:
    echo_error(error)
    sys.exit(status)
