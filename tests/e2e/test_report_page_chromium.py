"""The report's page in Debian's Chromium: no errors, no network, for everybody, and fast with 3,000 checks.

axe-core looks for what keeps people out, where npm has put it (`npm install axe-core` in a folder, and
`AXE_CORE` naming that folder).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_spotify.report.page import page
from tests.support.sample_report import drifted_report, large_report, shipped_report, small_report

pytest.importorskip("selenium", reason="selenium is not installed")

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.support.chromium import needs_chromium

AXE = Path(os.environ.get("AXE_CORE", "."), "node_modules/axe-core/axe.min.js")
HOSTILE = "\"'></script></style><img src=x onerror=\"document.title='out'\"><a href=javascript:alert(1)>x</a>"
pytestmark = needs_chromium
needs_axe = pytest.mark.skipif(
    not AXE.is_file(), reason="axe-core is missing: npm install axe-core in a folder, and AXE_CORE names it"
)
_VISIBLE = "return [...document.querySelectorAll(arguments[0])].filter(each => each.checkVisibility()).length"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    return _address(tmp_path_factory, small_report())


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> str:
    return _address(tmp_path_factory, large_report(3000))


def _address(tmp_path_factory: pytest.TempPathFactory, report: dict[str, Any]) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page(report), encoding="utf-8")
    return path.as_uri()


def _open(chromium: webdriver.Chrome, address: str, *, scheme: str = "light", width: int = 1280) -> None:
    for log in ("browser", "performance"):
        chromium.get_log(log)  # what was logged before is not of this page
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    chromium.get(address)


def _requests(chromium: webdriver.Chrome) -> list[str]:
    messages = [json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")]
    sent = [each["params"] for each in messages if each["method"] == "Network.requestWillBeSent"]
    return [each["request"]["url"] for each in sent]


def _findings(chromium: webdriver.Chrome) -> list[tuple[str, str, str]]:
    """Return what axe-core finds in the page with everything open: rule, impact and the first element."""
    chromium.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")
    chromium.set_script_timeout(240)
    chromium.execute_script(AXE.read_text("utf-8"))
    result = chromium.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    assert len(result["passes"]) > 10
    return [(each["id"], each["impact"], each["nodes"][0]["html"][:300]) for each in result["violations"]]


def test_the_page_opens_without_errors_and_without_network(chromium: webdriver.Chrome, small: str) -> None:
    """The console stays empty, and nothing is requested but the file itself."""
    _open(chromium, small)

    assert chromium.get_log("browser") == []
    assert _requests(chromium) == [small]


@needs_axe
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 400)])
def test_nobody_is_kept_out(
    chromium: webdriver.Chrome, tmp_path_factory: pytest.TempPathFactory, scheme: str, width: int
) -> None:
    """axe-core has no finding, in light on a desk and in dark on a phone, with all that opens open."""
    report = small_report()
    report["operations"] = report["operations"][:4]
    objects = report["coverage"]["objects"]
    report["coverage"]["objects"] = {name: objects[name] for name in ("album", "page")}
    _open(chromium, _address(tmp_path_factory, report), scheme=scheme, width=width)
    assert _findings(chromium) == []


def test_a_phone_needs_no_sideways_scrolling(chromium: webdriver.Chrome, small: str) -> None:
    """At 400 pixels the page is as wide as the window, with everything open."""
    _open(chromium, small, width=400)
    chromium.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")

    wide, window = chromium.execute_script(
        "const {scrollWidth, clientWidth} = document.documentElement; return [scrollWidth, clientWidth]"
    )

    assert wide == window <= 400


def test_search_leaves_what_fits(chromium: webdriver.Chrome, small: str) -> None:
    """`/` goes to the search; what does not fit is hidden with its headings; Escape shows all again."""
    _open(chromium, small)
    everything = chromium.execute_script(_VISIBLE, "[data-item]")

    chromium.find_element(By.TAG_NAME, "body").send_keys("/")
    search = chromium.switch_to.active_element
    search.send_keys("test_own test_b")

    assert chromium.find_element(By.ID, "matches").text == "2 matches"
    assert chromium.execute_script(_VISIBLE, "[data-item]") == 2  # of the failures, and of all checks
    assert chromium.execute_script(_VISIBLE, "#operations") == 0
    search.send_keys(Keys.ESCAPE)
    assert chromium.execute_script(_VISIBLE, "[data-item]") == everything
    assert chromium.find_element(By.ID, "matches").text == ""


def test_an_outcome_leaves_the_checks_that_had_it(chromium: webdriver.Chrome, small: str) -> None:
    """Failed checks are found in the failures, the matrix and the list."""
    _open(chromium, small)

    chromium.find_element(By.ID, "outcome").send_keys("no answer")

    assert chromium.execute_script(_VISIBLE, "[data-item]") == 2
    assert chromium.execute_script(_VISIBLE, "#drift, #responses, #properties") == 0


def test_the_page_is_whole_without_its_script(chromium: webdriver.Chrome, small: str) -> None:
    """Where scripts are off everything is shown, all that opens opens, and no dead search stands there."""
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        _open(chromium, small)
        assert not chromium.find_element(By.ID, "search").is_displayed()
        summary = chromium.find_element(By.CSS_SELECTOR, "#properties summary")
        summary.send_keys(Keys.ENTER)
        assert chromium.find_element(By.CSS_SELECTOR, "#properties .tree").is_displayed()
    finally:
        chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_everything_is_reached_by_keyboard(chromium: webdriver.Chrome, small: str) -> None:
    """The first key leads past the navigation, the next ones through it to the search."""
    _open(chromium, small)
    names = []
    for _ in range(12):
        chromium.switch_to.active_element.send_keys(Keys.TAB)
        element = chromium.switch_to.active_element
        names.append(element.get_attribute("href") or element.get_attribute("id"))

    assert names[0].endswith("#content")
    assert [name.partition("#")[2] for name in names[1:3]] == ["failures", "drift"]
    assert names[9:11] == ["search", "outcome"]


def test_hostile_texts_stay_texts(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    """Markup in names and messages of tests is shown as it is: nothing runs, nothing is requested."""
    report = small_report()
    for row in report["checks"]:
        row |= {"id": HOSTILE + row["id"], "message": HOSTILE}
    for each in report["drift"]["differences"]:
        each |= {"pointer": HOSTILE, "before": HOSTILE, "announced": HOSTILE, "source": "javascript:alert(1)"}
    path = tmp_path / "report.html"
    path.write_text(page(report), encoding="utf-8")

    _open(chromium, path.as_uri())

    assert chromium.title.endswith("pytest-spotify")
    assert chromium.get_log("browser") == []
    assert _requests(chromium) == [path.as_uri()]
    assert HOSTILE in chromium.find_element(By.CSS_SELECTOR, "#failures .message").text
    assert chromium.find_elements(By.CSS_SELECTOR, "img, a[href^=javascript]") == []


@pytest.mark.slow
def test_three_thousand_checks_stay_smooth(chromium: webdriver.Chrome, large: str) -> None:
    """The page is interactive in less than a second, and shows what a search leaves in less than another."""
    _open(chromium, large)
    interactive, loaded = chromium.execute_script(
        "const [entry] = performance.getEntriesByType('navigation');"
        "return [entry.domInteractive, entry.loadEventEnd]"
    )
    searched = chromium.execute_async_script("""
        const done = arguments[0], began = performance.now();
        search.value = "test_module_77";
        form.dispatchEvent(new Event("input"));
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
    """)

    print(f"interactive {interactive:.0f} ms, loaded {loaded:.0f} ms, searched {searched:.0f} ms")
    assert loaded < 1000
    assert searched < 1000


@needs_axe
@pytest.mark.slow
@pytest.mark.parametrize("make", [shipped_report, drifted_report])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_nobody_is_kept_out_of_a_whole_report(
    chromium: webdriver.Chrome,
    tmp_path_factory: pytest.TempPathFactory,
    make: Callable[[], dict[str, Any]],
    scheme: str,
    width: int,
) -> None:
    """The reports of the shipped cassettes and of an API that changed have no finding of axe-core either."""
    _open(chromium, _address(tmp_path_factory, make()), scheme=scheme, width=width)
    assert _findings(chromium) == []
