"""`pytest-spotify new`: make a contract file, drafted from responses or copied from ours."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath

import click

from pytest_spotify.access import ACCESSES, TokenKind
from pytest_spotify.auth.token import Token
from pytest_spotify.auth.user import AuthorizedUser
from pytest_spotify.cli.account_options import AccountOptions, account_options, sandbox_account
from pytest_spotify.cli.contract_options import chosen_access
from pytest_spotify.cli.echo import echo
from pytest_spotify.contracts import Contract, loader
from pytest_spotify.contracts.registry import ContractRegistry, bundled
from pytest_spotify.draft import ContractDrafter, copy_contract, path_of, template_of
from pytest_spotify.draft.requests import DraftRequest, requests_of
from pytest_spotify.draft.samples import Sample, read_samples, sample_of
from pytest_spotify.errors import LeakFound, SpotifyTestError, did_you_mean
from pytest_spotify.exchange import API_URL, Exchange, Request
from pytest_spotify.files import write_atomically
from pytest_spotify.redaction.scan import find_secrets

_METHODS = ("GET", "POST", "PUT", "DELETE")


@click.command()
@account_options
@click.argument("method", required=False)
@click.argument("path", required=False)
@click.option(
    "--from",
    "files",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Draft it from the responses in a HAR file or a cassette, or from a response body; repeatable.",
)
@click.option("--live", is_flag=True, help="Draft it from what Spotify answers now.")
@click.option("--sandbox", is_flag=True, help="Draft it from what a bundled sandbox answers.")
@click.option("--copy", "copied", metavar="NAME", help="Copy our contract of an operation, to be changed.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("contracts"),
    show_default=True,
    help="The folder of contracts to write to.",
)
@click.option(
    "--access",
    type=click.Choice(ACCESSES),
    help="Which Web API the app may use (default: SPOTIFY_ACCESS, else development).",
)
def new(
    account: AccountOptions,
    *,
    method: str | None,
    path: str | None,
    files: tuple[Path, ...],
    live: bool,
    sandbox: bool,
    copied: str | None,
    output: Path,
    access: str | None,
) -> None:
    """Make a contract file for METHOD PATH, as GET /me/player/currently-playing, or copy one of ours.

    PATH is a template, as /tracks/{id}, or a request, as '/tracks/11dFghVXANMlKmJXsNCbNl?market=ES'. Of an
    operation that we have a contract for, all is taken from it but the schemas of the responses given. A file
    that exists is never overwritten.
    """
    registry = bundled(chosen_access(access))
    is_copy = True
    if copied is not None:
        if method or files or live or sandbox:
            raise click.UsageError("--copy takes all from our contract: leave out the rest, but --output")
        contract = _named(copied, registry)
        target, text = path_of(contract), copy_contract(contract)
    else:
        if method is None or path is None:
            raise click.UsageError("expected METHOD and PATH, or --copy NAME")
        if live and sandbox:
            raise click.UsageError("--live and --sandbox are two sources: give one of them")
        if method.upper() not in _METHODS:
            raise click.UsageError(f"unknown method {method!r}; expected one of {', '.join(_METHODS)}")
        request = _Requested(method.upper(), path, registry)
        samples = [each for file in files for each in read_samples(file, request.method, request.template)]
        if live or sandbox:
            samples += request.responses(account, sandbox=sandbox)
        target, text = request.draft(samples)
        is_copy = not samples
    path_of_file = _write(output / target, text)
    option = "" if registry.access == chosen_access(None) else f" --spotify-access={registry.access}"
    echo("\n".join(_report(path_of_file, registry, option, is_copy=is_copy, live=live)))


class _Requested:
    """The operation that a contract is made for."""

    def __init__(self, method: str, path: str, registry: ContractRegistry) -> None:
        self.method, self._registry = method, registry
        whole = "/" + path.removeprefix(API_URL).lstrip("/")
        bare, _, self._query = whole.partition("?")
        known = registry.contract_for(method, f"{API_URL}{bare}")
        drafted, values = template_of(bare)
        self.template = known.path if known else drafted
        if not re.fullmatch(r"(/(\{[a-z_]+\}|[a-z0-9-]+))+", self.template):
            raise click.UsageError(f"{path!r} is no path of the Web API; expected one as /tracks/{{id}}")
        self._known = known
        is_request = bool(values or self._query) or "{" not in bare
        self._given = DraftRequest(path=whole) if is_request else None
        self._has_values = bool(values or self._query) or (known is not None and known.path != bare)

    def responses(self, account: AccountOptions, *, sandbox: bool) -> list[Sample]:
        """Return the success responses of Spotify, or of a bundled sandbox, to the requests of a draft."""
        if self.method != "GET":
            raise click.UsageError(f"{self.method} may change the account: give its responses with --from")
        requests = [*self._requests()]
        if not requests:
            raise click.UsageError(
                f"{self.template}: name a request to send, with values in the place of {{...}}, "
                "as '/tracks/11dFghVXANMlKmJXsNCbNl'"
            )
        with ExitStack() as closing:
            samples: list[Sample] = []
            if sandbox:
                account, arrange = sandbox_account(closing, self._registry.access)
            user = account.authorized_user(account.credentials, closing)
            kind: TokenKind = "user" if user.has_token("user") else "app"
            user.require_token(kind)
            token = user.token_source(kind).token()
            refused = ""
            for request in requests:
                if sandbox:
                    arrange(request.needs)
                exchange = _exchange(user, request.path, token)
                samples += sample_of(exchange, self.method, self.template)
                if exchange.response.status >= 400:
                    refused = refused or f"GET {request.path}: status {exchange.response.status}"
        if not samples:
            raise SpotifyTestError(self._no_response(refused, sandbox=sandbox))
        return samples

    def draft(self, samples: Sequence[Sample]) -> tuple[PurePosixPath, str]:
        """Return the path and the text of the contract, which is ours where there are no samples."""
        if not samples:
            if self._known is None:
                raise click.UsageError(self._unknown())
            return path_of(self._known), copy_contract(self._known)
        return ContractDrafter(self._registry).draft(self.method, self.template, samples)

    def _requests(self) -> Iterator[DraftRequest]:
        if self._given is not None and (self._has_values or self._known is None):
            yield self._given
        elif self._known is not None:
            yield from requests_of(self._known, self._registry.access)

    def _unknown(self) -> str:
        titles = {contract.title for contract in self._registry.contracts.values()}
        hint = did_you_mean(f"{self.method} {self.template}", titles)
        return (
            f"nothing is known of {self.method} {self.template}{hint}; give a response to draft the contract "
            "from: --from FILE, --live or --sandbox"
        )

    def _no_response(self, refused: str, *, sandbox: bool) -> str:
        if sandbox and self._known is None:
            return (
                f"the sandbox has no operation {self.method} {self.template}: it has those of "
                "`pytest-spotify operations`. Draft from Spotify's own responses: --live, or --from FILE"
            )
        access = self._registry.access
        removed = self._known is not None and self._known.access[access].status == "removed"
        reason = f"{access} apps are refused it: --access names another" if removed else refused
        return f"no success response with a JSON body to draft from ({reason or 'all of them were empty'})"


def _exchange(user: AuthorizedUser, path: str, token: Token) -> Exchange:
    return Exchange(request=Request(method="GET", url=f"{API_URL}{path}"), response=user.get(path, token))


def _named(name: str, registry: ContractRegistry) -> Contract:
    if name not in registry.contracts:
        hint = did_you_mean(name, registry.contracts)
        raise click.BadParameter(f"no operation is named {name!r}{hint}", param_hint="--copy")
    return registry.contracts[name]


def _write(path: Path, text: str) -> Path:
    """Write a file that does not exist yet; raises LeakFound for a text that looks like a secret."""
    if path.exists():
        raise SpotifyTestError(
            f"{path} exists already and is left as it is: remove it, or give another --output"
        )
    if findings := find_secrets(text.encode(), {}, str(path)):
        raise LeakFound(f"{path}: not written, it would hold a secret: {findings[0].form}")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text.encode())
    return path


def _report(
    path: Path, registry: ContractRegistry, option: str, *, is_copy: bool, live: bool
) -> Iterator[str]:
    """Yield what was made, and the commands to type next."""
    contract = loader.load_contract(path, loader.load_schemas())
    yield f"{path}: {contract.title}, {'a copy of our contract' if is_copy else 'a draft: read it'}."
    yield f"Our own contracts and schemas: {loader.bundled_contracts_dir()}"
    yield ""
    in_sandbox = contract.operation in registry.contracts
    if not contract.cases:
        yield "It has no cases (a write is tested as a story): its requests without a token run."
    elif not in_sandbox:
        yield "The sandbox lacks this operation, so it is recorded from Spotify."
    yield "Next, record it and replay it:"
    yield ""
    name = shlex.quote(str(path))
    target = "--spotify-sandbox" if in_sandbox and not live else "--spotify-live"
    yield f"  pytest {name} {target} --record-mode=once{option}"
    yield f"  pytest {name}{option}"
