"""The `.env` file: read where it is named, never found, and no value of it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_spotify.auth import environment, spotipy_notice, unread_env_file
from pytest_spotify.auth.credentials import Credentials
from pytest_spotify.errors import MissingCredentials

SECRET = "fedcba9876543210fedcba9876543210"


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "some.env"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_file_that_is_not_named_is_not_read(tmp_path, monkeypatch):
    """A `.env` in the folder where somebody happens to be decides nothing."""
    (tmp_path / ".env").write_text("SPOTIFY_CLIENT_ID=found")
    monkeypatch.chdir(tmp_path)

    assert environment({"PATH": "/bin"}) == {"PATH": "/bin"}


def test_the_lines_of_a_file_are_read_as_shells_write_them(tmp_path):
    """With or without `export`, quotes, blanks and comments; other people's variables stay out."""
    path = write(
        tmp_path,
        "\ufeff# our app\n\nSPOTIFY_CLIENT_ID=0123  # from the dashboard\n"
        "export SPOTIFY_CLIENT_SECRET='ab#cd'\r\n  SPOTIFY_REDIRECT_URI = \"https://me.example/cb?a=b\" # x\n"
        "SPOTIFY_ACCESS=\nSPOTIFY_REFRESH_TOKEN=AQ=b#c\nPATH=/evil\n",
    )

    assert environment({"PATH": "/bin"}, path) == {
        "PATH": "/bin",
        "SPOTIFY_ENV_FILE": str(path),
        "SPOTIFY_CLIENT_ID": "0123",
        "SPOTIFY_CLIENT_SECRET": "ab#cd",
        "SPOTIFY_REDIRECT_URI": "https://me.example/cb?a=b",
        "SPOTIFY_ACCESS": "",
        "SPOTIFY_REFRESH_TOKEN": "AQ=b#c",
    }


def test_a_variable_that_is_set_beats_the_file(tmp_path):
    """An empty one does not: CI systems empty absent secrets."""
    path = write(tmp_path, "SPOTIFY_CLIENT_ID=file\nSPOTIFY_CLIENT_SECRET=file")
    environ = {"SPOTIFY_CLIENT_ID": "set", "SPOTIFY_CLIENT_SECRET": "", "SPOTIFY_ENV_FILE": str(path)}

    found = environment(environ)

    assert (found["SPOTIFY_CLIENT_ID"], found["SPOTIFY_CLIENT_SECRET"]) == ("set", "file")


def test_the_option_beats_the_variable(tmp_path):
    """Only one file is read."""
    path = write(tmp_path, "SPOTIFY_CLIENT_ID=option")

    found = environment({"SPOTIFY_ENV_FILE": str(tmp_path / "absent")}, path)

    assert found["SPOTIFY_CLIENT_ID"] == "option"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (SECRET, "line 1 of the file is not NAME=value"),
        (f"# fine\nSPOTIFY CLIENT_SECRET={SECRET}", "line 2 of the file is not NAME=value"),
        (f"={SECRET}", "line 1 of the file is not NAME=value"),
        (f"SPOTIFY_CLIENT_SECRET='{SECRET}", "line 1 of the file has a quotation mark that is not closed"),
        (f'SPOTIFY_CLIENT_SECRET="{SECRET}" {SECRET}', "line 1 of the file has a quotation mark"),
        (f"set SPOTIFY_CLIENT_SECRET={SECRET}", "line 1 of the file is not NAME=value"),
        (SECRET.encode("utf-16"), "names a file that is not UTF-8 text"),
        (f"SPOTIFY_CLIENT_SECRET={SECRET}\n" * 3000, "names a file that is too large"),
    ],
)
@pytest.mark.parametrize("source", ["--env-file", "SPOTIFY_ENV_FILE"])
def test_a_file_that_cannot_be_used_is_refused_without_its_values(tmp_path, content, fault, source):
    """The source, the line and the fault are named."""
    path = write(tmp_path, content)

    option = path if source == "--env-file" else None
    with pytest.raises(MissingCredentials) as failure:
        environment({"SPOTIFY_ENV_FILE": str(path)}, option)

    assert str(failure.value).startswith(source)
    assert fault in str(failure.value)
    assert SECRET[:8] not in str(failure.value)
    assert failure.value.__context__ is None


