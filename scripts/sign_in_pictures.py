"""Take pictures of the sandbox's sign-in pages for docs/tutorial.md, as `pytest-spotify login` opens them.

    python scripts/sign_in_pictures.py docs/images

Needs Debian's chromium and chromium-driver, and selenium.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from urllib.parse import urlencode

from chromium import chromium
from selenium.webdriver.common.by import By

from pytest_spotify.sandbox import Sandbox


def main() -> None:
    """Write a PNG file for each page into a folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    with chromium("--window-size=520,660") as driver, Sandbox() as sandbox:
        query = {
            "client_id": sandbox.client_id,
            "response_type": "code",
            "redirect_uri": sandbox.redirect_uri,
            "scope": "user-read-currently-playing user-library-read",
        }
        driver.get(f"{sandbox.accounts_url}/authorize?{urlencode(query)}")
        driver.save_screenshot(str(folder / "sign-in.png"))
        driver.find_element(By.NAME, "username").send_keys("Ada")
        driver.find_element(By.NAME, "password").send_keys("any")
        driver.find_element(By.TAG_NAME, "form").submit()
        driver.find_element(By.NAME, "answer")
        driver.save_screenshot(str(folder / "agree.png"))


if __name__ == "__main__":
    main()
