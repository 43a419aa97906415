"""Cassettes on the disk: whole, in their place, named safely, without secrets."""

from __future__ import annotations

import errno
import os
import random
import signal
import stat
import string
import subprocess
import sys
import time

import pytest

from pytest_spotify.cassettes import MAX_LENGTH, cassette_name, load
from pytest_spotify.cassettes.persister import write
from pytest_spotify.errors import LeakFound, UnrecordableTraffic
from pytest_spotify.files import remove_stale_temp_files
from tests.support.hostile_names import hostile_names
from tests.support.traffic_samples import exchange

SCALE = int(os.environ.get("TEST_SCALE", "1"))
SECRET = "c0ffee0123456789abcdefABCDEF"
PUBLIC = exchange(request_headers={"Authorization": "Bearer ***"})


def files(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_written_file_is_readable_by_others_as_the_umask_says(tmp_path):
    """A cassette is an ordinary file that a team shares: 0644 less the umask; folders are made."""
    before = os.umask(0o027)
    try:
        write(tmp_path / "a" / "b.yaml", [PUBLIC], {"target": "spotify"}, root=tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a" / "b.yaml").stat().st_mode) == 0o640
    assert load(tmp_path / "a" / "b.yaml").provenance == {"target": "spotify"}


def test_secret_is_refused_and_the_old_file_stays(tmp_path):
    """What would hold a secret is not written; the error names its line and form, not the value."""
    path = tmp_path / "a.yaml"
    write(path, [PUBLIC], {}, root=tmp_path)
    before = files(tmp_path)
    with pytest.raises(LeakFound) as caught:
        write(path, [exchange({"x": [SECRET]})], {}, root=tmp_path, secrets={"the client secret": SECRET})
    assert f"{path}, line " in str(caught.value)
    assert "the client secret, plain" in str(caught.value)
    assert SECRET[:8] not in str(caught.value)
    assert before == files(tmp_path)


def test_failures_leave_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    """A body that cannot be kept, and a disk that is full, leave the old bytes and no temporary file."""
    path = tmp_path / "a.yaml"
    write(path, [PUBLIC], {}, root=tmp_path)
    before = files(tmp_path)
    with pytest.raises(UnrecordableTraffic, match="not text"):
        write(path, [exchange(b"\xff")], {}, root=tmp_path)

    def full(descriptor):
        raise OSError(errno.ENOSPC, "the disk is full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnrecordableTraffic, match="cannot be written: the disk is full"):
        write(path, [exchange({"other": 1})], {}, root=tmp_path)
    assert before == files(tmp_path)


def test_ways_out_of_the_folder_are_refused(tmp_path):
    """Neither .., nor an absolute path elsewhere, nor the folder itself, nor a NUL can be written."""
    root = tmp_path / "cassettes"
    upwards = (root / ".." / "x.yaml", root / "a" / ".." / "x.yaml")
    for path in (*upwards, tmp_path / "x.yaml", root, "/x", f"{root}/a\0b"):
        with pytest.raises(UnrecordableTraffic):
            write(path, [], {}, root=root)
    assert files(tmp_path) == {}


def test_links_are_not_followed(tmp_path):
    """A link in place of the file, dangling or not, or of a folder above it, is refused."""
    root, outside = tmp_path / "cassettes", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "kept").write_text("kept")
    (root / "file.yaml").symlink_to(outside / "kept")
    (root / "dangling.yaml").symlink_to(outside / "new")
    (root / "folder").symlink_to(outside, target_is_directory=True)
    (root / "directory.yaml").mkdir()
    for name in ("file.yaml", "dangling.yaml", "folder/a.yaml", "directory.yaml"):
        with pytest.raises(UnrecordableTraffic, match="expected a f"):
            write(root / name, [], {}, root=root)
    (tmp_path / "root").symlink_to(outside, target_is_directory=True)
    with pytest.raises(UnrecordableTraffic, match="a link; expected a folder"):
        write(tmp_path / "root" / "a.yaml", [], {}, root=tmp_path / "root")
    assert files(outside) == {"kept": b"kept"}


def test_names_that_differ_in_case_are_refused(tmp_path):
    """Two names that are one file on some systems cannot both be written, neither as file nor as folder."""
    write(tmp_path / "Tracks" / "a.yaml", [], {}, root=tmp_path)
    for name in ("Tracks/A.yaml", "tracks/b.yaml"):
        with pytest.raises(UnrecordableTraffic, match="cannot tell the two apart"):
            write(tmp_path / name, [], {}, root=tmp_path)
    assert list(files(tmp_path)) == ["Tracks/a.yaml"]


WRITER = """
import sys
from pathlib import Path
from pytest_spotify.cassettes.persister import write
from tests.support.traffic_samples import exchange
path, n = Path(sys.argv[1]), 0
while True:
    n += 1
    body = {"n": n, "filler": ["x" * 60] * 100}
    write(path, [exchange(body, request_headers={})] * 3, {}, root=path.parent)
    print(n, flush=True)
"""


def test_killed_writers_lose_nothing(tmp_path):
    """After kill -9 the file is a whole cassette, and the next write leaves no temporary file."""
    rng = random.Random(4)
    path = tmp_path / "a.yaml"
    for _ in range(2 * SCALE):  # tests/trials/test_files.py kills more
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        try:
            for _ in range(rng.randint(1, 9)):
                writer.stdout.readline()
        finally:
            writer.send_signal(signal.SIGKILL)
            writer.communicate()
        assert len(load(path).exchanges) == 3
    (tmp_path / f".a.yaml.{writer.pid}-00000000.tmp").write_text("cut")
    mine = tmp_path / f".a.yaml.{os.getpid()}-00000000.tmp"
    mine.write_text("another thread is writing it")
    write(path, [PUBLIC], {}, root=tmp_path)
    assert {"a.yaml", mine.name} == set(files(tmp_path))


def test_sweep_goes_through_all_folders(tmp_path):
    """What killed writers left is found in every folder; a file that only looks alike stays."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / "x" / "y").mkdir(parents=True)
    for name in ("x", "x/y"):
        (tmp_path / name / f".b.yaml.{gone.pid}-0123abcd.tmp").touch()
    (tmp_path / "x" / ".b.yaml.tmp").touch()
    assert remove_stale_temp_files(tmp_path) == 2
    assert list(files(tmp_path)) == ["x/.b.yaml.tmp"]


def test_sweep_is_not_misled_by_a_process_that_has_the_number_now(tmp_path):
    """What a running process began an hour ago is removed: the number may be another's by now."""
    left, begun = (tmp_path / f".{name}.yaml.{os.getpid()}-0123abcd.tmp" for name in "ab")
    left.touch()
    begun.touch()
    os.utime(left, (time.time() - 3700,) * 2)
    assert remove_stale_temp_files(tmp_path) == 1
    assert list(files(tmp_path)) == [begun.name]


def test_writers_of_different_files_do_not_disturb_each_other(tmp_path):
    """Four processes that write beside each other lose no file of theirs."""
    script = WRITER.replace("while True:", "while n < 3:")
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / f"{n}.yaml")], stdout=subprocess.DEVNULL
        )
        for n in range(4)
    ]
    assert [writer.wait() for writer in writers] == [0] * 4
    assert [f"{n}.yaml" for n in range(4)] == sorted(files(tmp_path))
    for n in range(4):
        assert b'"n": 3' in load(tmp_path / f"{n}.yaml").exchanges[0].response.body