BAD_NAMES = ["/absent/file", "~", "", " ", "a\nb", "\x00", "/dev/null/x", "http://me.example/.env", "'.env'"]


@pytest.mark.parametrize("name", [*BAD_NAMES, SECRET, "x" * 5000, "/etc/shadow/x", "."])
def test_a_name_of_no_file_is_not_repeated(tmp_path, monkeypatch, name):
    """The variable is named: what stands in it may be a secret in the wrong place."""
    monkeypatch.chdir(tmp_path)
    if not name:
        assert environment({"SPOTIFY_ENV_FILE": name}) == {"SPOTIFY_ENV_FILE": ""}
        return
    with pytest.raises(MissingCredentials) as failure:
        environment({"SPOTIFY_ENV_FILE": name})

    message = str(failure.value)
    assert message.startswith("SPOTIFY_ENV_FILE names no file that can be read.")
    assert SECRET[:8] not in message
    assert "absent" not in message
    assert failure.value.__context__ is None


SPOTIPY = {
    "SPOTIPY_CLIENT_ID": "00112233445566778899aabbccddeeff",
    "SPOTIPY_CLIENT_SECRET": SECRET,
    "SPOTIPY_REDIRECT_URI": "http://127.0.0.1:9090",
}


def test_spotipys_variables_stand_in_for_ours():
    """Id, secret and redirect URI are spotipy's where ours are not set or empty, and a notice names them."""
    environ = SPOTIPY | {"SPOTIFY_CLIENT_ID": "", "SPOTIFY_REDIRECT_URI": "http://127.0.0.1:1"}

    credentials = Credentials.from_environment(environ)

    assert credentials.client_id == SPOTIPY["SPOTIPY_CLIENT_ID"]
    assert credentials.client_secret is not None
    assert credentials.client_secret.reveal() == SECRET
    assert credentials.redirect_uri == "http://127.0.0.1:1"
    assert spotipy_notice(environ) == "credentials of SPOTIPY_CLIENT_ID, SPOTIPY_CLIENT_SECRET"
    assert spotipy_notice({}) == ""


def test_the_secret_of_another_app_is_not_taken():
    """Where SPOTIFY_CLIENT_ID and SPOTIPY_CLIENT_ID are two apps, nothing of the second is read."""
    environ = SPOTIPY | {"SPOTIFY_CLIENT_ID": "ffeeddccbbaa99887766554433221100"}

    credentials = Credentials.from_environment(environ)

    assert credentials.client_secret is None
    assert credentials.redirect_uri == Credentials().redirect_uri
    assert spotipy_notice(environ) == ""


def test_a_malformed_variable_of_spotipy_is_named_as_it_is_set():
    """The error names SPOTIPY_CLIENT_SECRET, which is to be mended, and not its value."""
    with pytest.raises(MissingCredentials, match=r"^SPOTIPY_CLIENT_SECRET holds a blank") as raised:
        Credentials.from_environment(SPOTIPY | {"SPOTIPY_CLIENT_SECRET": f" {SECRET}"})
    assert SECRET not in str(raised.value)


def test_spotipys_variables_are_read_from_a_named_file(tmp_path):
    """A project's `.env` for spotipy serves as it is."""
    path = write(tmp_path, "\n".join(f"{name}={value}" for name, value in SPOTIPY.items()))

    assert Credentials.from_environment(environment({}, path)).client_id == SPOTIPY["SPOTIPY_CLIENT_ID"]


@pytest.mark.parametrize(("named", "notice"), [("", True), (".env", False)])
def test_an_env_file_that_is_not_read_is_named(named, notice, tmp_path, monkeypatch):
    """Where credentials are missing, the error says that a `.env` lies here unread, and how to name it."""
    (tmp_path / ".env").write_text("SPOTIFY_CLIENT_ID=found")
    monkeypatch.chdir(tmp_path)
    environ = {"SPOTIFY_ENV_FILE": named}

    assert bool(unread_env_file(environ)) == notice
    with pytest.raises(MissingCredentials) as raised:
        Credentials.from_environment(environ).require("user")
    assert ("SPOTIFY_ENV_FILE=.env" in str(raised.value)) == notice
