"""The browser that the scripts of this folder take pictures in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from selenium import webdriver

_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run")


@contextmanager
def chromium(*flags: str) -> Iterator[webdriver.Chrome]:
    """Open Chromium without a window, and close it."""
    options = webdriver.ChromeOptions()
    for flag in (*_FLAGS, *flags):
        options.add_argument(flag)
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        yield driver
    finally:
        driver.quit()
