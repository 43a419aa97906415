"""All contracts of this repository, replayed, against as many empty tests; start-up included."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import OTHERS, ROOT, interleaved, pytest_run, tell


def main() -> None:
    """Print the ratio."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "contracts"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    number = len(re.findall("^contracts/.*::", listed, re.MULTILINE))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
        tests = "".join(f"def test_{n}(): pass\n" for n in range(number))
        (folder / "test_empty.py").write_text(tests, "utf-8")
        took = interleaved(
            {
                "empty": lambda: pytest_run(folder, plugins=OTHERS),
                "contracts": lambda: pytest_run(ROOT, "contracts"),
            },
            rounds=7,
        )
    shown = f"{number} each; empty {took['empty']:.2f} s, contracts {took['contracts']:.2f} s"
    tell("pytest contracts / as many empty tests", took["contracts"] / took["empty"], 2.0, shown)


if __name__ == "__main__":
    main()
