import dataclasses
import errno
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from pytest_spotify.auth.store import TokenStore, default_folder, fingerprint, is_writable
from pytest_spotify.auth.token import StoredToken, entry_of, parsed
from pytest_spotify.errors import TokenStoreError
from pytest_spotify.redaction import Secret
from tests.support.loopback_server import leaks, shown

ROOT = Path(__file__).parents[2]
ACCESS, REFRESH = "BQDk4Gs8Jf-2Vw6_Xc1Zt9Qh5Mb3Ny", "AQCx9zKq81-Lm2_Wt5Rv7Yp3Bn6Hd"
STORED = StoredToken(
    access_token=Secret(ACCESS),
    refresh_token=Secret(REFRESH),
    scopes=frozenset(("b", "a")),
    issued_at=1000.0,
    expires_at=4600.0,
    signed_in=date(2026, 6, 18),
    origin="x",
)

posix = pytest.mark.skipif(os.name != "posix", reason="modes and owners are POSIX's")


def _is_root() -> bool:
    """Return whether this process may act for any user, as the root of a user namespace may not."""
    if os.name != "posix" or os.geteuid() != 0:
        return False
    users = Path("/proc/self/uid_map")
    return not users.exists() or int(users.read_text().split()[2]) > 65535


root = pytest.mark.skipif(not _is_root(), reason="only root can become anybody and give a file away")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "config" / "pytest-spotify"


@pytest.fixture
def mere_user() -> Iterator[None]:
    """Have the permissions of anybody: root may read and write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    if not _is_root():
        pytest.skip("the root of a user namespace cannot be anybody else")
    os.setresuid(65534, 65534, 0)
    yield
    os.setresuid(0, 0, 0)


def store(folder: Path, **about: str) -> TokenStore:
    return TokenStore(folder, **{"accounts_url": "https://accounts.spotify.com", "client_id": "c"} | about)


def put(store: TokenStore, stored: StoredToken = STORED) -> None:
    with store.locked():
        store.put("user", stored)


def test_what_is_put_is_got_by_any_other_store_of_the_same_app(folder):
    """A second process finds every part of a grant, secrets and dates included."""
    assert store(folder).get("user") is None

    put(store(folder))

    assert store(folder).get("user") == STORED
    assert store(folder).get("app") is None


@pytest.mark.parametrize(
    ("kept", "read"), [(None, None), (frozenset(), None), (frozenset(("a",)), frozenset(("a",)))]
)
def test_scopes_that_are_not_known_stay_so(kept, read):
    """Unknown scopes are no empty list; an empty list of an earlier version was one for unknown."""
    stored = dataclasses.replace(STORED, scopes=kept)

    assert parsed(json.loads(json.dumps(entry_of(stored)))) == dataclasses.replace(STORED, scopes=read)


def test_slots_do_not_disturb_each_other(folder):
    """A sign-in, the environment's token and the app's own are kept side by side."""
    put(store(folder))
    with store(folder).locked():
        store(folder).put("app", StoredToken(access_token=Secret("BQapp"), issued_at=0.0, expires_at=1.0))

    assert store(folder).get("user") == STORED


@pytest.mark.parametrize(
    "other", [{"accounts_url": "http://127.0.0.1:1/accounts"}, {"client_id": "d"}, {"profile": "second"}]
)
def test_each_service_app_and_profile_has_its_own_tokens(folder, other):
    """A sandbox's token never goes to Spotify, nor one app's to another, nor one user's to another."""
    put(store(folder))

    assert store(folder, **other).get("user") is None
    assert store(folder, **other).path != store(folder).path


def test_signing_out_deletes_the_file(folder):
    """After `forget` nothing of the app's is left; a second time there is nothing to forget."""
    put(store(folder))

    assert store(folder).delete()
    assert not store(folder).path.exists()
    assert not store(folder).delete()


def test_the_default_folder_is_the_users_own(monkeypatch, tmp_path):
    """It lies in the user's configuration, never in the working directory."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))

    assert default_folder().name == "pytest-spotify"
    assert default_folder().is_relative_to(tmp_path)


@root
@pytest.mark.parametrize("home", [None, "somewhere"])
def test_who_has_no_home_has_no_folder(tmp_path, home):
    """A container's user without an account and HOME: no traceback, and no tokens where somebody works."""
    script = (
        "import os\n"
        "from pytest_spotify.auth.store import TokenStore, is_writable, default_folder\n"
        "import filelock, platformdirs, platformdirs.unix  # while they can still be read\n"
        "os.setresuid(54321, 54321, 54321)\n"
        "assert not is_writable(default_folder())\n"
        "try: TokenStore(default_folder(), accounts_url='a', client_id='c').check()\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    environ = {name: value for name, value in os.environ.items() if name != "HOME" and "XDG" not in name}
    environ |= {"PYTHONPATH": str(ROOT)} | ({"HOME": home} if home else {})
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environ, check=False, capture_output=True, text=True
    )

    assert ran.stdout.startswith("TokenStoreError"), ran.stdout + ran.stderr
    assert "set HOME" in ran.stdout
    assert list(tmp_path.iterdir()) == []


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_folder_and_files_are_private_under_every_umask(folder, umask):
    """The folder is 0700 and every file in it 0600, from the first moment on."""
    before = os.umask(umask)
    try:
        put(store(folder))
    finally:
        os.umask(before)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@posix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o604, 0o601])
