"""Contract files as pytest items: one a case, on pytest's public interface alone.

`contract_cases` says what to send and to expect, `flow` where the response comes from and whether it fits.
"""

from __future__ import annotations

import re
import shlex
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_spotify.errors import InvalidContract, NotInSandbox
from pytest_spotify.exchange import Exchange, Headers
from pytest_spotify.plugin.flow import ITEM_RESULT, ItemCassette, ItemResult, ItemTraffic, SentExchange
from pytest_spotify.plugin.flow.checker import Expectation, ItemChecker
from pytest_spotify.plugin.items import SpotifyItem
from pytest_spotify.plugin.items.contract_cases import ContractCase, expand_cases
from pytest_spotify.plugin.state import get_state

if TYPE_CHECKING:
    from pytest_spotify.access import TokenKind
    from pytest_spotify.auth.source import TokenSource
    from pytest_spotify.exchange import Request
    from pytest_spotify.plugin.live import LiveServices
    from pytest_spotify.transport.session import Authorization

_SEEN: pytest.StashKey[dict[str, Path]] = pytest.StashKey()
_SCHEMAS: pytest.StashKey[dict[str, Any]] = pytest.StashKey()


def contract_file(path: Path, parent: pytest.Collector) -> ContractFile | FileWithoutSchema | None:
    """Return the collector of a contract file, or None where another project means something else by it."""
    from pytest_spotify.contracts import loader

    if not loader.is_contract(path):
        if loader.lacks_schema(path) and _is_named(path, parent.config):
            return FileWithoutSchema.from_parent(parent, path=path)
        return None
    bundled = loader.bundled_contracts_dir()
    if path.is_relative_to(bundled) and not path.is_relative_to(parent.config.rootpath):
        # From the wheel: ids as in a checkout, not `../lib/python3.11/site-packages/...`.
        nodeid = f"contracts/{path.relative_to(bundled).as_posix()}"
        return ContractFile.from_parent(parent, path=path, nodeid=nodeid)
    return ContractFile.from_parent(parent, path=path)


def _is_named(path: Path, config: pytest.Config) -> bool:
    """Return True if the command line names a file, or a folder of the project that it is in."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return False
    folder = config.invocation_params.dir
    named = [folder / argument.partition("::")[0] for argument in config.args]
    return any(path.is_relative_to(each) and not config.rootpath.is_relative_to(each) for each in named)


class FileWithoutSchema(pytest.File):
    """A file with a contract's suffix that does not say whose it is, though somebody wants it run."""

    def collect(self) -> Iterable[ContractItem]:
        """Raise the error that says what to add: nothing would run otherwise, without a word."""
        from pytest_spotify.contracts.file_format import MISSING_SCHEMA

        raise self.CollectError(f"{get_state(self.config).display_path(self.path)}: {MISSING_SCHEMA}")


class ContractFile(pytest.File):
    """A contract file in the collected tree."""

    def collect(self) -> Iterable[ContractItem]:
        """Return one item a case; a file that cannot be used is a collection error of a line."""
        from pytest_spotify.contracts import loader
        from pytest_spotify.contracts.registry import ContractRegistry

        stash, state = self.config.stash, get_state(self.config)
        try:
            schemas = stash.setdefault(_SCHEMAS, {})
            if not schemas:
                schemas.update(loader.load_schemas())
            contract = loader.load_contract(self.path, schemas)
            if not self.path.resolve().is_relative_to(loader.bundled_contracts_dir().resolve()):
                # Its schemas are compiled now, so that a mistake in one is reported here and not by a test.
                ContractRegistry([contract], schemas, state.settings.access).compile()
        except InvalidContract as error:
            raise self.CollectError(str(error)) from None
        for claim in (contract.operation, re.sub(r"\{[^}]*\}", "{}", contract.title)):
            other = stash.setdefault(_SEEN, {}).setdefault(claim, self.path)
            if other != self.path:
                raise self.CollectError(
                    f"{self.path}: {contract.operation} ({contract.title}) is collected already, from "
                    f"{other}: a run takes one contract an operation; leave one of them out"
                )
        state.contract_files.append(self.path)
        for case in expand_cases(contract, state.settings.access):
            yield ContractItem.from_parent(self, name=case.name, case=case)


