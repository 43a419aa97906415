"""Authorization: the variables of a run here; beside them credentials, tokens, grants and the token store.

The variables are those of the process and, if one is named, those of a `.env` file. A file is never searched
for: one that happens to be there must not decide which account is used.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from pytest_spotify.errors import MissingCredentials

ENV_FILE = "SPOTIFY_ENV_FILE"
SPOTIPY_VARIABLES = {
    "SPOTIFY_CLIENT_ID": "SPOTIPY_CLIENT_ID",
    "SPOTIFY_CLIENT_SECRET": "SPOTIPY_CLIENT_SECRET",
    "SPOTIFY_REDIRECT_URI": "SPOTIPY_REDIRECT_URI",
}
"""The variables of spotipy that stand in for ours (spotipy.readthedocs.io, "Getting Started")."""
_MAX_BYTES = 64 * 1024
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


def environment(environ: Mapping[str, str], env_file: Path | None = None) -> dict[str, str]:
    """Return the variables, with the file's `SPOTIFY_*` and `SPOTIPY_*` for those not set or empty.

    The file is `env_file`, else the one that `SPOTIFY_ENV_FILE` names; the result names it there.
    """
    named = environ.get(ENV_FILE, "")
    merged = dict(environ)
    if env_file is not None:
        variables = _variables(env_file, "--env-file")
        merged[ENV_FILE] = str(env_file)
    elif named:
        variables = _variables(Path(named), ENV_FILE)
    else:
        return merged
    for name, value in variables.items():
        if name.startswith(("SPOTIFY_", "SPOTIPY_")) and not merged.get(name):
            merged[name] = value
    return merged


def variable_in_use(environ: Mapping[str, str], name: str) -> str:
    """Return the variable that is read for one of ours: itself, or spotipy's if only that is set.

    None of spotipy's is read if the two name different apps: an id and another app's secret never fit.
    """
    theirs = SPOTIPY_VARIABLES.get(name, "")
    ours_id, their_id = (environ.get(each, "") for each in ("SPOTIFY_CLIENT_ID", "SPOTIPY_CLIENT_ID"))
    if environ.get(name) or not environ.get(theirs) or (ours_id and their_id and ours_id != their_id):
        return name
    return theirs


def spotipy_notice(environ: Mapping[str, str]) -> str:
    """Return which of spotipy's variables are read in place of ours, or an empty text."""
    names = [used for name in SPOTIPY_VARIABLES if (used := variable_in_use(environ, name)) != name]
    return f"credentials of {', '.join(names)}" if names else ""


def unread_env_file(environ: Mapping[str, str]) -> str:
    """Return a sentence on a `.env` in this folder that nobody named, or an empty text."""
    if environ.get(ENV_FILE) or not os.path.isfile(".env"):
        return ""
    return f"The file .env in this folder is not read unless it is named: {ENV_FILE}=.env."


def _variables(path: Path, source: str) -> dict[str, str]:
    """Return the variables in `NAME=value` lines; the errors show no value, as each may be a secret."""
    fault = ""
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES + 1).decode("utf-8-sig")
    except UnicodeDecodeError:
        fault = "names a file that is not UTF-8 text"
    except (OSError, ValueError):  # ValueError: a NUL in the path
        fault = "names no file that can be read"
    else:
        fault = "names a file that is too large for one of variables" if len(text) > _MAX_BYTES else ""
    if fault:
        raise MissingCredentials(
            f"{source} {fault}. It has to be a file of lines such as SPOTIFY_CLIENT_ID=..."
        )
    variables = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _LINE.fullmatch(stripped)
        value = _unquoted(match[2]) if match else None
        if match is None or value is None:
            wrong = "has a quotation mark that is not closed" if match else "is not NAME=value"
            raise MissingCredentials(f"{source}: line {number} of the file {wrong}; it is not shown here.")
        variables[match[1]] = value
    return variables


def _unquoted(text: str) -> str | None:
    """Return a value without its quotes or trailing comment, or None if a quote is not closed."""
    if text[:1] in ("'", '"'):
        value, closed, rest = text[1:].partition(text[0])
        return value if closed and (not rest.strip() or rest.lstrip().startswith("#")) else None
    return re.split(r"(?:^|\s+)#", text, maxsplit=1)[0].strip()
