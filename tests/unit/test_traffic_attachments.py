"""Playwright's HAR files: bodies in files beside them and in ZIP archives, safe to open whoever made them."""

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pytest_spotify.errors import NotTraffic, UnreadableTraffic
from pytest_spotify.traffic import TrafficEntry, TrafficFile, archive
from tests.support.traffic_samples import ALBUM, exchange, har

BODY = json.dumps(ALBUM).encode()
SENT = b'{"name": "new"}'
ONE = exchange(BODY, method="POST", sent=SENT, status=201, url="https://api.spotify.com/v1/me/playlists")


def attached(response: Any = "body.json", request: Any = "sent.json") -> bytes:
    """Return a HAR file whose bodies are elsewhere, as Playwright writes it."""
    made = json.loads(har([ONE]))
    entry = made["log"]["entries"][0]
    entry["request"].update(
        bodySize=-1, postData={"mimeType": "application/json", "text": "", "params": [], "_file": request}
    )
    entry["response"]["content"] = {"size": -1, "mimeType": "application/json", "_file": response}
    return json.dumps(made).encode()


def beside(folder: Path, **names: str) -> Path:
    """Write a HAR file and its attachments to a folder."""
    (folder / "body.json").write_bytes(BODY)
    (folder / "sent.json").write_bytes(SENT)
    path = folder / "a.har"
    path.write_bytes(attached(**names))
    return path


def zipped(path: Path, members: dict[str, bytes], **options: Any) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def read(path: Path) -> list[TrafficEntry]:
    return list(TrafficFile(path))


def test_attachments_beside_a_har_file_are_its_bodies(tmp_path: Path) -> None:
    """The files that `_file` names are the bodies of request and response."""
    assert [entry.exchange for entry in read(beside(tmp_path))] == [ONE]


def test_attachments_may_lie_in_a_folder_below(tmp_path: Path) -> None:
    """A name may go down, in the manner of every system."""
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "deep.json").write_bytes(BODY)
    assert read(beside(tmp_path, response="resources/deep.json"))[0].exchange == ONE


@pytest.mark.parametrize("folder", ["", "trace/"])
def test_archives_are_read_with_their_attachments(folder: str, tmp_path: Path) -> None:
    """A HAR file in a ZIP archive is read without unpacking it, its attachments from the same archive."""
    members = {f"{folder}sent.json": SENT, f"{folder}har.har": attached(), f"{folder}body.json": BODY}
    assert [entry.exchange for entry in read(zipped(tmp_path / "a.zip", members))] == [ONE]
    assert os.listdir(tmp_path) == ["a.zip"]


def test_an_archive_is_told_by_content(tmp_path: Path) -> None:
    """An archive named .har is read as well."""
    members = {"har.har": har([ONE])}
    assert [entry.exchange for entry in read(zipped(tmp_path / "a.har", members))] == [ONE]


OUTSIDE = [
    "../secret.json",
    "a/../../secret.json",
    "/etc/passwd",
    "C:\\secret.json",
    "..\\secret.json",
    "\\\\h\\s",
]


@pytest.mark.parametrize("name", [*OUTSIDE, "a\0b"])
@pytest.mark.parametrize("form", ["folder", "archive"])
def test_names_that_lead_out_of_the_folder_are_refused(name: str, form: str, tmp_path: Path) -> None:
    """A name that is absolute, goes up or has a drive is refused with the place, and nothing is read."""
    (tmp_path / "secret.json").write_bytes(BODY)
    folder = tmp_path / "folder"
    folder.mkdir()
    path = beside(folder, response=name)
    if form == "archive":
        members = {"har.har": path.read_bytes(), "sent.json": SENT, name.replace("\0", ""): BODY}
        path = zipped(tmp_path / "a.zip", members)
    with pytest.raises(
        UnreadableTraffic, match="content, _file: expected the name of a file beside"
    ) as caught:
        read(path)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("target", ["file", "folder"])
