"""HAR files and cassettes as pytest items: one with an exchange that does not fit its contract fails.

The ini key `spotify_traffic` names them by globs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from pytest_spotify.errors import UnreadableTraffic
from pytest_spotify.plugin.flow import ITEM_RESULT, ItemResult, SentExchange
from pytest_spotify.plugin.items import SpotifyItem
from pytest_spotify.plugin.state import PluginState, get_state

INI = "spotify_traffic"
_FILES: pytest.StashKey[frozenset[Path]] = pytest.StashKey()


def traffic_file(path: Path, parent: pytest.Collector, globs: Iterable[str]) -> RecordedTrafficFile | None:
    """Return the collector of a file of traffic, or None for any other file."""
    stash, root = parent.config.stash, parent.config.rootpath
    if _FILES not in stash:
        stash[_FILES] = frozenset(each for line in globs for each in root.glob(line))
    return RecordedTrafficFile.from_parent(parent, path=path) if path in stash[_FILES] else None


def validate_traffic_globs(state: PluginState) -> None:
    """Raise UsageError for a glob that names no file: it would check nothing, quietly."""
    for line in state.settings.traffic_globs:
        if next(state.config.rootpath.glob(line), None) is None:
            raise pytest.UsageError(f"ini {INI}: {line} names no file below {state.config.rootpath}")


class RecordedTrafficFile(pytest.File):
    """A HAR file or a cassette."""

    def collect(self) -> Iterator[TrafficItem]:
        """Return the one item of the file: it is read when that runs."""
        yield TrafficItem.from_parent(self, name="traffic")


class TrafficItem(SpotifyItem):
    """The check of all exchanges with the Web API in one file."""

    def runtest(self) -> None:
        """Check the exchanges in their order, so that links of earlier responses may be followed."""
        from pytest_spotify.plugin.flow.checker import Expectation, ItemChecker
        from pytest_spotify.report import FailureContext

        state = get_state(self.config)
        result = self.stash[ITEM_RESULT] = ItemResult(kind="body")
        exchanges = self._exchanges()
        strict, observe = state.settings.strict, bool(state.settings.report_files)
        checker = ItemChecker(state.registry, Expectation(), result, strict=strict, observe=observe)

        def context() -> FailureContext:
            return FailureContext(
                source=state.display_path(self.path),
                meaning="what was recorded here does not fit the API",
                verbose=state.verbose,
            )

        checker.check(exchanges, context)

    def _exchanges(self) -> Sequence[SentExchange]:
        from pytest_spotify.traffic import is_api, read_traffic

        entries = [entry for entry in read_traffic(self.path) if is_api(entry.exchange.request.url)]
        if not entries:
            path = get_state(self.config).display_path(self.path)
            raise UnreadableTraffic(
                f"{path}: nothing to check: no exchange with the Web API that has a whole response"
            )
        return [SentExchange(exchange=entry.exchange) for entry in entries]

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the file and a heading with its name."""
        return self.path, 0, f"{get_state(self.config).display_path(self.path)} (traffic)"