@pytest.mark.parametrize("one_in", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_hostile_names_stay_in_the_folder_and_apart(tmp_path, one_in):
    """400 hostile texts give 400 files in the folder, also where file names have no case."""
    texts = hostile_names()
    assert len(texts) > 380
    names = [f"{cassette_name(text)}.yaml" for text in texts]
    assert len(texts) == len({name.casefold() for name in names})
    for name in names[::one_in]:  # all of them are written in the long run
        write(tmp_path / name, [], {}, root=tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted(names[::one_in])
    reserved = {"con", "prn", "aux", "nul", "com1", "lpt9"}
    for name in names:
        assert len(name) <= 85
        assert set(name) <= set(string.ascii_lowercase + string.digits + "._-")
        assert name[0] not in ".-"
        assert name.partition(".")[0] not in reserved


def test_ordinary_names_stay_as_they_are():
    """The name of a case is the name of its file; a text that loses something gains eight digits."""
    ordinary = ["unknown-id", "test_album", "v1.2"]
    assert ordinary == [cassette_name(name) for name in ordinary]
    assert cassette_name("test_album[ES]").startswith("test_album-es-")
    assert cassette_name("test_album[ES]") != cassette_name("test_album[es]")


@pytest.mark.parametrize(
    "name", ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)
def test_no_cassette_is_named_as_a_device_of_windows(name: str) -> None:
    """A name that Windows reserves for a device, in whatever case, is never that of a cassette."""
    for given in (name, name.upper()):
        assert cassette_name(given).partition(".")[0].lower() != name


@pytest.mark.parametrize("length", [79, 80, 81, 90, 300])
def test_no_name_is_longer_than_is_promised(length):
    """File systems take 255 bytes, and a folder, an extension and a temporary name go with it."""
    assert len(cassette_name("a" * length)) <= MAX_LENGTH
