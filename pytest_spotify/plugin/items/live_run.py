"""A live run as a whole: the order of its items, and its exit status; registered in a live run only."""

from __future__ import annotations

import pytest

from pytest_spotify.plugin.items.contract_items import ContractItem

NOT_ANSWERED = 75
"""The exit status of a run in which nothing failed but for an outage or a limit of Spotify's.

`EX_TEMPFAIL` of sysexits.h. pytest uses the numbers from 0 to 6.
"""


class LiveRun:
    """The hooks of a live run. With pytest-xdist the controller counts the reports that workers sent."""

    def __init__(self) -> None:
        self._failed_by_service = self._not_asked = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Move the cases that cost least before the others; all other items stay where they are.

        Plugins that order items come after this, and may change it.
        """
        places = [place for place, item in enumerate(items) if isinstance(item, ContractItem)]
        cases = sorted((items[place] for place in places), key=_cost)
        for place, item in zip(places, cases, strict=True):
            items[place] = item

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a report that has no answer of Spotify's."""
        answer = getattr(report, "spotify", {}).get("no_answer", "")
        self._failed_by_service += answer == "failed"
        self._not_asked += answer == "not asked"

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Set the exit status if nothing failed but for want of an answer."""
        ended = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        unanswered = self._failed_by_service + self._not_asked
        if ended and unanswered and session.testsfailed == self._failed_by_service:
            session.exitstatus = NOT_ANSWERED


def _cost(item: pytest.Item) -> int:
    """Return 0 for an unauthenticated check, 1 for a request alone, 2 if the account is read first."""
    assert isinstance(item, ContractItem)
    if item.case.kind == "unauthenticated":
        return 0
    return 2 if item.case.needs or item.case.account_values else 1
