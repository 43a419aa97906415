"""What an ordinary test costs more: where the plugin is installed, and where Spotify tests run beside it.

Each suite is run with one ordinary test and with many; the difference is what the tests cost, start-up aside.
"""

import tempfile
from pathlib import Path

from measure import OTHERS, interleaved, pytest_run, tell

MANY = 3000
MARKED = """
import pytest

@pytest.mark.spotify
def test_marked(): pass
"""


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in (1, MANY):
            (folder / f"test_{number}.py").write_text(
                f"import pytest\n@pytest.mark.parametrize('n', range({number}))\n"
                "def test_ordinary(n, tmp_path_factory): assert n >= 0\n",
                "utf-8",
            )
        (folder / "test_marked.py").write_text(MARKED, "utf-8")
        (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
        tasks = {}
        for number in (1, MANY):
            file = f"test_{number}.py"
            tasks[f"without {number}"] = lambda file=file: pytest_run(folder, file, plugins=OTHERS)
            tasks[f"with {number}"] = lambda file=file: pytest_run(folder, file)
            tasks[f"beside {number}"] = lambda file=file: pytest_run(folder, "test_marked.py", file)
        took = interleaved(tasks, rounds=9)
    each = {
        name: (took[f"{name} {MANY}"] - took[f"{name} 1"]) / (MANY - 1)
        for name in ("without", "with", "beside")
    }
    shown = ", ".join(f"{name} {seconds * 1000:.3f} ms" for name, seconds in each.items())
    tell("ordinary test with / without the plugin", each["with"] / each["without"], 1.03, shown)
    tell(
        "ordinary test beside Spotify tests / without", each["beside"] / each["without"], 1.03, f"{MANY} each"
    )


if __name__ == "__main__":
    main()
