"""The folders of a project in which the plugin records."""

from __future__ import annotations

import configparser
import os
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

_NAME = "cassettes"
_INI_FILES = {
    "pytest.ini": "pytest",
    ".pytest.ini": "pytest",
    "tox.ini": "pytest",
    "setup.cfg": "tool:pytest",
}
_NOT_A_PROJECTS = {"node_modules", "site-packages", "venv", "__pycache__"}


def cassette_folders(root: Path) -> list[Path]:
    """Return the folders: contract items are recorded in one, marked tests beside their modules."""
    found = [contract_cassettes(root)]
    for parent, folders, _ in os.walk(root):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in _NOT_A_PROJECTS
        )
        if _NAME in folders:
            folders.remove(_NAME)  # is searched whole
            found.append(Path(parent, _NAME))
    return [folder for folder in dict.fromkeys(found) if folder.is_dir()]


def contract_cassettes(root: Path) -> Path:
    """Return the folder in which the cases of contracts are recorded."""
    return root / _configured(root)


def _configured(root: Path) -> str:
    """Return the ini value `spotify_cassette_dir`, of the first file that has one."""
    return next(filter(None, _values(root)), _NAME)


def _values(root: Path) -> Iterator[str]:
    with suppress(OSError, ValueError, LookupError, TypeError):
        document: Any = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        yield str(document["tool"]["pytest"]["ini_options"]["spotify_cassette_dir"])
    for name, section in _INI_FILES.items():
        parser = configparser.ConfigParser(interpolation=None)
        with suppress(OSError, ValueError, configparser.Error):
            parser.read_string((root / name).read_text(encoding="utf-8"))
            yield parser.get(section, "spotify_cassette_dir", fallback="")
