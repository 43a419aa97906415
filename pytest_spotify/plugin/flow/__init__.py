"""The traffic of one Spotify item, replayed or live, as an interface; and the item's result.

`replay_traffic.traffic_for` decides which of the two it is, once for each item. The result is of plain
values, which travel from xdist workers to the summary.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

import pytest

from pytest_spotify.check.violation import Violation
from pytest_spotify.contracts import Contract
from pytest_spotify.errors import ContractViolated

if TYPE_CHECKING:
    from pytest_spotify.access import Access, TokenKind
    from pytest_spotify.auth.source import TokenSource
    from pytest_spotify.exchange import Exchange, Request, Response
    from pytest_spotify.report import FailureContext
    from pytest_spotify.transport.target import Target


Kind = Literal["case", "unauthenticated", "refused", "marked", "body"]


@dataclass(slots=True, kw_only=True)
class ItemResult:
    """The findings of one item. Filled while it runs, added to its last report."""

    kind: Kind
    outcome: str = ""  # pytest's: passed, failed, skipped
    succeeded_operations: list[str] = field(default_factory=list)  # with a success response that was checked
    deprecated: list[str] = field(default_factory=list)
    unknown_to_contract: list[str] = field(default_factory=list)  # additive and unknown, a line each
    allowed: list[str] = field(default_factory=list)  # violations that a mark allows, a line each
    unused_allowances: list[str] = field(default_factory=list)
    caller: str = ""  # the lines that sent the first exchange that fails
    operations: list[str] = field(default_factory=list)  # of all exchanges that were checked
    drift: list[dict[str, str]] = field(default_factory=list)  # `Difference.to_json` of each
    compared: int = 0  # exchanges that were compared with a recording of the same target
    observed: list[dict[str, Any]] = field(default_factory=list)  # for the report: what exchanges exercise
    unused_interactions: list[str] = field(default_factory=list)
    stale_cassettes: list[str] = field(default_factory=list)
    edited_cassettes: list[str] = field(default_factory=list)  # by hand
    sent_nothing: list[str] = field(default_factory=list)  # the node ID of a marked test
    local_responses: list[str] = field(default_factory=list)  # of mocks and caches
    unseen_clients: list[str] = field(default_factory=list)  # native ones, and processes
    target: str = ""
    recorded_at: str = ""
    exchanges: int = 0  # with a response that was checked
    refused_tokens: int = 0  # by a 401
    failed_status: int = 0  # of the first response that violates its contract
    failure_category: str = ""
    met_outage: bool = False  # a request was not answered, or with a 5xx
    not_asked: str = ""  # why the run sent nothing more
    skip_reason: str = ""
    xfailed: bool = False  # by the item's own fault
    lacks_recording: bool = False  # replay had no response to a request
    xfailed_without_recording: bool = False

    @property
    def is_recordable(self) -> bool:
        """Return True if the item ended as it should, so that its exchanges may be written."""
        return self.outcome == "passed" or self.xfailed

    def set_provenance(self, provenance: Mapping[str, Any]) -> None:
        """Note the target and the time of a replayed cassette."""
        self.target = str(provenance.get("target", ""))
        self.recorded_at = str(provenance.get("recorded_at", ""))

    def add_checked(
        self,
        contract: Contract | None,
        status: int,
        violations: Sequence[Violation],
        *,
        failed: bool,
        deprecated: bool,
    ) -> None:
        """Note a response that was checked, with its status; a body of a file has none of its own: 0."""
        operation = contract.operation if contract else "(no contract)"
        if contract:
            self.operations.append(operation)
        for violation in violations:
            if violation.kind in ("additive", "unknown"):
                line = f"{operation}  {violation.pointer or '(root)'}  {violation.message}"
                self.unknown_to_contract.append(line)
        if status:
            self.exchanges += 1
        if failed:
            self.failed_status = self.failed_status or status
        if contract and self.kind in ("case", "marked") and status < 300:
            self.succeeded_operations.append(operation)
        if contract and self.kind == "marked" and deprecated:
            self.deprecated.append(f"{operation}  {contract.title}")

    def to_report(self) -> dict[str, Any]:
        """Return plain values, which travel as JSON."""
        return dict(zip(self.__slots__, attrgetter(*self.__slots__)(self), strict=True))


ITEM_RESULT: pytest.StashKey[ItemResult] = pytest.StashKey()


class Failure(NamedTuple):
    """The violations of an exchange that fails, and the text that explains them."""

    violations: list[Violation]
    text: str


def contract_violated(failures: Sequence[Failure], *more: str) -> ContractViolated:
    """Return one error for all failures; further texts follow theirs."""
    violations = [violation for each in failures for violation in each.violations]
    return ContractViolated(violations, "\n\n".join([*(each.text for each in failures), *more]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCassette:
    """The cassette of one item. No cassette lies outside of `root`."""

    path: Path
    root: Path
    access: Access
    item: pytest.Item
    complete: bool  # every recorded request has to be sent, also without --spotify-strict
    stock_path: Path | None = None  # that of VCR.py or pytest-recording, replayed where there is no other

    @property
    def record_command(self) -> str:
        """Return the command that records the item, or records it again."""
        return record_command(self.item, again=self.path.exists())


@dataclass(frozen=True, slots=True, kw_only=True)
class Preconditions:
    """The preconditions of an item in a live run."""

    needs: tuple[str, ...] = ()
    user: bool = False  # a user's token
    writes: bool = False
    scopes: frozenset[str] | None = None
    reset: bool = False  # begin with the sandbox as it was started
    client_retries: bool = False  # after 429 and the like the client under test waits, and not the run


@dataclass(frozen=True, slots=True, kw_only=True)
class SentExchange:
    """An exchange of an item, and who sent it: `musicbox.py:10, from tests/test_musicbox.py:15`."""

    exchange: Exchange
    caller: str = ""
    request_may_violate: bool = False  # the test means it to be wrong


class HasPreconditions(Protocol):
    """A contract case or a marked test."""

    @property
    def preconditions(self) -> Preconditions:
        """Return its preconditions in a live run."""


class ItemTraffic(Protocol):
    """The source of the exchanges of one item, and what is done with them."""

    needs_token: bool  # requests have to carry a token that is valid

    @property
    def has_cassette(self) -> bool:
        """Return True if exchanges come from a cassette, or go to one."""

    @property
    def target(self) -> Target:
        """Return the target of requests."""

    def open(self) -> AbstractContextManager[None]:
        """Give the clients of a marked test what they need while it is open: variables, and the access."""

    def prepare(self, subject: HasPreconditions) -> None:
        """Skip or fail an item whose preconditions are not met."""

    def send(self, request: Request) -> Response:
        """Return the response to a request to the Web API at Spotify's own address."""

    def request_token(self, request: Request, scopes: Collection[str]) -> Response:
        """Return the accounts service's response; `scopes` are granted in replay."""

    def token_source(self, kind: TokenKind, profile: str) -> TokenSource:
        """Return the source of tokens for sessions; skips if a user's token cannot be had."""

    def account_value(self, name: str) -> str:
        """Return a value that belongs to the account, such as the id of its first playlist."""

    def learn_secrets(self, exchange: Exchange) -> None:
        """Add the secrets that a client of the test showed to those that are known."""

    def failure_context(self) -> FailureContext:
        """Return the source of the exchanges, for the text of a failure."""

    def compare(self, exchanges: Sequence[Exchange]) -> None:
        """Note how the responses differ from the recorded ones."""

    def fail_if_stale(self, *, strict: bool) -> None:
        """Raise StaleRecording if the cassette is too old and the run is strict."""

    def finish(self, *, strict: bool) -> None:
        """Note recorded requests that were not sent; raise if that counts as a failure."""

    def save(self, exchanges: Sequence[Exchange], *, replace: bool = True) -> None:
        """Write the exchanges of an item that ended as it should, if this run records."""


def record_command(item: pytest.Item, *, again: bool = True) -> str:
    """Return the command that records an item from where this run was started, as this run was."""
    config = item.config
    path = item.path  # not that of its id, which starts at the root of the run, or in the wheel
    with suppress(ValueError):  # on another drive
        path = Path(os.path.relpath(path, config.invocation_params.dir))
    node = f"{path}::{item.nodeid.partition('::')[2]}"
    command = ["pytest", shlex.quote(node), "--spotify-live"]
    if item.get_closest_marker("spotify_write"):
        command.append("--spotify-write")
    if access := config.getoption("--spotify-access"):
        command.append(f"--spotify-access={access}")
    return " ".join([*command, f"--record-mode={'rewrite' if again else 'once'}"])
