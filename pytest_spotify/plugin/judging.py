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
from pytest_spotify.plugin.marking import Marking
from pytest_spotify.plugin.outcome import Outcome
from pytest_spotify.report.failure import (
    FailureContext,
    access_hint,
    format_failure,
    generalize_indexes,
    summary_line,
)
from pytest_spotify.report.migration import renamed

_LONGEST_ERROR = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An exchange of a test's, and the line of its code that brought it about."""

    exchange: Exchange
    by: str  # file:line


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a failure says of where the exchanges come from."""

    source: str
    record: str  # the command that records them anew
    arranged: bool  # by a sandbox, so that an answer says nothing of what the app may do
    verbose: bool


class Judge:
    """The judgement of one test, exchange by exchange, as they came."""

    def __init__(
        self, registry: ContractRegistry, marking: Marking, outcome: Outcome, *, strict: bool
    ) -> None:
        self._registry, self._marking, self._outcome = registry, marking, outcome
        self.strict = strict if marking.strict is None else marking.strict
        self._links: set[str] = set()
        self._allowed: set[str] = set()  # operations whose known fault was met

    def told(self, sent: Sequence[Sent], under: Circumstances) -> list[str]:
        """Return a text for each exchange that has something wrong with it."""
        return [text for each in sent if (text := self._judged(each, under))]

    def unanswered(self, request: Request, by: str, under: Circumstances) -> str:
        """Return the text of what is wrong with a request without a recorded answer; empty if nothing is."""
        scopes, links = self._marking.scopes, frozenset(self._links)

        def judge(registry: ContractRegistry) -> list[Violation]:
            return check_request(request, registry, links=links, scopes=scopes)

        contract, fatal = self._contract(request), failing(judge(self._registry))
        if contract is None or contract.operation in self._marking.allow or not fatal:
            return ""
        hint = access_hint(OtherAccessComparison(judge, self._registry).accesses_without(fatal))
        context = self._context(contract, by, under, hint)
        return format_failure(fatal, replace(context, request=request), verbose=under.verbose)

    def regretted(self, error: BaseException, sent: Sequence[Sent], under: Circumstances) -> str:
        """Return what an error of the test's own may come from: a field that its access is not sent."""
        words = set(re.findall(r"\w+", str(error)[:_LONGEST_ERROR]))
        for each in reversed(sent):
            absent = self._elsewhere(each.exchange).fields_missing_here()
            fields = {generalize_indexes(pointer): who for pointer, who in absent.items()}
            missed = {place: who for place, who in fields.items() if place.rpartition("/")[2] in words}
            contract = self._contract(each.exchange.request)
            if missed and contract is not None:
                hint = access_hint(next(iter(missed.values()))) if under.arranged else ""
                context = replace(
                    self._context(contract, each.by, under, hint),
                    exchange=each.exchange,
                    meaning="the code asks for a field that its access is not sent",
                )
                return format_failure([self._not_sent(place) for place in missed], context)
        return ""

    def close(self) -> None:
        """Note what the marks allow and the test did not meet."""
        for operation, reason in self._marking.allow.items():
            if operation not in self._allowed:
                self._outcome.needless.append(f"{operation}  ({reason})")

    def _judged(self, sent: Sent, under: Circumstances) -> str:
        exchange = sent.exchange
        contract = self._contract(exchange.request)
        violations = check_exchange(exchange, self._registry, links=self._links, scopes=self._marking.scopes)
        elsewhere = self._elsewhere(exchange)
        violations = [self._explained(each, elsewhere) for each in violations]
        fatal = failing(violations, strict=self.strict)
        self._links |= Body(exchange.response.body).page_links()
        if contract is not None and fatal and contract.operation in self._marking.allow:
            self._allowed.add(contract.operation)
            reason = self._marking.allow[contract.operation]
            self._outcome.allowed += [
                f"{contract.operation}  {summary_line(each)}  ({reason})" for each in fatal
            ]
            fatal = []
        deprecated = contract is not None and self._registry.availability(contract).status == "deprecated"
        self._outcome.judged(contract, exchange, violations, failed=bool(fatal), deprecated=deprecated)
        if not fatal:
            return ""
        # What Spotify refused says that the access is right; a sandbox says what it was told to.
        evident = exchange.response.status >= 400 and not under.arranged
        hint = "" if evident else access_hint(elsewhere.accesses_without(fatal))
        context = replace(self._context(contract, sent.by, under, hint), exchange=exchange)
        return format_failure(fatal, context, verbose=under.verbose)

    def _explained(self, violation: Violation, elsewhere: OtherAccessComparison) -> Violation:
        """Say of a field that only other accesses are sent that it is known all the same."""
        if violation.kind == "additive" and elsewhere.accesses_without([violation]):
            return replace(violation, expected=f"nothing: {self._registry.access} apps are not sent it")
        return violation

    def _context(self, contract: Contract | None, by: str, under: Circumstances, hint: str) -> FailureContext:
        return FailureContext(
            contract=contract,
            access=self._registry.access,
            source=under.source,
            sent_by=by,
            record=under.record,
            hint=hint,
        )

    def _elsewhere(self, exchange: Exchange) -> OtherAccessComparison:
        links, scopes = frozenset(self._links), self._marking.scopes
        return OtherAccessComparison(
            lambda registry: check_exchange(exchange, registry, links=links, scopes=scopes), self._registry
        )

    def _contract(self, request: Request) -> Contract | None:
        return self._registry.contract_for(request.method, request.url)

    def _not_sent(self, pointer: str) -> Violation:
        return not_sent(pointer, self._registry.access, found="the test asks for it")


def not_sent(pointer: str, access: Access, *, found: str) -> Violation:
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
