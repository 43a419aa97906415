"""A replayed contract check against a bare parametrized test, and a failing check against a passing one.

One contract with many cases, each with its own cassette: GET /albums/{id} as recorded. What a run of one
case takes is subtracted, so that a check is compared with a test and not start-up with start-up.
"""

import json
import tempfile
from pathlib import Path

from measure import ROOT, interleaved, pytest_run, tell

from pytest_spotify.cassettes import refresh_checksum

MANY = 1000
FAILING = 200  # pytest looks through all reports for each failure: more of them measure that
OPERATION = Path("albums/get-an-album")


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one, many = _suite(folder / "one", 1), _suite(folder / "many", MANY)
        one_failing, many_failing = (
            _suite(folder / "one-f", 1, fail=True),
            _suite(folder / "many-f", FAILING, fail=True),
        )
        took = interleaved(
            {
                "bare 1": lambda: pytest_run(one, "test_bare.py", "-k", "bare"),
                "bare": lambda: pytest_run(many, "test_bare.py", "-k", "bare"),
                "check 1": lambda: pytest_run(one, "contracts", "-k", "c0"),
                "check": lambda: pytest_run(many, "contracts", "-k", "c0"),
                "failing 1": lambda: pytest_run(one_failing, "contracts", "-k", "c0", expected=1),
                "failing": lambda: pytest_run(many_failing, "contracts", "-k", "c0", expected=1),
            },
            rounds=5,
        )
    numbers = {"bare": MANY, "check": MANY, "failing": FAILING}
    each = {name: (took[name] - took[f"{name} 1"]) / (n - 1) for name, n in numbers.items()}
    shown = ", ".join(f"{name} {seconds * 1000:.2f} ms" for name, seconds in each.items())
    tell("replayed check / bare test", each["check"] / each["bare"], 1.6, f"{MANY} each; {shown}")
    tell("failing check / passing check", each["failing"] / each["check"], 2.0, f"{FAILING} failing")


def _suite(folder: Path, number: int, *, fail: bool = False) -> Path:
    contract = json.loads((ROOT / "contracts" / f"{OPERATION}.contract.json").read_text("utf-8"))
    recorded = (ROOT / "cassettes/development" / OPERATION / "album.yaml").read_bytes()
    if fail:
        recorded = refresh_checksum(recorded.replace(b'"album_type": "', b'"album_form": "')) or b""
    case = contract["cases"]["album"]
    contract["cases"] = {f"c0{n:04}": case for n in range(number)}
    (folder / "contracts/albums").mkdir(parents=True)
    (folder / "contracts" / f"{OPERATION}.contract.json").write_text(json.dumps(contract), "utf-8")
    cassettes = folder / "cassettes/development" / OPERATION
    cassettes.mkdir(parents=True)
    for name in contract["cases"]:
        (cassettes / f"{name}.yaml").write_bytes(recorded)
    bare = f"import pytest\n@pytest.mark.parametrize('n', range({number}))\ndef test_bare(n): assert n >= 0\n"
    (folder / "test_bare.py").write_text(bare, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    return folder


if __name__ == "__main__":
    main()
