"""Take pictures of a report's page, to look at: on a desk in light and dark, on a phone, and on paper.

    pytest contracts --spotify-report=report.html
    python scripts/screenshots.py report.html FOLDER

Those in docs/images are of the shipped cassettes with some responses changed:

    python -m tests.support.sample_report drifted > report.html
    python scripts/screenshots.py --top report.html docs/images

Needs Debian's chromium and chromium-driver; from PyPI selenium, pillow, and pypdfium2 for what is printed.
`--top` takes what a window shows, as docs/report.md has it; else a picture is of the whole page.
"""

from __future__ import annotations

import argparse
import base64
from io import BytesIO
from pathlib import Path

import pypdfium2
from chromium import chromium
from PIL import Image
from selenium import webdriver

_VIEWS = {  # scheme, width and height, and where `--top` scrolls to
    "light": ("light", 1280, 1000, ""),
    "dark": ("dark", 1280, 900, "#operations"),
    "phone": ("light", 400, 860, "#drift"),
}

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
    with chromium() as driver:
        for name, (scheme, width, height, anchor) in _VIEWS.items():
            address = arguments.page.resolve().as_uri() + (anchor if arguments.top else "")
            data = _picture(driver, address, scheme, (width, height), whole=not arguments.top)
            image = Image.open(BytesIO(data)).convert("RGB").quantize()  # a third of the bytes
            image.save(arguments.folder / f"{arguments.page.stem}-{name}.png", optimize=True)
        if not arguments.top:
            _print(driver, arguments.folder / f"{arguments.page.stem}-print")


def _picture(
    driver: webdriver.Chrome, address: str, scheme: str, size: tuple[int, int], *, whole: bool
) -> bytes:
    """Return a PNG picture of the page in a window of a size, in CSS pixels."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    driver.get("about:blank")  # an address that differs in its anchor alone would load nothing
    driver.get(address)
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
