"""What a user gets: the wheel, built, and installed into an environment outside the checkout."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def run(*command: object, folder: Path, status: int = 0) -> str:
    """Run a command of the new environment in a folder; its output on both streams."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    ran = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ran.returncode == status, f"{command}\n{ran.stdout}"
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT, folder=folder)
    (built,) = folder.glob("pytest_spotify-*.whl")
    return built


@pytest.fixture(scope="module")
def bin_(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of commands of an environment with the wheel and what it needs, without extras."""
    environment = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", environment, folder=environment)
    run(environment / "bin/python", "-m", "pip", "install", "-q", wheel, folder=environment)
    return environment / "bin"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return somebody's project: recordings, no contracts, a test of their own."""
    shutil.copytree(ROOT / "cassettes", tmp_path / "cassettes")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (tmp_path / "test_own.py").write_text("def test_own(): pass\n", encoding="utf-8")
    return tmp_path


def test_the_wheel_holds_the_package_and_the_contracts_and_nothing_else(wheel: Path):
    """Every contract and schema is carried, `py.typed` too; no test, cassette or tool is."""
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "pytest_spotify").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    contracts = {
        f"pytest_spotify/data/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "contracts").rglob("*.json")
    }
    assert "pytest_spotify/py.typed" in package
    assert len(contracts) > 96
    assert {name for name in names if ".dist-info/" not in name} == package | contracts


def test_importing_the_package_needs_no_pytest_plugin(bin_: Path, tmp_path: Path):
    """The Python interface checks a body from an installed package."""
    program = """
        import sys, pytest_spotify
        contracts = pytest_spotify.Contracts.bundled("development")
        assert "site-packages" in pytest_spotify.__file__, pytest_spotify.__file__
        assert contracts.check_body("get-track", 200, b"{}")
        assert "pytest" not in sys.modules
    """
    run(bin_ / "python", "-c", re.sub(r"^ {8}", "", program, flags=re.MULTILINE), folder=tmp_path)


@pytest.mark.parametrize("option", [("--pyargs", "pytest_spotify"), ("--spotify-suite",)])
def test_the_bundled_suite_replays(bin_: Path, project: Path, option: tuple[str, ...]):
    """The wheel's contracts have the ids of a checkout, and replay the project's cassettes."""
    listed = run(bin_ / "pytest", "-q", "--collect-only", *option, folder=project)
    assert "contracts/tracks/get-track.contract.json::track" in listed
    assert "test_own" not in listed
    told = run(bin_ / "pytest", *option, folder=project)
    assert "spotify: replay, access development, 96 of 96 operations" in told
    assert re.search(r"\b\d{3} passed in", told)


def test_without_recordings_one_line_says_what_to_do(bin_: Path, tmp_path: Path):
    """A project that has no cassettes yet is told so once, and how to get some."""
    told = run(bin_ / "pytest", "-q", "--spotify-suite", folder=tmp_path, status=4)
    assert "--spotify-sandbox" in told
    assert "--spotify-live" in told


def test_without_the_extra_the_sandbox_says_what_to_install(bin_: Path, project: Path):
    """The sandbox's packages are an extra; asking for it without them ends in one clear line."""
    told = run(bin_ / "pytest", "-q", "--spotify-suite", "--spotify-sandbox", folder=project, status=4)
    assert "pip install starlette uvicorn" in told
    assert "Traceback" not in told


def test_the_command_checks_recorded_traffic(bin_: Path, project: Path):
    """`pytest-spotify check` checks a cassette, `lint` a contract that refers to the bundled schemas."""
    cassette = project / "cassettes/development/tracks/get-track/track.yaml"
    told = run(bin_ / "pytest-spotify", "check", "--json", cassette, folder=project)
    assert json.loads(told)["verdict"] == "ok"
    shutil.copy(ROOT / "contracts/tracks/get-track.contract.json", project)
    run(bin_ / "pytest-spotify", "lint", "get-track.contract.json", folder=project)


def test_a_contract_is_made_in_an_empty_folder(bin_: Path, tmp_path: Path):
    """`new` copies a contract out of the installed package and says where ours lie; `lint` accepts it."""
    told = run(bin_ / "pytest-spotify", "new", "--copy", "get-track", folder=tmp_path)
    assert "site-packages/pytest_spotify/data/contracts" in re.sub(r"\s+", "", told)
    assert "well-formed" in run(bin_ / "pytest-spotify", "lint", folder=tmp_path)
    schema = run(bin_ / "pytest-spotify", "lint", "--schema", folder=tmp_path).strip()
    assert json.loads(Path(schema).read_text(encoding="utf-8"))["title"]


def test_types_are_there_for_users(bin_: Path, project: Path):
    """The package's own annotations are seen from outside (PEP 561)."""
    run(bin_ / "python", "-m", "pip", "install", "-q", "mypy", "types-requests", folder=project)
    (project / "use.py").write_text(
        "from pytest_spotify import Contracts\nreveal_type(Contracts.bundled().check)\n", encoding="utf-8"
    )
    told = run(bin_ / "python", "-m", "mypy", "--strict", "use.py", folder=project)
    assert "Violation" in told
