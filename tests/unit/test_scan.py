"""The scan command, as a person, a hook and CI call it."""

from __future__ import annotations

import os
import random
import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from pytest_spotify.auth.credentials import refresh_token_variable
from pytest_spotify.cassettes import load
from pytest_spotify.cassettes.writer import serialize
from pytest_spotify.cli import group
from pytest_spotify.cli.scan import scan
from pytest_spotify.errors import DamagedCassette, UnreadableTraffic
from pytest_spotify.redaction.redact import redact_exchanges
from tests.support.secret_forms import FORMS, new_secret
from tests.support.traffic_samples import exchange, har, vcr_cassette

CLEAN = exchange(request_headers={"Accept": "*/*", "Authorization": "Bearer ***"})
PROVENANCE = {"target": "spotify"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command in a folder of its own, with only the given SPOTIFY_* variables."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("SPOTIFY_", "SPOTIPY_")):
            monkeypatch.delenv(name)

    def run(*arguments, **environment):
        variables = {"COLUMNS": "1000", **environment}  # lines are whole
        return CliRunner().invoke(scan, [str(argument) for argument in arguments], env=variables)

    return run


def test_clean_recordings_end_in_0(run, tmp_path):
    """Without arguments the folder `cassettes` is searched; standard output holds findings alone."""
    (tmp_path / "cassettes" / "development").mkdir(parents=True)
    (tmp_path / "cassettes" / "development" / "a.yaml").write_bytes(serialize([CLEAN], PROVENANCE))
    (tmp_path / "cassettes" / "b.har").write_bytes(har([CLEAN]))
    (tmp_path / "cassettes" / "c.yaml").write_bytes(vcr_cassette([CLEAN]))
    result = run()
    assert (result.exit_code, result.stdout) == (0, "")
    assert "3 files searched, nothing found." in result.stderr


def test_findings_name_path_line_and_form_only(run, tmp_path):
    """A finding is one line `path:line: what, form`; the value, in whole or in part, is never shown."""
    secret = new_secret(random.Random(4))
    (tmp_path / "a.yaml").write_text(f"version: 1\nkey: {secret}\nother: {FORMS['base64'](secret)}\n")
    result = run("a.yaml", SPOTIFY_CLIENT_SECRET=secret)
    assert result.exit_code == 1
    expected = ["a.yaml:2: SPOTIFY_CLIENT_SECRET, plain", "a.yaml:3: SPOTIFY_CLIENT_SECRET, base64"]
    assert result.stdout.splitlines() == expected
    assert "2 found in 1 file. First revoke what was exposed" in result.stderr
    assert secret[:6] not in result.output


def test_values_of_the_environment_are_searched(run, tmp_path):
    """The id, the secret and the token of the environment are found; its public settings are not sought."""
    (tmp_path / "a.txt").write_text("0123456789abcdef development http://127.0.0.1:8888/callback 2026-11-21")
    public = {
        "SPOTIFY_ACCESS": "development",
        "SPOTIFY_REDIRECT_URI": "http://127.0.0.1:8888/callback",
        "SPOTIFY_REFRESH_TOKEN_DATE": "2026-11-21",
    }
    assert run("a.txt", **public).exit_code == 0
    for name in ("SPOTIFY_CLIENT_ID", "SPOTIFY_REFRESH_TOKEN", "SPOTIPY_CLIENT_SECRET"):
        result = run("a.txt", **public, **{name: " 0123456789abcdef\n"})
        assert (result.exit_code, result.stdout) == (1, f"a.txt:1: {name}, plain\n")


def test_settings_in_the_environment_are_no_secrets(run, tmp_path):
    """An id, a URI, a path or a name in a variable of the project is no secret; what is named one is."""
    public = {
        "SPOTIFY_PLAYLIST_ID": "3cEYpjA9oz9GiPac4AsH4n",
        "SPOTIFY_TRACK": "spotify:track:11dFghVXANMlKmJXsNCbNl",
        "SPOTIPY_CLIENT_USERNAME": "smedjan-9",
        "SPOTIFY_USER_ID": "smedjan-8",
        "SPOTIPY_CACHE_PATH": "/tmp/smedjan-cache",
    }
    (tmp_path / "a.txt").write_text(" ".join(public.values()))
    assert run("a.txt", **public).exit_code == 0
    assert run("a.txt", SPOTIFY_PASSWORD="3cEYpjA9oz9GiPac4AsH4n").exit_code == 1


@pytest.mark.parametrize("profile", ["user", "name", "market", "access", "scope", "file", "user-id"])
def test_the_token_of_any_profile_is_searched_for(run, tmp_path, profile):
    """Also of one whose variable ends as those do that hold no secret."""
    token = "AQ0123456789abcdef"
    (tmp_path / "a.txt").write_text(token)
    variable = refresh_token_variable(profile)
    result = run("a.txt", **{variable: token})
    assert (result.exit_code, result.stdout) == (1, f"a.txt:1: {variable}, plain\n")


TWELVE = [
    "plain",
    "percent",
    "base64, one byte on",
    "base64url",
    "hex",
    "JSON escapes",
    "HTML escapes",
    "UTF-16",
    "folded",
    "gzip in base64",
    "br in base64",
    "double gzip in base64",
]


def test_600_of_600_planted_secrets_are_found(run, tmp_path):
    """A secret in twelve forms in fifty recordings, sound, edited, cut, ours or not: all are found."""
    rng = random.Random(4)
    secret = new_secret(rng)
    folder = tmp_path / "cassettes"
    folder.mkdir()
    expected = set()
    for number in range(50):
        kind = number % 5
        one = exchange({"name": f"{number}", "key": "HERE"}, request_headers={})
        whole = (serialize, serialize, serialize, lambda e, _: vcr_cassette(e), lambda e, _: har(e))[kind](
            [one], PROVENANCE
        )
        assert b"HERE" in whole
        for form in TWELVE:
            planted = f'"{FORMS[form](secret)}"'.encode()
            data = whole.replace(b"HERE", planted)
            if kind == 1:
                data = data[: data.index(planted) + len(planted)]
            if kind == 2:
                data = b"\xff\xfe broken \0\n" + data
            path = folder / f"{number}-{form.replace(' ', '-').replace(',', '')}.yaml"
            path.write_bytes(data)
            expected.add(str(path.relative_to(tmp_path)))
    result = run(SPOTIFY_CLIENT_SECRET=secret)
    assert result.exit_code == 1
    assert {line.partition(":")[0] for line in result.stdout.splitlines()} == expected
    assert len(expected) == 600
    assert secret[:8] not in result.output


def test_damaged_cassettes_are_found(run, tmp_path):
    """A cassette of ours that was edited by hand or cut ends in 1, with the command for it."""
    edited = serialize([CLEAN], PROVENANCE).replace(b"Pitbull", b"Shakira")
    (tmp_path / "a.yaml").write_bytes(edited)
    (tmp_path / "b.yaml").write_bytes(edited[:-3])
    result = run("a.yaml", "b.yaml")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "a.yaml: edited by hand since it was recorded" in result.stderr
    assert "pytest-spotify scan --reseal a.yaml" in result.stderr
    assert "b.yaml: cut since it was recorded; record it again" in result.stderr


def test_reseal_keeps_a_deliberate_edit(run, tmp_path):
    """An edited cassette without a secret is sealed anew and loads again with the edit."""
    path = tmp_path / "a.yaml"
    path.write_bytes(serialize([CLEAN], PROVENANCE).replace(b"Pitbull", b"Shakira"))
    with pytest.raises(DamagedCassette):
        load(path, strict=True)
    result = run("--reseal", path)
    assert (result.exit_code, result.stdout) == (0, "")
    assert b"Shakira" in load(path, strict=True).exchanges[0].response.body
    assert [path.name] == os.listdir(tmp_path)


def test_reseal_refuses_secrets_and_cut_files(run, tmp_path):
    """Neither a file with a secret, nor a cut one, nor one that is not ours is sealed; it stays as it was."""
    secret = new_secret(random.Random(4))
    whole = serialize([CLEAN], PROVENANCE)
    cases = {
        "secret": whole.replace(b"Pitbull", secret.encode()),
        "cut": whole[: len(whole) // 2],
        "end": whole[:-3],
        "foreign": vcr_cassette([CLEAN]),
        "no YAML": whole.replace(b"  response:", b"  response"),
    }
    for name, data in cases.items():
        path = tmp_path / f"{name}.yaml"
        path.write_bytes(data)
        result = run("--reseal", path, SPOTIFY_CLIENT_SECRET=secret)
        if name == "secret":
            assert result.exit_code == 1
        else:
            assert isinstance(result.exception, UnreadableTraffic), name
        assert data == path.read_bytes()


def test_usage_errors_end_in_2(run, tmp_path):
    """No folder to search, a path that is not there, and a file that cannot be read are told in one line."""
    result = run()
    assert result.exit_code == 2
    assert "there is no folder `cassettes` here or below" in result.stderr
    assert run("missing.yaml").exit_code == 2
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.txt").write_text("anna@mail.se")
    result = run(tmp_path)
    assert result.exit_code == 2
    assert f"{tmp_path}/pipe: not a regular file" in result.stderr
    assert result.stdout == f"{tmp_path}/a.txt:1: an e-mail address, plain\n"


def test_hostile_names_are_escaped(run, tmp_path):
    """A file's name cannot move the cursor of the terminal or forge a line."""
    (tmp_path / "a\x1b[2J\nb: c.txt").write_text("anna@mail.se")
    result = run(tmp_path)
    assert result.exit_code == 1
    assert result.stdout.removesuffix("\n").isprintable()


ROOT = Path(__file__).parents[2]


def shipped() -> list[Path]:
    """Return every recording in the project: its suite's, its stories', its examples'."""
    tops = [ROOT / "cassettes", *(ROOT / "tests").rglob("cassettes"), *(ROOT / "examples").rglob("cassettes")]
    return sorted(path for top in tops if ".venv" not in top.parts for path in top.rglob("*.yaml"))


@pytest.mark.parametrize("one_in", [10, pytest.param(1, marks=pytest.mark.slow)])
def test_our_own_cassettes_are_clean(run, one_in):
    """The recordings that the project ships hold nothing that must stay secret, and none is damaged."""
    assert len(shipped()) > 500
    result = run(*shipped()[::one_in])
    assert (result.exit_code, result.stdout) == (0, "")
    assert "broken" not in result.stderr


def test_the_hook_for_pre_commit(run, tmp_path):
    """It is given each of our recordings and every HAR file, and no source; its command fails on a secret."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    given = [str(path.relative_to(ROOT)) for path in shipped()] + ["traffic.har"]
    assert all(re.search(hook["files"], path) for path in given)
    assert not re.search(hook["files"], "tests/unit/test_cassette_format.py")
    (tmp_path / "a.yaml").write_text("access_token: 0aB1cD2eF3gH4iJ5\n")
    words = hook["entry"].split()
    assert words[0] in {point.name for point in entry_points(group="console_scripts")}
    result = CliRunner().invoke(group, [*words[1:], "a.yaml"])
    assert result.exit_code == 1


def test_what_is_scrubbed_and_written_scans_clean(run, tmp_path):
    """The scan agrees with the scrubbing about everything that a recording holds."""
    one = exchange(
        {
            "owner": {"id": "anna", "display_name": "Anna"},
            "description": "anna@mail.se",
            "access_token": "abcdefgh1",
        },
        request_headers={"Authorization": "Bearer BQ" + "aB3-" * 20},
    )
    (tmp_path / "a.yaml").write_bytes(serialize(redact_exchanges([one]), PROVENANCE))
    assert run("a.yaml").exit_code == 0


@pytest.mark.parametrize(
    ("ini", "text"),
    [
        ("pyproject.toml", '[tool.pytest.ini_options]\nspotify_cassette_dir = "recorded"\n'),
        ("pytest.ini", "[pytest]\nspotify_cassette_dir = recorded\n"),
        ("setup.cfg", "[tool:pytest]\nspotify_cassette_dir = recorded\n"),
    ],
)
def test_without_paths_it_searches_where_the_plugin_records(run, ini, text, tmp_path):
    """Folders `cassettes` beside test modules and the ini's are searched, installed packages are not."""
    (tmp_path / ini).write_text(text)
    found = ("recorded", "tests/cassettes", "examples/app/cassettes")
    for folder in (*found, "node_modules/x/cassettes", "src"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.yaml").write_text(f"access_token: {TOKEN}\n")

    result = run()

    assert result.exit_code == 1
    assert {line.partition(":")[0] for line in result.stdout.splitlines()} == {
        str(Path(folder, "a.yaml")) for folder in found
    }


def test_a_finding_in_a_long_line_has_its_column(run, tmp_path):
    """A HAR file of one line gives line and column, as editors jump to; a short line gives the line."""
    file = tmp_path / "a.har"
    file.write_text("x" * 5000 + f' access_token: {TOKEN}\n"access_token": "{TOKEN}"\n')

    lines = run(file).stdout.splitlines()
    places = [line.removeprefix(str(file)).split(": ")[0] for line in lines]

    assert places == [":1:5016", ":2"]


TOKEN = "4f2Z9a8B7c6D5e4F3a2B1c0D"
