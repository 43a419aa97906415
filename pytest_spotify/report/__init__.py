"""The text of a failure: verdict first, then the exchange, what is wrong where, and what to do next.

Made from violations and an exchange alone, without HTTP. Never shows a token. It also says how well a bundled
contract is proved, by `contracts/provenance.json`, which `scripts/provenance.py` makes.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.check.violation import Violation
from pytest_spotify.contracts import Contract
from pytest_spotify.contracts.loader import bundled_contracts_dir
from pytest_spotify.errors import escape_unprintable, truncate
from pytest_spotify.exchange import Exchange, Request
from pytest_spotify.formats import strict_json

_SHOWN = 10
_CHANGES_SHOWN = 5
_ADVICE = {
    "breaking": "the API and the contract no longer fit each other",
    "request": "the API does not accept this request",
    "additive": "the API sends more than the contract knows",
    "unknown": "no contract is known for this request",
}
TOKEN_COMMAND = "pytest-spotify token"
_APP_DESCRIPTIONS: dict[Access, str] = {
    "development": "an app in development mode",
    "development-older": "an older app",
    "extended": "an app with extended quota",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureContext:
    """The context of violations in a failure text; an empty field leaves its line out."""

    exchange: Exchange | None = None
    request: Request | None = None  # where there is no exchange: it was not answered
    contract: Contract | None = None
    access: Access | None = None
    source: str = ""  # "replayed: cassettes/...", "live: spotify", or the file of a body
    caller: str = ""  # "app.py:10, from tests/test_app.py:12"
    record_command: str = ""
    meaning: str = ""  # where it is not the kind's
    hint: str = ""
    changes: Sequence[str] = ()  # of the API since the response was recorded
    from_sandbox: bool = False  # which has the access that the run says, so that a refusal proves nothing
    verbose: bool = False  # show all violations


def format_failure(violations: Sequence[Violation], context: FailureContext) -> str:
    """Return the text of a failure; its first line is the verdict, for pytest's short summary.

    At most 10 violations are shown, all of them if the context is verbose.
    """
    more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    lines = [f"{summary_line(violations[0])}{more}", "", *exchange_lines(context), ""]
    if len(violations) > 1:
        shown = violations if context.verbose else violations[:_SHOWN]
        lines += [f"  {violation.kind:<8}  {summary_line(violation)}" for violation in shown]
        if len(shown) < len(violations):
            lines.append(f"  ... and {len(violations) - len(shown)} more, shown with -vv")
        lines.append("")
    lines += _advice_lines(violations, context)
    return escape_unprintable("\n".join(lines).rstrip())


LONGEST = 500
"""As many characters are shown of a name or a text that a file may have."""


def summary_line(violation: Violation) -> str:
    """Return a violation in one line."""
    place = f"{truncate(violation.pointer, LONGEST)}: " if violation.pointer else ""
    return escape_unprintable(f"{place}{violation.message}")


def generalize_indexes(pointer: str) -> str:
    """Return a pointer with `*` for array positions: bodies differ in them, not in what is wrong."""
    return re.sub(r"/[0-9]+(?=/|$)", "/*", pointer)


def fold_indexes(violations: Sequence[Violation]) -> list[Violation]:
    """Return the violations, those that differ in array positions alone as one, whose pointer has `*`."""
    groups: dict[tuple[str, str, str], list[Violation]] = {}
    for each in violations:
        key = each.kind, generalize_indexes(each.pointer), each.without_values().message
        groups.setdefault(key, []).append(each)
    return [
        replace(group[0], pointer=place) if len(group) > 1 else group[0]
        for (_, place, _), group in groups.items()
    ]


def access_hint(accesses: Sequence[Access]) -> str:
    """Return a hint if the same exchange fits its contract under other accesses, else an empty text."""
    hints = [f"{_APP_DESCRIPTIONS[access]}? set `spotify_access = {access}`" for access in accesses]
    return "; ".join(hints)


def curl(request: Request, *, app: bool = False) -> str:
    """Return the command that sends the request again; it has the shell ask `pytest-spotify` for a token."""
    line = "curl" if request.method == "GET" else f"curl -X {request.method}"
    authorization = request.headers.get("Authorization").strip()
    if authorization.lower().startswith("bearer "):
        line += f' -H "Authorization: Bearer $({TOKEN_COMMAND}{" --app" if app else ""})"'
    elif authorization:
        line += ' -u "$SPOTIFY_CLIENT_ID:$SPOTIFY_CLIENT_SECRET"'
    if request.body:
        content_type = request.headers.get("Content-Type", "application/json")
        line += f" -H {shlex.quote('Content-Type: ' + content_type)}"
        body = _one_line(request.body)
        line += " --data-binary @body" if body is None else f" --data {shlex.quote(body)}"
    return f"{line} {shlex.quote(request.url)}"


def record_lines(command: str) -> list[str]:
    """Return the lines of a failure text with the command that records, and the way without an account."""
    return [f"record     {command}", "           (without an account: --spotify-sandbox for --spotify-live)"]


def _one_line(body: bytes) -> str | None:
    """Return a body as text for a command, or None if it is not text, or has several lines."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None