def test_links_out_of_the_folder_are_refused(target: str, tmp_path: Path) -> None:
    """A link that leaves the folder of the HAR file is refused, a link within it is read."""
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    folder.mkdir()
    (outside / "secret.json").write_bytes(BODY)
    path = beside(folder, response="link.json" if target == "file" else "link/secret.json")
    if target == "file":
        (folder / "link.json").symlink_to(outside / "secret.json")
    else:
        (folder / "link").symlink_to(outside)
    with pytest.raises(UnreadableTraffic, match="no link out of it"):
        read(path)
    (folder / "within.json").symlink_to(folder / "body.json")
    assert read(beside(folder, response="within.json"))[0].exchange == ONE


@pytest.mark.parametrize("name", [7, [], {}])
def test_a_name_that_is_no_text_is_refused(name: Any, tmp_path: Path) -> None:
    """What is no name of a file is refused, with the place."""
    with pytest.raises(UnreadableTraffic, match="content, _file: expected text"):
        read(beside(tmp_path, response=name))


def test_an_attachment_that_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    """A folder, or a pipe that would never end, is no body."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "below").mkdir()
    for name in ("pipe", "below"):
        with pytest.raises(UnreadableTraffic, match=r"not a regular file|a directory"):
            read(beside(tmp_path, response=name))


@pytest.mark.parametrize("limit", [1000, 60_000])
def test_archives_that_unpack_to_too_much_are_refused(
    limit: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bomb is refused in one sentence before it is unpacked: one large member, or all together."""
    monkeypatch.setattr(archive, "MAX_ARCHIVE_BYTES", limit)
    entry = json.loads(attached())["log"]["entries"][0]
    bomb = json.dumps({"log": {"entries": [entry] * 50}}).encode()
    path = zipped(tmp_path / "a.zip", {"har.har": bomb, "body.json": b" " * 2000, "sent.json": SENT})
    with pytest.raises(UnreadableTraffic, match=rf"unpacks to \d+ bytes.*; at most {limit} ") as caught:
        read(path)
    assert str(caught.value).count(":") == 1


def test_a_member_gives_no_more_than_it_says(tmp_path: Path) -> None:
    """An archive that lies about a size is refused as damaged."""
    path = zipped(tmp_path / "a.zip", {"har.har": har([exchange(b"x" * 5000)])})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02") + 24  # the uncompressed size in the central directory
    data[at : at + 4] = (100).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(UnreadableTraffic, match=r"damaged|not JSON"):
        read(path)


@pytest.mark.parametrize("damage", ["cut", "flipped", "encrypted", "method"])
def test_damaged_archives_are_refused_in_a_sentence(damage: str, tmp_path: Path) -> None:
    """What cannot be unpacked is refused with the file's name."""
    path = zipped(tmp_path / "a.zip", {"har.har": har([exchange(os.urandom(200).hex().encode())])})
    data = bytearray(path.read_bytes())
    directory = data.index(b"PK\x01\x02")
    if damage == "cut":
        del data[directory:]
    elif damage == "flipped":
        data[directory // 2] ^= 0xFF
    elif damage == "encrypted":
        data[6] |= 1
        data[directory + 8] |= 1
    else:
        data[8:10] = data[directory + 10 : directory + 12] = (97).to_bytes(2, "little")
    path.write_bytes(data)
    with pytest.raises(UnreadableTraffic, match=r"a\.zip.*: (a )?(damaged|encrypted)") as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_an_archive_without_a_har_file_is_no_traffic(tmp_path: Path) -> None:
    """Archives of other things are told apart from damaged ones; archives within archives are not opened."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr("har.har", har([ONE]))
    with pytest.raises(NotTraffic, match="a ZIP archive without a HAR file"):
        read(zipped(tmp_path / "a.zip", {"inner.zip": inner.getvalue(), "readme.txt": b""}))
