"""Recording: after a test passed, its exchanges go through redaction and the leak check to their cassette.

One way for contract items and marked tests alike. A failed test never gets here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pytest_spotify.access import Access
from pytest_spotify.cassettes import load, write
from pytest_spotify.errors import SpotifyTestError
from pytest_spotify.exchange import Exchange
from pytest_spotify.plugin.state import PluginState
from pytest_spotify.redaction.redact import redact_exchanges, redact_values
from pytest_spotify.report.drift import drift


def save_cassette(
    state: PluginState,
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
    if state.settings.record_mode == "once" and path.exists():
        return
    secrets = state.secrets()
    authorized = any("Authorization" in exchange.request.headers for exchange in exchanges)
    identity = state.account.profile() if authorized and state.has_token("user") else None
    kept = redact_exchanges(exchanges, secrets, identity, extra=[_redaction_of(state)])
    provenance = {
        "recorded_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "target": state.target_name,
        "access": access or state.settings.access,
        "plugin": version("pytest-spotify"),
        "account": dict(redact_values(account or {}, secrets, identity)),
    }
    write(path, kept, provenance, root=root or state.settings.cassette_dir, secrets=secrets)


def find_drift(state: PluginState, path: Path, exchange: Exchange) -> list[str]:
    """Return how a live answer differs in shape from what was recorded of the same target."""
    if not path.exists() or exchange.response.status >= 500:  # an outage is no drift
        return []
    try:
        cassette = load(path)
        (kept,) = redact_exchanges([exchange])  # the recording was scrubbed too, which may change its shape
    except SpotifyTestError:
        return []
    if cassette.provenance.get("target") != state.target_name or not cassette.exchanges:
        return []
    return [f"{_title(exchange)}  {line}" for line in drift(cassette.exchanges[-1], kept)]


def _redaction_of(state: PluginState) -> Callable[[Exchange], Exchange]:
    hook = state.config.hook.pytest_spotify_redact

    def redact(exchange: Exchange) -> Exchange:
        for changed in hook(config=state.config, exchange=exchange):
            exchange = changed or exchange
        return exchange

    return redact


def _title(exchange: Exchange) -> str:
    return f"{exchange.request.method} {exchange.request.url.partition('?')[0]}"