def exchange_lines(context: FailureContext) -> list[str]:
    """Return the lines of a failure text on what was sent and answered, and by whom."""
    lines = []
    if context.exchange is not None:
        request, status = context.exchange.request, context.exchange.response.status
        lines.append(f"request    {request.method} {request.url}")
        lines.append(f"response   {status}{f', {context.source}' if context.source else ''}")
    elif context.request is not None:
        lines.append(f"request    {context.request.method} {context.request.url}")
        lines.append("response   none is recorded: a test is recorded once it passes")
    elif context.source:
        lines.append(f"body       {context.source}")
    if context.contract is not None:
        under = f", access {context.access}" if context.access else ""
        lines.append(f"contract   {context.contract.operation} ({context.contract.title}){under}")
    if context.caller:
        lines.append(f"sent by    {context.caller}")
    return lines


def _advice_lines(violations: Sequence[Violation], context: FailureContext) -> list[str]:
    lines = [f"meaning    {context.meaning or _ADVICE[violations[0].kind]}"]
    if violations[0].kind == "breaking" and context.contract and context.access:
        evidence = doubt(context.contract, context.access)
        lines += [f"evidence   {evidence}"] if evidence else []
    lines += [f"since then {change}" for change in context.changes[:_CHANGES_SHOWN]]
    if context.hint:
        lines.append(f"hint       {context.hint}")
    request = context.exchange.request if context.exchange else context.request
    if request is not None:
        app = context.contract is not None and context.contract.token == "app"
        lines.append(f"reproduce  {curl(request, app=app)}")
    if context.record_command and violations[0].kind == "breaking":  # no recording makes a request right
        lines += record_lines(context.record_command)
    if context.contract is not None and context.contract.docs:
        lines.append(f"docs       {context.contract.docs}")
    return lines


PROVENANCE_FILE = "provenance.json"
NEVER = "this contract was never held against a real answer: please report"
ELSEWHERE = "this contract was held against real answers of other accesses only: please report"


@dataclass(frozen=True, slots=True, kw_only=True)
class RealAnswers:
    """The success answers of Spotify itself that fit a contract; the dates are months, as 2026-03."""

    count: int
    first: str
    last: str


@cache
def real_answers() -> Mapping[str, Mapping[Access, RealAnswers]]:
    """Return what bundled contracts were held against, by operation and access; nothing where by nothing."""
    table = strict_json.loads((bundled_contracts_dir() / PROVENANCE_FILE).read_bytes())
    return {
        operation: {access: RealAnswers(**by_access[access]) for access in ACCESSES if access in by_access}
        for operation, by_access in table.items()
    }


@cache
def _is_bundled(source: Path) -> bool:
    return source.resolve().is_relative_to(bundled_contracts_dir().resolve())


def doubt(contract: Contract, access: Access) -> str:
    """Return a sentence if no real answer of the access proves a bundled contract, else an empty text."""
    if not _is_bundled(contract.source):
        return ""
    proved = real_answers().get(contract.operation, {})
    if access in proved:
        return ""
    return ELSEWHERE if proved else NEVER
