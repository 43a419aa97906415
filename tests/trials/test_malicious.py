"""Cassettes whose YAML would run code: no reader of ours runs any, nor does the VCR.py that we allow."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from vcr.serialize import deserialize
from vcr.serializers import yamlserializer

from pytest_spotify.cassettes import add_checksum, has_valid_checksum, load
from pytest_spotify.cassettes.writer import serialize
from pytest_spotify.cli.check import check
from pytest_spotify.cli.scan import scan
from pytest_spotify.errors import UnreadableTraffic
from tests.support.project import Project, no_traceback
from tests.support.traffic_samples import exchange

COMMAND = "touch {marker}"
CALL = "__import__('pathlib').Path('{marker}').touch()"
TAGS = {
    "os.system": f'!!python/object/apply:os.system ["{COMMAND}"]',
    "posix.system": f'!!python/object/apply:posix.system ["{COMMAND}"]',
    "os.popen": f'!!python/object/apply:os.popen ["{COMMAND}"]',
    "subprocess.call": '!!python/object/apply:subprocess.call [["touch", "{marker}"]]',
    "subprocess.Popen": '!!python/object/apply:subprocess.Popen [["touch", "{marker}"]]',
    "subprocess.run": '!!python/object/apply:subprocess.run [["touch", "{marker}"]]',
    "check_output": '!!python/object/apply:subprocess.check_output [["touch", "{marker}"]]',
    "eval": f'!!python/object/apply:eval ["{CALL}"]',
    "exec": f'!!python/object/apply:exec ["{CALL}"]',
    "builtins.eval": f'!!python/object/apply:builtins.eval ["{CALL}"]',
    "new": f'!!python/object/new:os.system ["{COMMAND}"]',
    "with keywords": f'!!python/object/apply:os.system {{args: ["{COMMAND}"]}}',
    "listitems": f'!!python/object/new:list {{listitems: !!python/object/apply:os.system ["{COMMAND}"]}}',
    "map": '!!python/object/new:tuple [!!python/object/new:map [!!python/name:eval , ["{call}"]]]',
    "state": (
        '!!python/object/new:type {args: ["z", !!python/tuple [], {extend: !!python/name:exec }], '
        'listitems: "{call}"}'
    ),
    "object": "!!python/object:pathlib.Path {}",
    "name": "!!python/name:os.system",
    "module": "!!python/module:antigravity",
    "local tag": f'!exec "{CALL}"',
    "verbatim tag": f'!<tag:yaml.org,2002:python/object/apply:os.system> ["{COMMAND}"]',
}
PLACES = {
    "body": b"HERE",
    "address": b"https://api.spotify.com/v1/things/abc",
    "key": b"    method: GET",
}


def payload(tag: str, marker: Path) -> str:
    return TAGS[tag].replace("{marker}", str(marker)).replace("{call}", CALL.format(marker=marker))


@pytest.mark.parametrize("tag", ["os.system", "subprocess.call", "eval", "exec", "listitems", "map", "state"])
def test_the_payloads_are_real(tmp_path: Path, tag: str):
    """An unsafe loader, as VCR.py used once, runs them: what follows would notice."""
    yaml.unsafe_load(payload(tag, tmp_path / "marker"))
    assert (tmp_path / "marker").exists()


def cassette(tag: str, place: str, marker: Path) -> bytes:
    """Return a cassette with the tag in a place, and with a valid checksum."""
    text = payload(tag, marker)
    url, fields = "https://api.spotify.com/v1/things/abc", {"Content-Type": "text/plain"}
    one = exchange(b"HERE", url=url, request_headers={}, response_headers=fields)
    data = serialize([one], {"target": "sandbox", "access": "development"})
    old = PLACES[place]
    assert old in data
    new = text.encode() if place != "key" else b"    ? " + text.encode() + b"\n    : 1\n    method: GET"
    changed = data.replace(old, new, 1)
    sealed = add_checksum(changed[: changed.rindex(b"  sha256: ")])
    assert has_valid_checksum(sealed)
    return sealed


@pytest.mark.parametrize("tag", TAGS)
def test_no_reader_runs_code(tmp_path: Path, tag: str):
    """Loading, checking and scanning refuse the file in words, and VCR.py's own loader refuses it too."""
    marker = tmp_path / "marker"
    for place in PLACES:
        path = tmp_path / f"{place}.yaml"
        path.write_bytes(cassette(tag, place, marker))
        with pytest.raises(UnreadableTraffic):
            load(path)
        checked = CliRunner().invoke(check, [str(path)])
        assert checked.exit_code not in (0, 1) or checked.exception is not None
        CliRunner().invoke(scan, [str(path)])
        with pytest.raises(Exception):  # noqa: B017, PT011 - PyYAML's own, whichever it is
            deserialize(path.read_text(), yamlserializer)
        assert not marker.exists()


@pytest.mark.parametrize("one_in", [10, pytest.param(1, marks=pytest.mark.slow)])
def test_replay_runs_no_code(project: Project, one_in: int):
    """Marked tests with such recordings fail, each with a message that names its file."""
    marker = project.path / "marker"
    tags = [*TAGS][::one_in]
    ids = [f"t{number}" for number in range(len(tags))]
    project.file(
        "test_it.py",
        f"""
        import pytest, requests

        @pytest.mark.spotify
        @pytest.mark.parametrize("name", {ids})
        def test_it(name):
            requests.get("https://api.spotify.com/v1/things/abc", timeout=9)
        """,
    )
    project.record()
    for path, tag in zip(sorted(project.path.rglob("*.spotify.yaml")), tags, strict=True):
        path.write_bytes(cassette(tag, "body", marker))
    result = project.run()
    result.assert_outcomes(failed=len(tags))
    no_traceback(result)
    assert not marker.exists()