def test_a_file_that_others_may_read_or_change_is_refused(folder, mode):
    """It is neither read, mended nor replaced; the message has the file, its mode and the remedy."""
    put(store(folder))
    path = store(folder).path
    path.chmod(mode)
    before = path.read_bytes()

    for use in (lambda: store(folder).get("user"), lambda: put(store(folder))):
        with pytest.raises(TokenStoreError) as failure:
            use()
        assert f"{path}: " in str(failure.value)
        assert f"mode {mode:03o}" in str(failure.value)
        assert f"chmod 600 {path}" in str(failure.value)
    assert path.read_bytes() == before


@posix
@pytest.mark.parametrize("mode", [0o755, 0o750, 0o711, 0o770])
def test_a_folder_that_others_may_enter_is_refused(folder, mode):
    """Nothing is written to it."""
    folder.mkdir(parents=True)
    folder.chmod(mode)

    with pytest.raises(TokenStoreError, match=f"mode {mode:03o}.*chmod 700"):
        put(store(folder))

    assert list(folder.iterdir()) == []


@posix
def test_a_symlinked_folder_is_refused(folder, tmp_path):
    """Tokens are not written where somebody else's link leads."""
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.parent.mkdir()
    folder.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(TokenStoreError, match="symbolic link"):
        put(store(folder))

    assert list((tmp_path / "elsewhere").iterdir()) == []


@posix
@pytest.mark.parametrize("dangling", [True, False])
def test_a_symlinked_file_is_neither_read_nor_written(folder, tmp_path, dangling):
    """A link laid in place of the file is refused, and what it points to stays as it is."""
    victim = tmp_path / "victim"
    if not dangling:
        victim.write_text("untouched")
        victim.chmod(0o600)
    folder.mkdir(mode=0o700, parents=True)
    store(folder).path.symlink_to(victim)

    for use in (lambda: store(folder).get("user"), lambda: put(store(folder))):
        with pytest.raises(TokenStoreError, match="symbolic link"):
            use()

    assert not victim.exists() if dangling else victim.read_text() == "untouched"


@posix
def test_a_pipe_in_place_of_the_file_does_not_hang(folder):
    """Whatever is not a regular file is refused at once."""
    folder.mkdir(mode=0o700, parents=True)
    os.mkfifo(store(folder).path, 0o600)

    with pytest.raises(TokenStoreError, match="not a regular file"):
        store(folder).get("user")


@root
def test_a_file_of_another_owner_is_refused(folder):
    """Somebody else's file could hold somebody else's sign-in."""
    put(store(folder))
    os.chown(store(folder).path, 12345, -1)

    with pytest.raises(TokenStoreError, match="belongs to user 12345"):
        store(folder).get("user")


