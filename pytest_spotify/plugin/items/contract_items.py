"""Contract files as pytest items: one a case, on pytest's public interface alone.

An item gets its exchange from its cassette, or sends it; `cases` says what to expect, `check` judges.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_spotify.check.violation import failing
from pytest_spotify.errors import InvalidContract, MissingRecording
from pytest_spotify.exchange import Exchange
from pytest_spotify.plugin.flow.result import ITEM_RESULT, ItemResult
from pytest_spotify.plugin.items.contract_cases import ContractCase, expand_cases
from pytest_spotify.plugin.items.item import SpotifyItem
from pytest_spotify.plugin.marked.cassette_paths import record_command
from pytest_spotify.plugin.state import PluginState, get_state

if TYPE_CHECKING:
    from pytest_spotify.transport.session import Authorization

_SEEN: pytest.StashKey[dict[str, Path]] = pytest.StashKey()
_SCHEMAS: pytest.StashKey[dict[str, Any]] = pytest.StashKey()


def contract_file(path: Path, parent: pytest.Collector) -> ContractFile | None:
    """Return the collector of a contract file, or None where another project means something else by it."""
    from pytest_spotify.contracts import loader

    if not loader.is_contract(path):
        return None
    bundled = loader.bundled_contracts_dir()
    if path.is_relative_to(bundled) and not path.is_relative_to(parent.config.rootpath):
        # From the wheel: ids as in a checkout, not `../lib/python3.11/site-packages/...`.
        nodeid = f"contracts/{path.relative_to(bundled).as_posix()}"
        return ContractFile.from_parent(parent, path=path, nodeid=nodeid)
    return ContractFile.from_parent(parent, path=path)


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
                # Its schemas are compiled now, so that a slip in one is told here and not by a test.
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
        self.add_marker("spotify")
        self._record: Callable[[], None] | None = None

    @cached_property
    def cassette(self) -> Path:
        """Return where the case is recorded: `<access>/<group>/<operation>/<case>.yaml`."""
        settings = get_state(self.config).settings
        contract = self.case.contract
        group = contract.source.resolve().parent.name
        return settings.cassette_dir / settings.access / group / contract.operation / f"{self.name}.yaml"

    def runtest(self) -> None:
        """Get the exchange, judge it and, where this run records, keep it."""
        state = get_state(self.config)
        result = self.stash[ITEM_RESULT] = ItemResult.of_case(self.case)
        self._record = None
        if state.settings.live:
            self._live(state, result)
        else:
            self._replayed(state, result)

    def _replayed(self, state: PluginState, result: ItemResult) -> None:
        from pytest_spotify.cassettes import CassettePlayer, load
        from pytest_spotify.plugin.flow.traffic import describe_unused, fail_if_stale, note_if_stale

        if not self.cassette.exists():
            raise MissingRecording(
                f"{self.name} has no recording\n\n"
                f"expected   {state.display_path(self.cassette)}\n"
                f"record     {record_command(self)}\n"
                f"           (with --spotify-sandbox in place of --spotify-live: from the bundled sandbox)"
            )
        cassette = load(self.cassette, record=record_command(self))
        player = CassettePlayer(cassette, record=record_command(self))
        account = cassette.provenance.get("account")
        values = account if isinstance(account, dict) else {}
        result.set_provenance(cassette.provenance)
        note_if_stale(state, result, self.cassette, cassette.provenance)
        exchange = self._send(state, player.respond, lambda name: str(values.get(name, "")))
        self._check(state, result, exchange, f"replayed: {state.display_path(self.cassette)}")
        if unused := player.unused():
            raise MissingRecording(
                f"{describe_unused(unused, len(cassette.exchanges))}\n\n"
                f"replayed   {state.display_path(self.cassette)}\n"
                f"record     {record_command(self)}"
            )
        if state.settings.strict:
            fail_if_stale(state, result, record_command(self))

    def _live(self, state: PluginState, result: ItemResult) -> None:
        from pytest_spotify.plugin.account_state import UnmetPrecondition
        from pytest_spotify.plugin.flow.recording import find_drift, save_cassette
        from pytest_spotify.plugin.marked.sessions import missing_user_reason

        personal = self.case.auth == "user" or self.case.needs or self.case.account_values
        if personal and not state.has_token("user"):
            pytest.skip(missing_user_reason())
        try:
            if state.settings.sandbox:
                state.sandbox.reset()  # no case sees what another test left behind
                state.sandbox.arrange(self.case.needs)
            elif self.case.needs:
                state.account.require(self.case.needs)
            account = {name: state.account.value(name) for name in self.case.account_values}
        except UnmetPrecondition as unmet:
            pytest.skip(str(unmet))
        exchange = self._send(state, state.transport, account.__getitem__)
        state.known_secrets.add_account_owner(exchange)
        result.drift = find_drift(state, self.cassette, exchange)
        self._check(state, result, exchange, f"live: {state.target_name}")
        if state.settings.record_mode != "none":
            self._record = partial(save_cassette, state, self.cassette, [exchange], account=account)

    def teardown(self) -> None:
        """Record a case that passed in pytest's eyes too: it may have been expected to fail."""
        __tracebackhide__ = True
        if self._record is not None and self.stash[ITEM_RESULT].verdict == "passed":
            self._record()

    def _send(self, state: PluginState, transport: Any, account: Any) -> Exchange:
        from pytest_spotify.transport.session import SpotifySession

        seen: list[Exchange] = []
        session = SpotifySession(
            transport, authorization=self._authorization(state), target=state.target, on_exchange=seen.append
        )
        self.config.hook.pytest_spotify_session(config=self.config, session=session)
        session.request(self.case.contract.method, self.case.url(account))
        return seen[-1]

    def _authorization(self, state: PluginState) -> Authorization:
        from pytest_spotify.auth.token import BAD_TOKEN

        match self.case.auth:
            case "none":
                return None
            case "invalid-token":
                return f"Bearer {BAD_TOKEN}"
            case "basic":
                return f"Basic {b64encode(b'pytest-spotify:pytest-spotify').decode()}"
            case auth:
                return state.token_source(auth)

    def _check(self, state: PluginState, result: ItemResult, exchange: Exchange, source: str) -> None:
        from pytest_spotify.check import check_exchange
        from pytest_spotify.errors import ContractViolated
        from pytest_spotify.report.failure import FailureContext, format_failure

        contract = self.case.contract
        violations = self.case.filter_violations(exchange, check_exchange(exchange, state.registry))
        fatal = failing(violations, strict=state.settings.strict)
        result.add_exchange(contract, exchange, violations, failed=bool(fatal))
        if fatal:
            context = FailureContext(
                exchange=exchange,
                contract=contract,
                access=state.settings.access,
                source=source,
                record="" if state.settings.live else record_command(self),
            )
            raise ContractViolated(violations, format_failure(fatal, context, verbose=state.verbose))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the file and a heading such as `GET /tracks/{id} (track)`."""
        return self.path, 0, f"{self.case.contract.title} ({self.name})"
