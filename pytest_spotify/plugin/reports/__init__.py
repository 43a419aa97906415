"""What a run leaves behind: its drift, and the files of `--spotify-report`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from pytest_spotify.drift.baseline import Baseline, load_baseline
from pytest_spotify.drift.difference import SEVERITIES, Difference
from pytest_spotify.plugin.state import PluginState


class RunDrift:
    """The differences that the items of a run found, each once; `results` are what `to_report` gave."""

    def __init__(self, state: PluginState, results: Iterable[Mapping[str, Any]]) -> None:
        self._state = state
        found = [Difference.from_json(each) for result in results for each in result["drift"]]
        by_id = {each.id: each for each in found}
        self.found = sorted(by_id.values(), key=lambda each: (SEVERITIES.index(each.severity), each.id))

    @cached_property
    def _baseline(self) -> Baseline:
        return load_baseline(self._state.config.rootpath) if self.found else Baseline()

    @property
    def unknown(self) -> list[Difference]:
        """Return the differences that `spotify-drift.toml` does not accept, worst first."""
        return self._baseline.unknown(self.found)
