"""Check the exchanges of one item, note them in its result, and make the text of a failure.

The same for contract cases, marked tests and body files; what each expects is its `Expectation`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from pytest_spotify.check import (
    CheckFunction,
    OtherAccessComparison,
    check_body,
    check_exchange,
    check_kept_body,
    check_request,
)
from pytest_spotify.check.response import Body
from pytest_spotify.check.violation import Violation, failing, with_refusals
from pytest_spotify.contracts import Contract
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.exchange import Exchange, Request
from pytest_spotify.plugin.flow import Failure, ItemResult, SentExchange, contract_violated
from pytest_spotify.report import (
    FailureContext,
    access_hint,
    fold_indexes,
    format_failure,
    generalize_indexes,
    summary_line,
)

_LONGEST_ERROR = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """The expectation of an item on its exchanges.

    `scopes` are those of the token, if they are known; `allow` has the operations whose violations are known,
    with the reason; `select_violations` is what a contract case makes of the violations of its exchange.
    `access_may_differ` unless the exchange is known to be one of this access, as the cassette of a case is.
    """

    scopes: frozenset[str] | None = None
    allow: Mapping[str, str] = field(default_factory=dict)
    access_may_differ: bool = True
    select_violations: Callable[[Exchange, list[Violation]], list[Violation]] | None = None


class ItemChecker:
    """The checks of one item, exchange by exchange, in their order."""

    def __init__(
        self,
        registry: ContractRegistry,
        expectation: Expectation,
        result: ItemResult,
        *,
        strict: bool,
        observe: bool = False,
    ) -> None:
        self._registry, self._expectation, self._result = registry, expectation, result
        self.strict, self._observe = strict, observe
        self._bodies: list[Body] = []  # of responses whose links are not read yet
        self._links: set[str] = set()
        self._used_allowances: set[str] = set()

    def check(self, sent: Sequence[SentExchange], get_context: Callable[[], FailureContext]) -> None:
        """Raise ContractViolated, with all violations and the text, if any exchange fails."""
        __tracebackhide__ = True
        if failures := self.failures(sent, get_context):
            raise contract_violated(failures)

    def failures(
        self, sent: Sequence[SentExchange], get_context: Callable[[], FailureContext]
    ) -> list[Failure]:
        """Return a failure for each exchange that violates its contract."""
        failures = []
        for each in sent:
            exchange, status = each.exchange, each.exchange.response.status
            contract = self._contract_for(exchange.request)
            if status == 401 and "Authorization" in exchange.request.headers:
                self._result.refused_tokens += self._result.kind != "unauthenticated"
            body = Body(exchange.response.body)
            check_again = self._exchange_check(exchange, body)
            violations = check_again(self._registry)
            if violations:
                violations = with_refusals(violations, status)
            if each.request_may_violate:
                violations = [violation for violation in violations if violation.kind != "request"]
            self._bodies.append(body)
            if self._observe:
                from pytest_spotify.report.coverage import observe

                if observation := observe(exchange, self._registry):
                    self._result.observed.append(asdict(observation))
            if not violations:
                self._note(contract, status, [], failed=False)
                continue
            context = replace(get_context(), exchange=exchange, caller=each.caller)
            # A refusal by Spotify shows that the access is right; a sandbox has the access that the run says.
            with_hint = status < 400 or context.from_sandbox
            if failure := self._failure(
                contract, status, violations, check_again, context, with_hint=with_hint, body=body
            ):
                failures.append(failure)
                self._result.caller = self._result.caller or each.caller
        return failures

    def check_body(self, operation: str, status: int, body: bytes, context: FailureContext) -> None:
        """Raise ContractViolated if a body of a file is not a response of the operation.

        A field that only other accesses are sent fails too: a mock that has it promises what is never sent.
        """
        __tracebackhide__ = True

        def check_file(registry: ContractRegistry) -> list[Violation]:
            return check_body(registry.contracts[operation], status, body, registry)

        contract = self._registry.contracts[operation]
        violations = check_kept_body(contract, status, body, self._registry)
        if not violations:
            self._note(contract, 0, [], failed=False)
            return
        if failure := self._failure(contract, 0, violations, check_file, context, with_hint=True):
            raise contract_violated([failure])

    def check_unrecorded_request(
        self, request: Request, caller: str, context: FailureContext
    ) -> Failure | None:
        """Return the failure of a request that has no recorded response, or None if it fits its contract."""
        links, scopes = frozenset(self._known_links()), self._expectation.scopes

        def check_alone(registry: ContractRegistry) -> list[Violation]:
            return check_request(request, registry, links=links, scopes=scopes)

        contract, violations = self._contract_for(request), check_alone(self._registry)
        failing_violations = failing(violations)
        if contract is None or contract.operation in self._expectation.allow or not failing_violations:
            return None
        hint = access_hint(
            OtherAccessComparison(check_alone, self._registry).accesses_without(failing_violations)
        )
        return self._failed(violations, contract, replace(context, request=request, caller=caller, hint=hint))

    def explain_missing_field(
        self, error: BaseException, sent: Sequence[SentExchange], context: FailureContext
    ) -> Failure | None:
        """Return the failure of a test's error that names a field which this access is not sent, or None."""
        words = set(re.findall(r"\w+", str(error)[:_LONGEST_ERROR]))
        for each in reversed(sent):
            contract = self._contract_for(each.exchange.request)
            body = Body(each.exchange.response.body)
            other_access = OtherAccessComparison(self._exchange_check(each.exchange, body), self._registry)
            absent = other_access.fields_missing_here()
            accesses = {generalize_indexes(pointer): accesses for pointer, accesses in absent.items()}
            named = {place: accesses[place] for place in accesses if place.rpartition("/")[2] in words}
            if named and contract is not None:
                violations = [other_access.field_not_sent(place, "the test reads it") for place in named]
                hint = access_hint(next(iter(named.values()))) if context.from_sandbox else ""
                context = replace(
                    context,
                    exchange=each.exchange,
                    caller=each.caller,
                    hint=hint,
                    meaning="the code reads a field that its access is not sent",
                )
                return self._failed(violations, contract, context, body)
        return None

    def note_unused_allowances(self) -> None:
        """Note the operations that the mark allows to fail and that did not."""
        for operation, reason in self._expectation.allow.items():
            if operation not in self._used_allowances:
                self._result.unused_allowances.append(f"{operation}  ({reason})")

    def _failure(
        self,
        contract: Contract | None,
        status: int,
        violations: Sequence[Violation],
        check_again: CheckFunction,
        context: FailureContext,
        *,
        with_hint: bool,
        body: Body | None = None,
    ) -> Failure | None:
        """Note a checked response in the result, and return its failure, or None if it passes."""
        other_access = OtherAccessComparison(check_again, self._registry)
        if self._expectation.access_may_differ:
            violations = other_access.explain_known_fields(violations)
        failing_violations = failing(violations, strict=self.strict)
        if contract is not None and failing_violations and contract.operation in self._expectation.allow:
            self._used_allowances.add(contract.operation)
            reason = self._expectation.allow[contract.operation]
            for each in failing_violations:
                self._result.allowed.append(f"{contract.operation}  {summary_line(each)}  ({reason})")
            failing_violations = []
        self._note(contract, status, violations, failed=bool(failing_violations))
        if not failing_violations:
            return None
        if with_hint and contract is not None and self._expectation.access_may_differ:
            context = replace(context, hint=access_hint(other_access.accesses_without(failing_violations)))
        return self._failed(violations, contract, context, body)

    def _note(
        self, contract: Contract | None, status: int, violations: Sequence[Violation], *, failed: bool
    ) -> None:
        deprecated = contract is not None and self._registry.availability(contract).status == "deprecated"
        self._result.add_checked(contract, status, violations, failed=failed, deprecated=deprecated)

    def _failed(
        self,
        violations: Sequence[Violation],
        contract: Contract | None,
        context: FailureContext,
        body: Body | None = None,
    ) -> Failure:
        context = replace(context, contract=contract, access=self._registry.access)
        if body and contract and (day := self._result.recorded_at[:10]):
            from pytest_spotify.drift.age import changes_since

            changes = changes_since(day, body.parsed[0], contract, self._registry.access)
            context = replace(context, changes=[each.sentence for each in changes])
        failing_violations = failing(violations, strict=self.strict)
        if self._result.kind == "body":
            failing_violations = fold_indexes(failing_violations)
        return Failure(list(violations), format_failure(failing_violations, context))

    def _exchange_check(self, exchange: Exchange, body: Body) -> CheckFunction:
        links, scopes = frozenset(self._known_links()), self._expectation.scopes
        select = self._expectation.select_violations

        def check_for_access(registry: ContractRegistry) -> list[Violation]:
            violations = check_exchange(exchange, registry, links=links, scopes=scopes, body=body)
            return violations if select is None else select(exchange, violations)

        return check_for_access

    def _known_links(self) -> set[str]:
        """Return the links of the responses so far; a client may follow them as they are."""
        while self._bodies:
            self._links |= self._bodies.pop().page_links()
        return self._links

    def _contract_for(self, request: Request) -> Contract | None:
        return self._registry.contract_for(request.method, request.url)
