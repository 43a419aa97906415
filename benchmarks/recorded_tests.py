"""The same replayed checks by this plugin and by pytest-recording, and what one costs among ten thousand.

Each test asks for the album of one recording and holds the response to its contract: as a contract case, as a
marked test, and as a test with pytest-recording's cassette that calls `Contracts.check`.
"""

import json
import tempfile
from pathlib import Path

from measure import ROOT, interleaved, pytest_run, tell

from pytest_spotify.cassettes import refresh_checksum

OPERATION = "albums/get-an-album"
RECORDED = ROOT / "cassettes/development" / OPERATION / "album.yaml"
URL = "https://api.spotify.com/v1/albums/4aawyAB9vmqN3uQ7FjRGTy"
TEST = """
{head}

def ask():
    return requests.get("{url}", headers={{"Accept": "application/json", "Authorization": "Bearer a"}})

"""
MARKED = "import pytest, requests\n\npytestmark = pytest.mark.spotify(access='development')"
RECORDING = """
import pytest, requests
from pytest_spotify import Contracts

contracts = Contracts.bundled("development")
pytestmark = pytest.mark.vcr
"""


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as name:
        suites = {number: _suite(Path(name, str(number)), number) for number in (1, 100, 500)}
        cases = {
            number: write_cases(Path(name, f"cases-{number}"), number) for number in (1, 100, 1000, 10_000)
        }
        tasks = {f"cases {number}": lambda path=path: pytest_run(path) for number, path in cases.items()}
        for number, path in suites.items():
            tasks[f"marked {number}"] = lambda path=path: pytest_run(path, "test_marked.py")
            tasks[f"recording {number}"] = lambda path=path: pytest_run(path, "test_recording.py")
        took = interleaved(tasks, rounds=3)
    each = {name: (took[f"{name} 500"] - took[f"{name} 1"]) / 499 for name in ("marked", "recording")}
    shown = ", ".join(f"{name} {seconds * 1000:.2f} ms" for name, seconds in each.items())
    tell("a marked test / with pytest-recording", each["marked"] / each["recording"], 0.8, shown)
    whole = f"100 checks: {took['cases 100']:.2f} s, pytest-recording {took['recording 100']:.2f} s"
    tell("100 contracts / with pytest-recording", took["cases 100"] / took["recording 100"], 1 / 3, whole)
    few, many = ((took[f"cases {number}"] - took["cases 1"]) / (number - 1) for number in (1000, 10_000))
    shown = f"{few * 1000:.2f} ms of 1,000, {many * 1000:.2f} ms of 10,000"
    tell("a check of 10,000 / of 1,000", many / few, 1.15, shown)


def write_cases(folder: Path, number: int, cassette: Path = RECORDED) -> Path:
    """Write a project of that many cases, each with a copy of the cassette; a thousand of a contract.

    The first contract is the operation's. Others have its name and path with a number: a file has bounds.
    """
    for first in range(0, number, 1000):
        suffix = f"-{first}" if first else ""
        contract = json.loads((ROOT / "contracts" / f"{OPERATION}.contract.json").read_text("utf-8"))
        contract["operation"] += suffix
        contract["path"] = f"/albums{suffix}/{{id}}"
        case = contract["cases"]["album"]
        contract["cases"] = {f"c{n}": case for n in range(first, min(number, first + 1000))}
        file = folder / "contracts" / f"{OPERATION}{suffix}.contract.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(contract), "utf-8")
        cassettes = folder / "cassettes/development" / f"{OPERATION}{suffix}"
        cassettes.mkdir(parents=True)
        moved = cassette.read_bytes().replace(b"/v1/albums/", f"/v1/albums{suffix}/".encode(), 1)
        for name in contract["cases"]:
            (cassettes / f"{name}.yaml").write_bytes(refresh_checksum(moved) or moved)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -k 'not token'\n", "utf-8")
    return folder


def _suite(folder: Path, number: int) -> Path:
    marked, recording = folder / "cassettes/development/test_marked", folder / "cassettes/test_recording"
    for cassettes in (marked, recording):
        cassettes.mkdir(parents=True)
    for n in range(number):
        (marked / f"test_{n}.spotify.yaml").write_bytes(RECORDED.read_bytes())
        (recording / f"test_{n}.yaml").write_bytes(RECORDED.read_bytes())
    head = {"marked": MARKED, "recording": RECORDING}
    body = {"marked": "ask()", "recording": "contracts.check(ask(), raise_on_failure=True)"}
    for name, text in head.items():
        tests = "".join(f"def test_{n}(): {body[name]}\n" for n in range(number))
        (folder / f"test_{name}.py").write_text(TEST.format(head=text, url=URL) + tests, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    return folder


if __name__ == "__main__":
    main()