class ContractItem(SpotifyItem):
    """One case of a contract."""

    def __init__(self, *, case: ContractCase, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.case = case
        self._recordable: tuple[ItemTraffic, Exchange] | None = None

    @cached_property
    def cassette(self) -> Path:
        """Return the path of the cassette: `<access>/<group>/<operation>/<case>.yaml`."""
        settings = get_state(self.config).settings
        contract = self.case.contract
        group = _group_of(contract.source)
        return settings.cassette_dir / f"{settings.access}/{group}/{contract.operation}/{self.name}.yaml"

    def runtest(self) -> None:
        """Send the request of the case, or replay it, and check the exchange."""
        from pytest_spotify.plugin.flow.replay_traffic import traffic_for

        state = get_state(self.config)
        result = self.stash[ITEM_RESULT] = ItemResult(kind=self.case.kind)
        self._recordable = None
        cassette = ItemCassette(
            path=self.cassette,
            root=state.settings.cassette_dir,
            access=state.settings.access,
            item=self,
            complete=True,
        )
        traffic = traffic_for(self.config, cassette, result)
        if state.settings.sandbox and self.case.kind == "case":
            self._require_in_sandbox()
        traffic.prepare(self.case)
        exchange = self._send(traffic)
        traffic.compare([exchange])
        strict = state.settings.strict
        expectation = Expectation(
            select_violations=self.case.filter_violations, access_may_differ=traffic.needs_token
        )
        observe = bool(state.settings.report_files)
        checker = ItemChecker(state.registry, expectation, result, strict=strict, observe=observe)
        self._recordable = traffic, exchange
        checker.check([SentExchange(exchange=exchange)], traffic.failure_context)
        traffic.finish(strict=strict)

    def teardown(self) -> None:
        """Record a case that ended as it should in pytest's eyes too: it may have been expected to fail."""
        __tracebackhide__ = True
        # A run has many items: none holds on to its exchange.
        recordable, self._recordable = self._recordable, None
        if recordable is not None and (result := self.stash[ITEM_RESULT]).is_recordable:
            traffic, exchange = recordable
            traffic.save([exchange], replace=result.outcome == "passed")

    def _require_in_sandbox(self) -> None:
        """Raise NotInSandbox where the sandbox would answer 404, as it lacks the operation."""
        __tracebackhide__ = True
        from pytest_spotify.sandbox.operations import Router

        contract = self.case.contract
        operation, _, _ = Router().find(contract.method, re.sub(r"\{[^}]*\}", "any", contract.path))
        if operation is None:
            raise NotInSandbox(
                f"the sandbox has no operation {contract.title}\n\n"
                "It has those that `pytest-spotify operations` lists. Record it from Spotify:\n"
                f"  pytest {shlex.quote(self.nodeid)} --spotify-live --record-mode=once"
            )

    def _send(self, traffic: ItemTraffic) -> Exchange:
        """Return the exchange of the case; by a session if it needs a token, or a hook changes sessions."""
        if traffic.needs_token or self.config.hook.pytest_spotify_session.get_hookimpls():
            return self._send_by_session(traffic)
        request = self.case.request(traffic.account_value)
        return Exchange(request=request, response=traffic.send(request))

    def _send_by_session(self, traffic: ItemTraffic) -> Exchange:
        from pytest_spotify.plugin.flow.sessions import make_session

        exchanges: list[Exchange] = []
        url = self.case.url(traffic.account_value)
        session = make_session(
            self.config, traffic, self._authorization(traffic.token_source), on_exchange=exchanges.append
        )
        session.request(self.case.contract.method, url)
        return exchanges[-1]

    def request_ahead(self, live: LiveServices) -> Request | None:
        """Return the request if what is known already lets it be sent before the item's turn, else None."""
        from pytest_spotify.auth.source import TokenSource
        from pytest_spotify.auth.token import authorize

        case = self.case
        if self.config.hook.pytest_spotify_session.get_hookimpls():  # which may change the request
            return None
        of_account = case.needs or case.account_values
        if of_account and not live.account.is_known_to_have(case.needs, case.account_values):
            return None
        bare = case.request(live.account.value if of_account else str, authorized=False)
        authorization = self._authorization(live.token_source)
        if isinstance(authorization, TokenSource):
            token = authorization.at_hand
            return None if token is None else authorize(bare, token)
        if authorization is None:
            return bare
        return replace(bare, headers=Headers([*bare.headers, ("Authorization", authorization)]))

    def _authorization(self, token_source: Callable[[TokenKind, str], TokenSource]) -> Authorization:
        from pytest_spotify.auth.credentials import DEFAULT_PROFILE
        from pytest_spotify.auth.fake_tokens import BAD_TOKEN

        match self.case.auth:
            case "none":
                return None
            case "invalid-token":
                return f"Bearer {BAD_TOKEN}"
            case "basic":
                return f"Basic {b64encode(b'pytest-spotify:pytest-spotify').decode()}"
            case kind:
                return token_source(kind, DEFAULT_PROFILE)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the file and a heading such as `GET /tracks/{id} (track)`."""
        return self.path, 0, f"{self.case.contract.title} ({self.name})"


@cache
def _group_of(source: Path) -> str:
    """Return the name of the folder in which a contract file really lies."""
    return source.resolve().parent.name