DAMAGED = {
    "empty": b"",
    "cut": json.dumps({"version": 1, "tokens": {"user": {"access_token": ACCESS}}}).encode()[:-3],
    "list": b"[]",
    "version": b'{"version": 2, "tokens": {}}',
    "no-tokens": b'{"version": 1}',
    "not-utf-8": b"\xff\xfe",
    "deep": b"[" * 100_000,
    "large": b" " * 300_000,
    "entry": json.dumps({"version": 1, "tokens": {"user": {"access_token": ACCESS}}}).encode(),
    "entry-type": json.dumps({"version": 1, "tokens": {"user": [ACCESS]}}).encode(),
    "entry-text": json.dumps({"version": 1, "tokens": {"user": ACCESS}}).encode(),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_refused_with_the_command_that_mends_it(folder, damage):
    """No parser's error comes through, and no token that is still in the file."""
    put(store(folder))
    store(folder).path.write_bytes(DAMAGED[damage])

    with pytest.raises(TokenStoreError, match="pytest-spotify logout") as failure:
        store(folder).get("user")

    assert leaks(shown(failure.value), (ACCESS, REFRESH)) == []
    assert failure.value.__context__ is None


@posix
@pytest.mark.parametrize("mode", [0o500, 0o000])
def test_a_folder_that_cannot_be_made_is_named(tmp_path, request, mode):
    """A read-only home, or one that may not even be entered, gives one clear line."""
    home = tmp_path / "home"
    home.mkdir(mode)
    request.getfixturevalue("mere_user")

    with pytest.raises(TokenStoreError, match=os.strerror(errno.EACCES)):
        put(store(home / "x"))


@posix
def test_a_home_that_may_not_be_entered_is_named(tmp_path, request):
    """As where HOME is root's and the process is not: neither reading nor asking raises anything else."""
    home = tmp_path / "home"
    home.mkdir(0o000)
    request.getfixturevalue("mere_user")

    assert not is_writable(home / "x" / "y")
    with pytest.raises(TokenStoreError, match=os.strerror(errno.EACCES)):
        store(home / "x").get("user")


def test_a_folder_in_place_of_the_file_is_named(folder):
    """What cannot be removed is said to be so, and by whom it can."""
    put(store(folder))
    store(folder).path.unlink()
    store(folder).path.mkdir()

    for use in (store(folder).check, store(folder).delete):
        with pytest.raises(TokenStoreError, match=f"^{store(folder).path}: "):
            use()


def test_a_store_is_checked_before_it_is_needed(folder):
    """Nothing has to be in it; one that could not keep a grant is told as when it is written."""
    store(folder).check()
    store(folder).path.write_text("{")

    with pytest.raises(TokenStoreError):
        store(folder).check()


def test_a_folder_that_is_a_file_is_named(tmp_path):
    """An unusable place gives one clear line; nothing is in it, so asking for a grant finds none."""
    (tmp_path / "x").write_text("")

    assert store(tmp_path / "x").get("user") is None
    for place in (tmp_path / "x", tmp_path / "x" / "y"):
        with pytest.raises(TokenStoreError, match=f"^{place}: the token store's folder cannot be used"):
            put(store(place))


def test_a_failed_write_keeps_the_old_file_and_leaks_nothing(folder, monkeypatch):
    """A full disk costs the new grant only, and the message shows no part of it."""
    put(store(folder))
    before = store(folder).path.read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, "the disk is full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TokenStoreError, match="the disk is full") as failure:
        put(store(folder))

    assert store(folder).path.read_bytes() == before
    assert list(folder.glob("*.tmp")) == []
    assert leaks(shown(failure.value), (ACCESS, REFRESH)) == []


def test_a_fingerprint_tells_tokens_apart_and_gives_none_away():
    """Equal tokens have equal fingerprints, which hold no piece of them."""
    assert fingerprint(Secret(REFRESH)) == fingerprint(Secret(REFRESH)) != fingerprint(Secret(ACCESS))
    assert leaks(fingerprint(Secret(REFRESH)), (REFRESH,)) == []


PROGRAM = """
import sys
from pathlib import Path
from pytest_spotify.redaction import Secret
from pytest_spotify.auth.store import TokenStore
from pytest_spotify.auth.token import StoredToken, entry_of, parsed

store = TokenStore(Path(sys.argv[1]), accounts_url="https://accounts.spotify.com", client_id="c")
if sys.argv[2] == "hold":
    with store.locked():
        print("held", flush=True)
        sys.stdin.read()
for number in range(1_000_000):
    with store.locked():
        store.put("user", StoredToken(access_token=Secret("BQ" * 500), issued_at=number, expires_at=number))
    print(number, flush=True)
"""


def process(folder: Path, task: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), task],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def kill(child: subprocess.Popen[str]) -> None:
    child.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    child.communicate()


def test_a_killed_holder_does_not_keep_the_lock(folder):
    """Killing the process that holds the lock by signal 9 frees it at once."""
    child = process(folder, "hold")
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"

    kill(child)

    put(store(folder))
    assert store(folder).get("user") == STORED


def test_a_kill_while_writing_loses_nothing(folder):
    """After each kill -9 the file is whole, and strays are swept by the next who writes."""
    for _ in range(3):
        child = process(folder, "write")
        assert child.stdout is not None
        for _ in range(3):
            child.stdout.readline()
        kill(child)

        held = store(folder).get("user")
        assert held is not None
        assert held.access_token == Secret("BQ" * 500)

    (folder / f".{store(folder).path.name}.99999999-01234567.tmp").write_text("stray")
    put(store(folder))
    assert list(folder.glob("*.tmp")) == []


def test_a_store_may_have_a_size(folder):
    """As large as the largest it is read, and a byte more is too large to be one."""
    one = store(folder)
    with one.locked():
        one.put("user", STORED)
    text = one.path.read_bytes()
    one.path.write_bytes(text + b" " * (256 * 1024 - len(text)))
    assert store(folder).get("user") == STORED
    one.path.write_bytes(text + b" " * (256 * 1024 - len(text) + 1))
    with pytest.raises(TokenStoreError):
        store(folder).get("user")


def test_a_store_that_is_held_cannot_be_held_again(folder):
    """Until it is released nobody else gets its lock, and then at once."""
    one = store(folder)
    with one.locked():
        other = FileLock(one.path.with_suffix(".lock"), timeout=0, thread_local=False)
        with pytest.raises(Timeout):
            other.acquire()
    with other:
        pass
