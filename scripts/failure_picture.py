"""Take the picture of a failure for docs: what a terminal of 80 columns shows of the README's first test.

    python scripts/failure_picture.py docs/images

Needs Debian's chromium and chromium-driver; from PyPI selenium and rich.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from chromium import chromium
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text
from selenium.webdriver.common.by import By

README = Path(__file__).parents[1] / "README.md"
_COLUMNS = 80
_PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; color: {foreground}; background: {background} }}
pre {{ margin: 0; padding: 16px; width: 80ch; font: 14px/1.35 "DejaVu Sans Mono", monospace;
white-space: pre-wrap; word-break: break-all }}
{stylesheet}</style><pre>{code}</pre>"""


def main() -> None:
    """Write failure.png into a folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    with TemporaryDirectory() as place:
        page = Path(place, "failure.html")
        page.write_text(_html(_failing_run(Path(place))), encoding="utf-8")
        with chromium("--window-size=900,1200") as driver:
            driver.get(page.as_uri())
            driver.find_element(By.TAG_NAME, "pre").screenshot(str(folder / "failure.png"))


def _failing_run(folder: Path) -> str:
    """Return what pytest prints, with its colours, of the test at the top of the README."""
    test = README.read_text(encoding="utf-8").split("```python\n", 1)[1].split("```", 1)[0]
    (folder / "test_shelf.py").write_text(test, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "test_shelf.py",
        "--spotify-sandbox",
        "--no-header",
        "--color=yes",
    ]
    variables = os.environ | {"COLUMNS": str(_COLUMNS)}
    run = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    if run.returncode != 1:
        sys.exit(f"expected one failed test, found exit status {run.returncode}:\n{run.stdout}{run.stderr}")
    return f"$ pytest test_shelf.py --spotify-sandbox\n{run.stdout}"


def _html(printed: str) -> str:
    """Return a page that shows what a terminal would."""
    console = Console(record=True, width=_COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(printed), soft_wrap=True)
    return console.export_html(theme=MONOKAI, code_format=_PAGE)


if __name__ == "__main__":
    main()
