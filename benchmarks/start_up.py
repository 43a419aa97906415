"""What pytest's start-up costs more where the plugin is installed and no test is ours."""

import tempfile
from pathlib import Path

from measure import OTHERS, interleaved, pytest_run, tell


def main() -> None:
    """Print the ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_one.py").write_text("def test_one(): pass\n", "utf-8")
        (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
        took = interleaved(
            {
                "without": lambda: pytest_run(folder, plugins=OTHERS),
                "with": lambda: pytest_run(folder),
            },
            rounds=25,
        )
    shown = f"{took['without'] * 1000:.0f} ms without, {took['with'] * 1000:.0f} ms with the plugin"
    tell("start-up with / without", took["with"] / took["without"], 1.03, shown)


if __name__ == "__main__":
    main()
