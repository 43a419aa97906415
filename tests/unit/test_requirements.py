"""The pinned versions: what pyproject.toml asks for, on every Python and system that the project names."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = {"requirements.txt": "test", "requirements-sandbox.txt": "sandbox"}
SYSTEMS = [
    {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
]
VERSIONS = [
    classifier.rpartition(" ")[2]
    for classifier in PYPROJECT["project"]["classifiers"]
    if re.search(r"Python :: 3\.\d+$", classifier)
]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pinned(name: str) -> list[Requirement]:
    return [Requirement(line.rstrip(" \\")) for line in read(name).splitlines() if re.match(r"\w", line)]


def required(extra: str) -> list[Requirement]:
    """Return what an install with an extra takes, and what builds it."""
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    texts = [*project["dependencies"], *PYPROJECT["dependency-groups"]["build"]]
    texts += PYPROJECT["build-system"]["requires"]
    for text in extras[extra]:
        requirement = Requirement(text)
        if requirement.name == project["name"]:
            texts += [each for extra in requirement.extras for each in extras[extra]]
        else:
            texts.append(text)
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system["sys_platform"])
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", EXTRAS)
def test_every_dependency_is_pinned_to_a_version_that_it_allows(name, version, system):
    """On each Python and system every dependency of pyproject.toml has one pin, which it allows."""
    environment = {
        **default_environment(),
        **system,
        "python_version": version,
        "python_full_version": f"{version}.0",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }
    pins: dict[str, list[str]] = {}
    for pin in pinned(name):
        if pin.marker is None or pin.marker.evaluate(environment):
            pins.setdefault(canonicalize_name(pin.name), []).append(str(pin.specifier))
    assert [name for name, found in pins.items() if len(found) > 1] == []
    wrong = [
        f"{requirement} is not met by {found}"
        for requirement in required(EXTRAS[name])
        if requirement.marker is None or requirement.marker.evaluate(environment)
        for found in [pins.get(canonicalize_name(requirement.name), ["no pin"])[0]]
        if not found.startswith("==") or not requirement.specifier.contains(found[2:])
    ]
    assert wrong == []


@pytest.mark.parametrize("name", EXTRAS)
def test_every_pin_has_a_hash_and_no_address(name):
    """A pin names one version and the files that may stand for it, and no registry to take them from."""
    blocks = re.split(r"^(?=\w)", read(name), flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pinned(name))
    assert [block for block in blocks if "--hash=sha256:" not in block or "==" not in block] == []
    assert "://" not in read(name)
    assert "--index" not in read(name)
