"""A live run as a whole: the order of its items, what is in flight, its exit status; in a live run only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from pytest_spotify.auth.token import authorize
from pytest_spotify.errors import SpotifyTestError
from pytest_spotify.plugin.items.contract_items import ContractItem
from pytest_spotify.plugin.live import LiveServices
from pytest_spotify.plugin.state import get_state
from pytest_spotify.transport.look_ahead import AT_ONCE, LookAhead

NOT_ANSWERED = 75
"""The exit status of a run in which nothing failed but for an outage or a limit of Spotify's.

`EX_TEMPFAIL` of sysexits.h. pytest uses the numbers from 0 to 6.
"""


class LiveRun:
    """The hooks of a live run. With pytest-xdist the controller counts the reports that workers sent."""

    def __init__(self) -> None:
        self._failed_by_service = self._not_asked = 0
        self._look_ahead: LookAhead | None = None
        self._next: pytest.Item | None = None
        self._places: dict[pytest.Item, int] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Move the cases that cost least before the others; all other items stay where they are.

        Plugins that order items come after this, and may change it.
        """
        places = [place for place, item in enumerate(items) if isinstance(item, ContractItem)]
        cases = sorted((items[place] for place in places), key=_cost)
        for place, item in zip(places, cases, strict=True):
            items[place] = item

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note the place of each item."""
        self._places = {item: place for place, item in enumerate(session.items)}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, nextitem: pytest.Item | None) -> None:
        """Note which item comes next."""
        self._next = nextitem

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        """Send the requests of the next items, if they are contract cases as this one: those change nothing.

        The sandbox of a run has nothing to wait for, and is put into another state for each of them.
        """
        live = get_state(item.config).live
        if live is None or live.settings.sandbox or not isinstance(item, ContractItem):
            return
        self._look_ahead = live.transport.look_ahead
        for coming in self._coming():
            with suppress(SpotifyTestError):  # told in its turn
                _send_ahead(coming, live, self._look_ahead)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Let nothing of an item stay in flight that has not sent its request: the next one may write."""
        if self._look_ahead is not None:
            self._look_ahead.forget(item)
            if not isinstance(nextitem, ContractItem):  # nor what was asked about the account for others
                self._look_ahead.end()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a report that has no answer of Spotify's."""
        answer = getattr(report, "spotify", {}).get("no_answer", "")
        self._failed_by_service += answer == "failed"
        self._not_asked += answer == "not asked"

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Let nothing be in flight; set the exit status if nothing failed but for want of an answer."""
        if self._look_ahead is not None:
            self._look_ahead.end()
        ended = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        unanswered = self._failed_by_service + self._not_asked
        if ended and unanswered and session.testsfailed == self._failed_by_service:
            session.exitstatus = NOT_ANSWERED

    def _coming(self) -> Iterator[ContractItem]:
        """Yield the contract cases that come next in this process, up to another item, which may write.

        A worker of pytest-xdist knows the next one alone.
        """
        if (first := self._next) is None:
            return
        if hasattr(first.config, "workerinput"):
            items, place = [first], 0
        else:
            items, place = first.session.items, self._places.get(first, len(self._places))
        for coming in items[place : place + AT_ONCE - 1]:
            if not isinstance(coming, ContractItem):
                return
            yield coming


def _send_ahead(coming: ContractItem, live: LiveServices, look_ahead: LookAhead) -> None:
    """Send what an item sends next: a request about the account, once for all items, or that of its case."""
    case = coming.case
    if case.needs or case.account_values:
        while path := live.account.next_path(case.needs, case.account_values):
            if not look_ahead.has_success(path):
                if not look_ahead.has(path) and (token := live.token_source("user").at_hand):
                    live.transport.send_ahead(path, authorize(live.account.request(path), token))
                return
            live.account.read(path)
    if not look_ahead.has(coming) and (request := coming.request_ahead(live)):
        live.transport.send_ahead(coming, request)


def _cost(item: pytest.Item) -> int:
    """Return 0 for an unauthenticated check, 1 for a request alone, 2 if the account is read first."""
    assert isinstance(item, ContractItem)
    if item.case.kind == "unauthenticated":
        return 0
    return 2 if item.case.needs or item.case.account_values else 1
