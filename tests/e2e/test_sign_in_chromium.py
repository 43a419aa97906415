"""A person signs in with a real browser, Debian's Chromium, on the sandbox, by `pytest-spotify login`.

What else may happen there is slow; `test_sign_in.py` has it without a browser.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from pytest_spotify.sandbox import Sandbox
from tests.support.sandbox_client import Browser, callback
from tests.support.sign_in import Home, Login, modes

pytest.importorskip("selenium", reason="selenium is not installed")

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.support import wait as support

from tests.support.chromium import needs_chromium

pytestmark = needs_chromium


@pytest.fixture
def chromium(chromium: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    chromium.implicitly_wait(10)
    yield chromium
    chromium.implicitly_wait(0)


@pytest.fixture
def sandbox(sandbox: Sandbox, chromium: webdriver.Chrome) -> Sandbox:
    """A sandbox that the browser has not been to."""
    chromium.get(sandbox.accounts_url)  # cookies belong to a page
    chromium.delete_all_cookies()
    return sandbox


def sign_in(chromium: webdriver.Chrome, url: str, *, answer: str) -> None:
    """Open the address, give a name and a password, and press a button."""
    chromium.get(url)
    chromium.find_element("name", "username").send_keys("Ada Lovelace")
    chromium.find_element("name", "password").send_keys("any")
    chromium.find_element("css selector", "button.main").click()
    chromium.find_element("css selector", f"button[value={answer}]").click()


def shown(chromium: webdriver.Chrome, heading: str) -> str:
    """Wait for the page with a heading, and return its text."""
    wait = support.WebDriverWait(chromium, 20, ignored_exceptions=[WebDriverException])
    wait.until(lambda page: page.find_element("tag name", "h1").text == heading)
    return chromium.find_element("tag name", "main").text


def token_calls(sandbox: Sandbox) -> list[int]:
    return [each.status for each in sandbox.exchanges if each.path.endswith("/api/token")]


def test_who_agrees_is_signed_in(chromium: webdriver.Chrome, home: Home) -> None:
    """Page and terminal say so, and the tokens are kept for the user alone."""
    with Login(home) as login:
        sign_in(chromium, login.url, answer="agree")

        assert "You may close this tab" in shown(chromium, "You are signed in")
        assert login.end() == 0
    assert "Signed in as Ada Lovelace (ada-lovelace)." in login.said
    assert modes(home.store().path.parent) == {"0o700", "0o600"}
    held = home.store().get("user")
    assert held is not None
    assert held.scopes == frozenset(login.asked["scope"].split())
    assert held.access_token.reveal() not in login.said
    assert token_calls(home.sandbox) == [200]


@pytest.mark.slow
def test_a_stored_sign_in_runs_the_suite_with_no_other_input(chromium: webdriver.Chrome, home: Home) -> None:
    """After one sign-in `pytest --spotify-live` needs no variable but those of the app."""
    with Login(home) as login:
        sign_in(chromium, login.url, answer="agree")
        assert login.end() == 0

    ran = home.pytest("contracts/users", "contracts/albums")

    assert ran.status == 0, ran.out + ran.err
    assert "live, access development" in ran.out
    assert token_calls(home.sandbox).count(200) <= 2  # the code, and the app's own token


@pytest.mark.slow
def test_who_cancels_is_not(chromium: webdriver.Chrome, home: Home) -> None:
    """Page and terminal say that nothing happened; nothing is exchanged or stored."""
    with Login(home) as login:
        sign_in(chromium, login.url, answer="cancel")

        assert "You chose Cancel" in shown(chromium, "Not signed in")
        assert login.end() == 1
    assert "You chose Cancel, so nothing was allowed and nothing was stored." in login.said
    assert token_calls(home.sandbox) == []
    assert home.store().get("user") is None


@pytest.mark.slow
def test_an_answer_with_another_state_does_not_end_the_wait(chromium: webdriver.Chrome, home: Home) -> None:
    """An old tab is told so; the sign-in that waits can still be finished."""
    with Login(home) as login:
        chromium.get(f"{login.asked['redirect_uri']}?{urlencode({'code': 'AQother', 'state': 'other'})}")
        assert "That sign-in still waits" in shown(chromium, "Not the sign-in that waits")
        assert token_calls(home.sandbox) == []

        sign_in(chromium, login.url, answer="agree")

        assert "You may close this tab" in shown(chromium, "You are signed in")
        assert login.end() == 0


@pytest.mark.slow
def test_a_code_serves_once(chromium: webdriver.Chrome, home: Home) -> None:
    """Used a second time it is refused; the terminal shows status and body, and no code."""
    with Login(home) as login, Browser(home.sandbox) as browser:
        code = callback(browser.authorize(**login.asked))["code"]
        chromium.get(
            f"{login.asked['redirect_uri']}?{urlencode({'code': code, 'state': login.asked['state']})}"
        )
        assert login.end() == 0
    with Login(home) as login:
        chromium.get(
            f"{login.asked['redirect_uri']}?{urlencode({'code': code, 'state': login.asked['state']})}"
        )

        assert "The sign-in could not be completed." in shown(chromium, "Not signed in")
        assert login.end() == 1
    assert "responded with 400 invalid_grant (Invalid authorization code)" in " ".join(login.said.split())
    assert code not in login.said
    assert token_calls(home.sandbox) == [200, 400]


@pytest.mark.slow
def test_a_redirect_uri_that_is_not_registered_is_refused_in_the_browser(
    chromium: webdriver.Chrome, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Spotify says so in the browser alone; Ctrl-C ends the wait, and the terminal has said what to enter."""
    home = Home(tmp_path, sandbox, {"SPOTIFY_REDIRECT_URI": "http://127.0.0.1/elsewhere"})
    with Login(home) as login:
        chromium.get(login.url)
        chromium.find_element("name", "username").send_keys("Ada Lovelace")
        chromium.find_element("css selector", "button.main").click()

        assert "INVALID_CLIENT: Invalid redirect URI" in shown(chromium, "This cannot go on")
        login.interrupt()
        assert login.end() == 1
    assert "redirect URI  http://127.0.0.1/elsewhere\n" in login.said
    assert "Aborted!" in login.said
    assert token_calls(sandbox) == []


@pytest.mark.slow
def test_nobody_answering_has_an_exit_status_of_its_own(chromium: webdriver.Chrome, home: Home) -> None:
    """The wait ends by itself, and says how to have more time."""
    with Login(home, "--timeout=1") as login:
        chromium.get(login.url)

        assert login.end() == 3
    assert "not completed within 1 s" in login.said
    assert token_calls(home.sandbox) == []
