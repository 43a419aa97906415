"""Redaction of secrets in what pytest shows: reports, warnings and logs.

A plugin of its own, registered if the environment or a live run holds secrets, and unregistered if no
Spotify test was selected. What tests print with `-s` goes past pytest, and so past this.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_spotify.plugin.state import PluginState, spotify_items
from pytest_spotify.redaction.workflow_commands import without_workflow_commands

if TYPE_CHECKING:
    from pytest_spotify.redaction.masking import OutputMasker

# Attributes that describe the test itself. An id that holds a secret is a usage error.
_UNCHANGED = {"nodeid", "location", "keywords", "when", "outcome", "start", "stop", "duration", "result"}


class OutputRedactor:
    """Hides every secret that the run knows by then in what pytest is about to show or store."""

    def __init__(self, state: PluginState) -> None:
        self._state = state
        self._known: frozenset[str] = frozenset()
        self._shown: OutputMasker | None = None

    @property
    def mask(self) -> Callable[[str], str]:
        """Return a function that returns a text without the secrets that are known now."""
        known = frozenset(self._state.known_secrets.masked_values())
        if self._shown is None or known != self._known:
            from pytest_spotify.redaction.masking import OutputMasker

            self._known, self._shown = known, OutputMasker(known)
        return self._shown.text

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Raise UsageError for an id that holds a secret: ids are shown and stored in many places."""
        if not spotify_items(items):
            config.pluginmanager.unregister(self)
            return
        mask = self.mask
        for item in items:
            if mask(item.nodeid) != item.nodeid:
                from pytest_spotify.plugin.xdist import usage_error

                usage_error(
                    config,
                    f"{mask(item.nodeid.partition('[')[0])}: one of its ids holds a secret, and ids are "
                    'shown and kept everywhere. Name the value: pytest.param(secret, id="refresh-token")',
                )

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Hide secrets in a report before any other plugin has it."""
        report = yield
        self._mask_report(report)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Hide secrets in what was put into a report since it was made, as by subtests."""
        self._mask_report(report)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Hide secrets in the report of a module that cannot be collected."""
        report = yield
        if not report.passed:
            self._mask_report(report)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: Any) -> None:
        """Hide secrets in the text of a warning."""
        text = str(warning_message.message)
        masked = self.mask(text)
        if masked != text:
            warning_message.message = masked

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Hide secrets in the live log and in the log file, whose handlers are there by now."""
        handlers = list(logging.getLogger().handlers)
        formatters = [handler.formatter for handler in handlers]
        for handler in handlers:
            handler.setFormatter(_Formatter(handler.formatter or logging.Formatter(), self))
        try:
            return (yield)
        finally:
            for handler, formatter in zip(handlers, formatters, strict=True):
                handler.setFormatter(formatter)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Hide secrets in what went to the junit file past all reports: properties of the whole suite."""
        result = yield
        written = session.config.getoption("xmlpath", default=None)
        if written and Path(written).is_file() and not hasattr(session.config, "workerinput"):
            text = Path(written).read_text(encoding="utf-8")
            if (hidden := self.mask(text)) != text:
                Path(written).write_text(hidden, encoding="utf-8")
        return result

    def _mask_report(self, report: Any) -> None:
        mask = self.mask
        for name, value in list(vars(report).items()):
            if value and name not in _UNCHANGED:
                setattr(report, name, _with_texts(value, mask))
        # Values of properties are of any type; junit shows their `str`.
        if properties := getattr(report, "user_properties", None):
            report.user_properties = [(name, self._mask_shown(value, str)) for name, value in properties]
        # The message and the parameters of a subtest, of any type too; shown is their `repr`.
        if parameters := getattr(getattr(report, "context", None), "kwargs", None):
            masked = {self.mask(name): self._mask_shown(value, repr) for name, value in parameters.items()}
            report.context = _with(report.context, kwargs=masked)
        if message := getattr(getattr(report, "context", None), "msg", None):
            report.context = _with(report.context, msg=self._mask_shown(message, str))

    def _mask_shown(self, value: object, show: Callable[[object], str]) -> object:
        """Return a value, or its text without secrets if they would be shown."""
        text = show(value)
        hidden = self.mask(text)
        return value if hidden == text else self.mask(value) if isinstance(value, str) else hidden


class WorkflowCommandEscaper:
    """Escapes commands to the runner of GitHub Actions in what a response or a contract made fail."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Escape them in the failure of a Spotify test; what it has printed is its own."""
        report = yield
        if "spotify" in report.keywords:
            report.longrepr = _with_texts(report.longrepr, without_workflow_commands)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Escape them in the report of a contract that cannot be used."""
        report = yield
        if collector.name.endswith(".contract.json"):
            report.longrepr = _with_texts(report.longrepr, without_workflow_commands)
        return report


def _with_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return a part of a report with its texts changed; what pytest draws itself is changed in place."""
    if isinstance(value, str):
        return change(value)
    if type(value) in (list, tuple):
        return type(value)(_with_texts(part, change) for part in value)
    if type(value) is dict:
        return {_with_texts(key, change): _with_texts(part, change) for key, part in value.items()}
    if hasattr(value, "toterminal"):
        parts = getattr(value, "__dict__", {})
        parts.update({name: _with_texts(part, change) for name, part in parts.items()})
    return value


def _with(context: Any, **changes: object) -> Any:
    """Return a copy of a context, which may be frozen, with changes."""
    changed = copy.copy(context)
    for name, value in changes.items():
        object.__setattr__(changed, name, value)
    return changed


class _Formatter(logging.Formatter):
    """Formats as another formatter does, and hides secrets in the result."""

    def __init__(self, inner: logging.Formatter, output: OutputRedactor) -> None:
        super().__init__()
        self._inner, self._output = inner, output

    def format(self, record: logging.LogRecord) -> str:
        return self._output.mask(self._inner.format(record))
