"""Take pictures of a report's page, to look at: on a desk in light and dark, on a phone, and on paper.

    pytest contracts --spotify-report=report.html
    python scripts/screenshots.py report.html FOLDER

Needs Debian's chromium and chromium-driver, selenium, and pypdfium2 with pillow for what is printed.
`--top` takes what is seen without scrolling, as docs/report.md shows it; else a picture is of the whole page.
"""

from __future__ import annotations

import argparse
import base64
import shutil
from pathlib import Path

import pypdfium2
from selenium import webdriver

_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run")
_VIEWS = {"light": ("light", 1280, 900), "dark": ("dark", 1280, 900), "phone": ("light", 400, 860)}

_LAY_OUT_ALL = """
const sheet = new CSSStyleSheet();
sheet.replaceSync("* { content-visibility: visible !important; }");
document.adoptedStyleSheets = [sheet];
for (const element of [...document.querySelectorAll("#properties details")].slice(0, 2)) element.open = true;
"""


def main() -> None:
    """Write PNG files into a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--top", action="store_true")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    options = webdriver.ChromeOptions()
    for flag in _FLAGS:
        options.add_argument(flag)
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        for name, (scheme, width, height) in _VIEWS.items():
            data = _picture(driver, arguments.page, scheme, (width, height), whole=not arguments.top)
            (arguments.folder / f"{arguments.page.stem}-{name}.png").write_bytes(data)
        _print(driver, arguments.folder / f"{arguments.page.stem}-print")
    finally:
        driver.quit()


def _picture(
    driver: webdriver.Chrome, page: Path, scheme: str, size: tuple[int, int], *, whole: bool
) -> bytes:
    """Return a PNG picture of the page in a window of a size, in CSS pixels."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    driver.get(page.resolve().as_uri())
    if whole:
        driver.execute_script(_LAY_OUT_ALL)
        height = driver.execute_script("return document.documentElement.scrollHeight")
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics | {"height": height})
    picture = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    return base64.b64decode(picture["data"])


def _print(driver: webdriver.Chrome, name: Path) -> None:
    """Write a PNG picture of each sheet that the page takes on A4."""
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    options = {"preferCSSPageSize": True, "printBackground": False}
    document = base64.b64decode(driver.execute_cdp_cmd("Page.printToPDF", options)["data"])
    for number, sheet in enumerate(pypdfium2.PdfDocument(document), 1):
        sheet.render(scale=1.3).to_pil().save(f"{name}-{number}.png")


if __name__ == "__main__":
    main()
