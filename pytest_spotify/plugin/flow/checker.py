"""Hold what a marked test exchanged against the contracts, and put what does not fit into words.

Knows what the test's marks allow. Gets exchanges, and never asks where they come from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pytest_spotify.access import Access
from pytest_spotify.check import check_exchange, check_request
from pytest_spotify.check.other_access import OtherAccessComparison
from pytest_spotify.check.response import Body
from pytest_spotify.check.violation import Violation, failing
from pytest_spotify.contracts.model import Contract
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.exchange import Exchange, Request
from pytest_spotify.plugin.flow.result import ItemResult
from pytest_spotify.plugin.marked.marker import SpotifyMark
from pytest_spotify.report.failure import FailureContext as Context
from pytest_spotify.report.failure import access_hint, format_failure, generalize_indexes, summary_line
from pytest_spotify.report.migration import renamed

_LONGEST_ERROR = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SentExchange:
    """An exchange of a test's, and the line of its code that brought it about."""

    exchange: Exchange
    caller: str  # file:line


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureContext:
    """What a failure says of where the exchanges come from."""

    source: str
    record: str  # the command that records them anew
    from_sandbox: bool  # by a sandbox, so that an answer says nothing of what the app may do
    verbose: bool


class ExchangeChecker:
    """The judgement of one test, exchange by exchange, as they came."""

    def __init__(
        self, registry: ContractRegistry, mark: SpotifyMark, result: ItemResult, *, strict: bool
    ) -> None:
        self._registry, self._mark, self._result = registry, mark, result
        self.strict = strict if mark.strict is None else mark.strict
        self._links: set[str] = set()
        self._allowed: set[str] = set()  # operations whose known fault was met

    def failures(self, sent: Sequence[SentExchange], context: FailureContext) -> list[str]:
        """Return a text for each exchange that has something wrong with it."""
        return [text for each in sent if (text := self._check_one(each, context))]

    def check_unrecorded_request(self, request: Request, caller: str, context: FailureContext) -> str:
        """Return the text of what is wrong with a request without a recorded answer; empty if nothing is."""
        scopes, links = self._mark.scopes, frozenset(self._links)

        def judge(registry: ContractRegistry) -> list[Violation]:
            return check_request(request, registry, links=links, scopes=scopes)

        contract, failing_violations = self._contract(request), failing(judge(self._registry))
        if contract is None or contract.operation in self._mark.allow or not failing_violations:
            return ""
        hint = access_hint(OtherAccessComparison(judge, self._registry).accesses_without(failing_violations))
        failure_context = self._context(contract, caller, context, hint)
        return format_failure(
            failing_violations, replace(failure_context, request=request), verbose=context.verbose
        )

    def explain_missing_field(
        self, error: BaseException, sent: Sequence[SentExchange], context: FailureContext
    ) -> str:
        """Return what an error of the test's own may come from: a field that its access is not sent."""
        words = set(re.findall(r"\w+", str(error)[:_LONGEST_ERROR]))
        for each in reversed(sent):
            absent = self._other_access(each.exchange).fields_missing_here()
            fields = {generalize_indexes(pointer): who for pointer, who in absent.items()}
            missed = {place: who for place, who in fields.items() if place.rpartition("/")[2] in words}
            contract = self._contract(each.exchange.request)
            if missed and contract is not None:
                hint = access_hint(next(iter(missed.values()))) if context.from_sandbox else ""
                failure_context = replace(
                    self._context(contract, each.caller, context, hint),
                    exchange=each.exchange,
                    meaning="the code asks for a field that its access is not sent",
                )
                return format_failure([self._not_sent(place) for place in missed], failure_context)
        return ""

    def note_unused_allowances(self) -> None:
        """Note what the marks allow and the test did not meet."""
        for operation, reason in self._mark.allow.items():
            if operation not in self._allowed:
                self._result.unused_allowances.append(f"{operation}  ({reason})")

    def _check_one(self, sent: SentExchange, context: FailureContext) -> str:
        exchange = sent.exchange
        contract = self._contract(exchange.request)
        violations = check_exchange(exchange, self._registry, links=self._links, scopes=self._mark.scopes)
        other_access = self._other_access(exchange)
        violations = [self._describe_known_field(each, other_access) for each in violations]
        failing_violations = failing(violations, strict=self.strict)
        self._links |= Body(exchange.response.body).page_links()
        if contract is not None and failing_violations and contract.operation in self._mark.allow:
            self._allowed.add(contract.operation)
            reason = self._mark.allow[contract.operation]
            self._result.allowed += [
                f"{contract.operation}  {summary_line(each)}  ({reason})" for each in failing_violations
            ]
            failing_violations = []
        deprecated = contract is not None and self._registry.availability(contract).status == "deprecated"
        self._result.add_exchange(
            contract, exchange, violations, failed=bool(failing_violations), deprecated=deprecated
        )
        if not failing_violations:
            return ""
        # What Spotify refused says that the access is right; a sandbox says what it was told to.
        evident = exchange.response.status >= 400 and not context.from_sandbox
        hint = "" if evident else access_hint(other_access.accesses_without(failing_violations))
        failure_context = replace(self._context(contract, sent.caller, context, hint), exchange=exchange)
        return format_failure(failing_violations, failure_context, verbose=context.verbose)

    def _describe_known_field(self, violation: Violation, other_access: OtherAccessComparison) -> Violation:
        """Say of a field that only other accesses are sent that it is known all the same."""
        if violation.kind == "additive" and other_access.accesses_without([violation]):
            return replace(violation, expected=f"nothing: {self._registry.access} apps are not sent it")
        return violation

    def _context(self, contract: Contract | None, caller: str, context: FailureContext, hint: str) -> Context:
        return Context(
            contract=contract,
            access=self._registry.access,
            source=context.source,
            sent_by=caller,
            record=context.record,
            hint=hint,
        )

    def _other_access(self, exchange: Exchange) -> OtherAccessComparison:
        links, scopes = frozenset(self._links), self._mark.scopes
        return OtherAccessComparison(
            lambda registry: check_exchange(exchange, registry, links=links, scopes=scopes), self._registry
        )

    def _contract(self, request: Request) -> Contract | None:
        return self._registry.contract_for(request.method, request.url)

    def _not_sent(self, pointer: str) -> Violation:
        return field_not_sent_violation(pointer, self._registry.access, found="the test asks for it")


def field_not_sent_violation(pointer: str, access: Access, *, found: str) -> Violation:
    """Return the violation of a field that apps of this access are not sent."""
    new = renamed(pointer.rpartition("/")[2])
    instead = f", but {new}" if new else ""
    return Violation(
        kind="request",
        pointer=pointer,
        expected=f"nothing: {access} apps are not sent it{instead}",
        actual=found,
        sentence=f"{access} apps are not sent it{instead}: {found}",
    )
