"""All benchmarks, or those named: a table of their ratios, and the same in benchmarks.json.

`python benchmarks [NAME...]`; takes a quarter of an hour.
"""

import importlib
import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from measure import RESULTS

NAMES = (
    "start_up",
    "replay",
    "recorded_tests",
    "ordinary_tests",
    "whole_suite",
    "interactions",
    "validation",
    "leaks",
    "traffic",
    "live",
    "other_tools",
)


def main() -> None:
    """Run the benchmarks, print the table and write the file."""
    for name in sys.argv[1:] or NAMES:
        importlib.import_module(name).main()
    width = max((len(each.what) for each in RESULTS), default=0)
    print(f"\n{'':{width}}  ratio   bar")
    for each in RESULTS:
        verdict = "" if each.ratio <= each.bar else "  missed"
        print(f"{each.what:{width}}  {each.ratio:5.2f} {each.bar:5.2f}{verdict}")
    document = {
        "measured_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "results": [each._asdict() for each in RESULTS],
    }
    Path("benchmarks.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
