"""Recording: after a test passed, its exchanges go through redaction and the leak check to their cassette.

One way for contract items and marked tests alike. A failed test never gets here.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from pytest_spotify.checking.access import Access
from pytest_spotify.errors import SpotifyTestError, StaleRecording
from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Exchange
from pytest_spotify.plugin.outcome import Outcome
from pytest_spotify.plugin.run import Run
from pytest_spotify.recordings.cassette import load, write
from pytest_spotify.recordings.redact import scrub, scrub_values
from pytest_spotify.report.drift import drift


def record(
    run: Run,
    path: Path,
    exchanges: Sequence[Exchange],
    *,
    account: Mapping[str, str] | None = None,
    root: Path | None = None,
    access: Access | None = None,
) -> None:
    """Write the exchanges of a test that passed, in place of what was recorded before.

    With record mode `once` an existing cassette stays. Raises LeakFound where a secret would be written.
    """
    if run.settings.record == "once" and path.exists():
        return
    secrets = run.secrets()
    authorized = any("Authorization" in exchange.request.headers for exchange in exchanges)
    identity = run.account.profile() if authorized and run.has("user") else None
    kept = scrub(exchanges, secrets, identity, extra=[_redaction_of(run)])
    provenance = {
        "recorded_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "target": run.target_name,
        "access": access or run.settings.access,
        "plugin": version("pytest-spotify"),
        "account": dict(scrub_values(account or {}, secrets, identity)),
    }
    write(path, kept, provenance, root=root or run.settings.cassettes, secrets=secrets)


def compare(run: Run, path: Path, exchange: Exchange) -> list[str]:
    """Return how a live answer differs in shape from what was recorded of the same target."""
    if not path.exists() or exchange.response.status >= 500:  # an outage is no drift
        return []
    try:
        cassette = load(path)
        (kept,) = scrub([exchange])  # the recording was scrubbed too, which may change its shape
    except SpotifyTestError:
        return []
    if cassette.provenance.get("target") != run.target_name or not cassette.exchanges:
        return []
    return [f"{_title(exchange)}  {line}" for line in drift(cassette.exchanges[-1], kept)]


def note_age(run: Run, outcome: Outcome, path: Path, provenance: Mapping[str, Any]) -> None:
    """Note a recording that is older than the ini file allows."""
    longest = run.settings.max_age
    if not longest:
        return
    try:
        recorded = datetime.fromisoformat(str(provenance.get("recorded_at")))
        days = (datetime.now(UTC) - recorded).days
    except (ValueError, TypeError):  # TypeError: a time without a zone
        outcome.aged = [f"{run.shown(path)}  does not say when it was recorded"]
        return
    if days > longest:
        outcome.aged = [f"{run.shown(path)}  recorded {recorded:%Y-%m-%d}, {days} days ago"]


def refuse_age(run: Run, outcome: Outcome, command: str) -> None:
    """Raise StaleRecording for a recording that was noted as too old."""
    if outcome.aged:
        raise StaleRecording(
            f"the recording is too old\n\n"
            f"replayed   {outcome.aged[0]}\n"
            f"allowed    {run.settings.max_age} days (ini spotify_cassette_max_age)\n"
            f"record     {command}"
        )


def owner_in(exchange: Exchange) -> Iterator[str]:
    """Yield what tells whose account it is, of the one answer that does: `GET /me`."""
    if exchange.request.url.partition("?")[0] == f"{API_URL}/me":
        with suppress(ValueError, AttributeError):
            email = str(json.loads(exchange.response.body).get("email") or "")
            yield email
            yield email.partition("@")[0]


def secrets_in(exchange: Exchange) -> Iterator[str]:
    """Yield the secrets that a client of a test shows as it signs in and asks (RFC 6749, RFC 6750)."""
    scheme, _, credentials = exchange.request.headers.get("Authorization").partition(" ")
    if scheme.lower() == "bearer":
        yield credentials
    elif scheme.lower() == "basic":
        with suppress(ValueError):
            yield b64decode(credentials).decode().partition(":")[2]
    if exchange.request.url.startswith(ACCOUNTS_URL):
        with suppress(ValueError):
            form = dict(parse_qsl(exchange.request.body.decode()))
            yield from (form[name] for name in ("client_secret", "code", "refresh_token") if name in form)
            granted = json.loads(exchange.response.body)
            yield from (str(granted[name]) for name in ("access_token", "refresh_token") if name in granted)


def _redaction_of(run: Run) -> Callable[[Exchange], Exchange]:
    hook = run.config.hook.pytest_spotify_redact

    def redact(exchange: Exchange) -> Exchange:
        for changed in hook(config=run.config, exchange=exchange):
            exchange = changed or exchange
        return exchange

    return redact


def _title(exchange: Exchange) -> str:
    return f"{exchange.request.method} {exchange.request.url.partition('?')[0]}"
