"""The token store: one private file for each accounts service, app and profile.

The file is replaced whole and only under its lock, so a process that is killed leaves the old file or the
new one, and never a lock. A file that others could read or may have written is refused, not repaired: its
tokens have to count as known (CVE-2025-27154 was such a file).
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pytest_spotify.auth.credentials import DEFAULT_PROFILE, Credentials
from pytest_spotify.auth.token import Slot, StoredToken, entry_of, parsed
from pytest_spotify.errors import TokenStoreError
from pytest_spotify.files import remove_stale_temp_files, write_atomically
from pytest_spotify.redaction import Secret

_VERSION = 1
_MAX_BYTES = 256 * 1024
# Longer than any one holder can need: two attempts of a token request at 60 s each.
_LOCK_TIMEOUT = 150.0


def default_folder() -> Path:
    """Return the user's own folder for sign-ins, outside of any checkout.

    A user without a home gets a folder that cannot exist: a relative one would be in the current directory.
    """
    from platformdirs import user_config_path

    nowhere = Path(os.devnull, "no-home", "pytest-spotify")
    try:
        folder = user_config_path("pytest-spotify", appauthor=False)
    except RuntimeError:  # a user id without an account, and HOME not set
        return nowhere
    return folder if folder.is_absolute() else nowhere


def is_writable(folder: Path) -> bool:
    """Return True if a folder exists or can be made, and can be written to."""
    # Not the methods of Path, which raise below a folder that may not be entered.
    nearest = next(path for path in (folder, *folder.absolute().parents) if os.path.exists(path))
    return os.path.isdir(nearest) and os.access(nearest, os.W_OK | os.X_OK)


def is_usable_for(folder: Path, credentials: Credentials) -> bool:
    """Return True if a live run can use a folder: to store tokens, or for a sign-in that may be there."""
    return is_writable(folder) or (credentials.refresh_token is None and os.path.exists(folder))


def fingerprint(secret: Secret) -> str:
    """Return the SHA-256 of a credential, to recognize it without storing it: it is a long random text."""
    return hashlib.sha256(secret.reveal().encode()).hexdigest()


class TokenStore:
    """The tokens of one app, shared by every process of the user."""

    def __init__(
        self, folder: Path, *, accounts_url: str, client_id: str, profile: str = DEFAULT_PROFILE
    ) -> None:
        self._folder = folder
        self._about = {"accounts_url": accounts_url, "client_id": client_id, "profile": profile}
        name = hashlib.sha256(json.dumps(self._about, sort_keys=True).encode()).hexdigest()[:32]
        self.path = folder / f"{name}.json"
        self._lock_path = self.path.with_suffix(".lock")

    def get(self, slot: Slot) -> StoredToken | None:
        """Return the grant in a slot, or None if there is none."""
        __tracebackhide__ = True
        entry = self._read().get(slot)
        if entry is None:
            return None
        stored = parsed(entry)
        del entry
        if stored is None:
            raise self._damaged()
        return stored

    def put(self, slot: Slot, stored: StoredToken) -> None:
        """Store a grant in place of the slot's old one. To be called under `locked()`."""
        __tracebackhide__ = True
        if fault := self._write(self._read() | {slot: entry_of(stored)}):
            raise TokenStoreError(f"{self.path}: the token store cannot be written: {fault}.")

    def delete(self) -> bool:
        """Delete what is stored for this app and profile, and return True if there was anything."""
        __tracebackhide__ = True
        fault, found = "", True
        with self.locked():
            try:
                self.path.unlink()
            except FileNotFoundError:
                found = False
            except OSError as error:
                fault = error.strerror or type(error).__name__
            # While it is held: who waits for it finds it gone and makes another. Windows lets nobody do so.
            with suppress(OSError):
                self._lock_path.unlink()
        if fault:
            raise TokenStoreError(f"{self.path}: cannot be removed: {fault}. Remove it yourself.")
        return found

    def others(self) -> list[Mapping[str, str]]:
        """Return what the folder's other sign-ins are of: `profile`, `client_id` and `accounts_url`."""
        found: list[Mapping[str, str]] = []
        for path in sorted(self._folder.glob("*.json")):
            with suppress(OSError, ValueError, LookupError, TypeError, RecursionError):
                document = json.loads(path.read_bytes()[:_MAX_BYTES])
                if path != self.path:
                    found.append({name: str(document[name]) for name in self._about})
        return found

    def check(self) -> None:
        """Raise TokenStoreError if a grant could not be stored; a sign-in calls it first."""
        __tracebackhide__ = True
        with self.locked():
            self._read()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the store alone among all processes; the operating system releases it if the process dies."""
        __tracebackhide__ = True
        self._prepare_folder()
        lock = FileLock(self._lock_path, mode=0o600, timeout=_LOCK_TIMEOUT)
        fault = ""
        try:
            lock.acquire()
        except Timeout:
            fault = f"another process has held it for {_LOCK_TIMEOUT:g} s"
        except OSError as error:
            fault = error.strerror or type(error).__name__
        if fault:
            raise TokenStoreError(f"{lock.lock_file}: the token store cannot be locked: {fault}.")
        try:
            with suppress(OSError):
                remove_stale_temp_files(self._folder, deep=False)
            yield
        finally:
            lock.release()

    def _prepare_folder(self) -> None:
        fault = ""
        try:
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                self._folder.mkdir(mode=0o700)
                self._folder.chmod(0o700)
            status = self._folder.lstat()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            fault = f"{reason}; make it a folder that you can write to, or set HOME to one"
        else:
            fault = _permission_problem(status, stat.S_ISDIR, f"chmod 700 {self._folder}")
        if fault:
            raise TokenStoreError(f"{self._folder}: the token store's folder cannot be used: {fault}.")

    def _read(self) -> dict[str, Any]:
        """Return the slots of the file; absent is empty."""
        __tracebackhide__ = True
        data, fault = b"", ""
        try:
            flags = os.O_RDONLY | _flag("O_NOFOLLOW") | _flag("O_CLOEXEC") | _flag("O_NONBLOCK")
            with os.fdopen(os.open(self.path, flags), "rb") as file:
                fault = _permission_problem(os.fstat(file.fileno()), stat.S_ISREG, f"chmod 600 {self.path}")
                data = b"" if fault else file.read(_MAX_BYTES + 1)
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as error:
            fault = "it is a symbolic link" if os.path.islink(self.path) else error.strerror or "unreadable"
        if fault:
            raise TokenStoreError(f"{self.path}: the token store is not read: {fault}.")
        slots = _slots(data)
        del data
        if slots is None:
            raise self._damaged()
        return slots

    def _damaged(self) -> TokenStoreError:
        return TokenStoreError(
            f"{self.path}: expected a token store of version {_VERSION}, found something else. "
            "Remove it with `pytest-spotify logout`, then sign in with `pytest-spotify login`."
        )

    def _write(self, slots: dict[str, Any]) -> str:
        """Replace the file, and return what went wrong: this frame holds tokens in clear."""
        data = json.dumps({"version": _VERSION, **self._about, "tokens": slots}, indent=1).encode()
        try:
            write_atomically(self.path, data, mode=0o600)
        except OSError as error:
            return error.strerror or type(error).__name__
        return ""


def _permission_problem(status: os.stat_result, is_kind: Callable[[int], bool], remedy: str) -> str:
    """Return why a file or folder is not trusted with tokens, or an empty text."""
    if not is_kind(status.st_mode):
        return "it is a symbolic link" if stat.S_ISLNK(status.st_mode) else "not a regular file or directory"
    if os.name != "posix":
        return ""
    if status.st_uid != os.geteuid():
        return f"it belongs to user {status.st_uid}, not to you"
    if status.st_mode & 0o077:
        return f"others may read or change it (mode {status.st_mode & 0o777:03o}); if nobody did: {remedy}"
    return ""


def _flag(name: str) -> int:
    return int(getattr(os, name, 0))


def _slots(data: bytes) -> dict[str, Any] | None:
    if len(data) > _MAX_BYTES:
        return None
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        return None
    slots = document.get("tokens")
    return slots if isinstance(slots, dict) else None
