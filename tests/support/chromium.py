"""Debian's Chromium, which the tests of a worker share: to start it takes longer than most of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver

_CHROMIUM, _DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-proxy-server",
)
needs_chromium = pytest.mark.skipif(
    not (_CHROMIUM and _DRIVER), reason="Chromium is missing: apt-get install chromium chromium-driver"
)


@contextmanager
def started_chromium(profile: Path) -> Iterator[webdriver.Chrome]:
    """Start one with an empty page, which logs its console and its requests."""
    options = webdriver.ChromeOptions()
    options.binary_location = _CHROMIUM or ""
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(executable_path=_DRIVER, log_output=os.devnull)
    driver = webdriver.Chrome(options=options, service=service)
    try:
        driver.get("about:blank")  # Chromium's own first page sends requests
        yield driver
    finally:
        driver.quit()
