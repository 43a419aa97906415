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
from pytest_spotify.plugin.cases import PlannedCase, plan
from pytest_spotify.plugin.item import SpotifyItem
from pytest_spotify.plugin.outcome import OUTCOME, Outcome
from pytest_spotify.plugin.places import record_command
from pytest_spotify.plugin.run import Run, run_of

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

        stash, run = self.config.stash, run_of(self.config)
        try:
            schemas = stash.setdefault(_SCHEMAS, {})
            if not schemas:
                schemas.update(loader.load_schemas())
            contract = loader.load_contract(self.path, schemas)
            if not self.path.resolve().is_relative_to(loader.bundled_contracts_dir().resolve()):
                # Its schemas are compiled now, so that a slip in one is told here and not by a test.
                ContractRegistry([contract], schemas, run.settings.access).compile()
        except InvalidContract as error:
            raise self.CollectError(str(error)) from None
        for claim in (contract.operation, re.sub(r"\{[^}]*\}", "{}", contract.title)):
            other = stash.setdefault(_SEEN, {}).setdefault(claim, self.path)
            if other != self.path:
                raise self.CollectError(
                    f"{self.path}: {contract.operation} ({contract.title}) is collected already, from "
                    f"{other}: a run takes one contract an operation; leave one of them out"
                )
        run.contract_files.append(self.path)
        for case in plan(contract, run.settings.access):
            yield ContractItem.from_parent(self, name=case.name, case=case)


class ContractItem(SpotifyItem):
    """One case of a contract."""

    def __init__(self, *, case: PlannedCase, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.case = case
        self.add_marker("spotify")
        self._record: Callable[[], None] | None = None

    @cached_property
    def cassette(self) -> Path:
        """Return where the case is recorded: `<access>/<group>/<operation>/<case>.yaml`."""
        settings = run_of(self.config).settings
        contract = self.case.contract
        group = contract.source.resolve().parent.name
        return settings.cassettes / settings.access / group / contract.operation / f"{self.name}.yaml"

    def runtest(self) -> None:
        """Get the exchange, judge it and, where this run records, keep it."""
        run = run_of(self.config)
        outcome = self.stash[OUTCOME] = Outcome.of_case(self.case)
        self._record = None
        if run.settings.live:
            self._live(run, outcome)
        else:
            self._replayed(run, outcome)

    def _replayed(self, run: Run, outcome: Outcome) -> None:
        from pytest_spotify.cassettes import CassettePlayer, load
        from pytest_spotify.plugin.replay import note_age, refuse_age, unused_in_words

        if not self.cassette.exists():
            raise MissingRecording(
                f"{self.name} has no recording\n\n"
                f"expected   {run.shown(self.cassette)}\n"
                f"record     {record_command(self)}\n"
                f"           (with --spotify-sandbox in place of --spotify-live: from the bundled sandbox)"
            )
        cassette = load(self.cassette, record=record_command(self), strict=run.settings.strict)
        if cassette.edited_by_hand:
            outcome.edited = [run.shown(self.cassette)]
        player = CassettePlayer(cassette, record=record_command(self))
        account = cassette.provenance.get("account")
        values = account if isinstance(account, dict) else {}
        outcome.recorded(cassette.provenance)
        note_age(run, outcome, self.cassette, cassette.provenance)
        exchange = self._send(run, player.respond, lambda name: str(values.get(name, "")))
        self._judge(run, outcome, exchange, f"replayed: {run.shown(self.cassette)}")
        if unused := player.unused():
            raise MissingRecording(
                f"{unused_in_words(unused, len(cassette.exchanges))}\n\n"
                f"replayed   {run.shown(self.cassette)}\n"
                f"record     {record_command(self)}"
            )
        if run.settings.strict:
            refuse_age(run, outcome, record_command(self))

    def _live(self, run: Run, outcome: Outcome) -> None:
        from pytest_spotify.plugin.account import UnmetNeed
        from pytest_spotify.plugin.clients import no_user
        from pytest_spotify.plugin.recording import compare, record

        personal = self.case.sender == "user" or self.case.needs or self.case.account_values
        if personal and not run.has("user"):
            pytest.skip(no_user())
        try:
            if run.settings.sandbox:
                run.sandbox.reset()  # no case sees what another test left behind
                run.sandbox.arrange(self.case.needs)
            elif self.case.needs:
                run.account.meet(self.case.needs)
            account = {name: run.account.value(name) for name in self.case.account_values}
        except UnmetNeed as unmet:
            pytest.skip(str(unmet))
        exchange = self._send(run, run.transport, account.__getitem__)
        run.known.learn_owner(exchange)
        outcome.drift = compare(run, self.cassette, exchange)
        self._judge(run, outcome, exchange, f"live: {run.target_name}")
        if run.settings.record != "none":
            self._record = partial(record, run, self.cassette, [exchange], account=account)

    def teardown(self) -> None:
        """Record a case that passed in pytest's eyes too: it may have been expected to fail."""
        __tracebackhide__ = True
        if self._record is not None and self.stash[OUTCOME].verdict == "passed":
            self._record()

    def _send(self, run: Run, transport: Any, account: Any) -> Exchange:
        from pytest_spotify.transport.session import SpotifySession

        seen: list[Exchange] = []
        session = SpotifySession(
            transport, authorization=self._authorization(run), target=run.target, on_exchange=seen.append
        )
        self.config.hook.pytest_spotify_session(config=self.config, session=session)
        session.request(self.case.contract.method, self.case.url(account))
        return seen[-1]

    def _authorization(self, run: Run) -> Authorization:
        from pytest_spotify.auth.token import BAD_TOKEN

        match self.case.sender:
            case "nobody":
                return None
            case "bad-token":
                return f"Bearer {BAD_TOKEN}"
            case "basic":
                return f"Basic {b64encode(b'pytest-spotify:pytest-spotify').decode()}"
            case sender:
                return run.source(sender)

    def _judge(self, run: Run, outcome: Outcome, exchange: Exchange, source: str) -> None:
        from pytest_spotify.check import check_exchange
        from pytest_spotify.errors import ContractViolated
        from pytest_spotify.report.failure import FailureContext, format_failure

        contract = self.case.contract
        violations = self.case.judge(exchange, check_exchange(exchange, run.registry))
        fatal = failing(violations, strict=run.settings.strict)
        outcome.judged(contract, exchange, violations, failed=bool(fatal))
        if fatal:
            context = FailureContext(
                exchange=exchange,
                contract=contract,
                access=run.settings.access,
                source=source,
                record="" if run.settings.live else record_command(self),
            )
            raise ContractViolated(violations, format_failure(fatal, context, verbose=run.verbose))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the file and a heading such as `GET /tracks/{id} (track)`."""
        return self.path, 0, f"{self.case.contract.title} ({self.name})"
