"""What a run writes: by record mode, after an item passed, and never a secret."""

import json
from pathlib import Path

import pytest

from pytest_spotify.cassettes import load
from pytest_spotify.sandbox import Sandbox
from tests.support.project import SANDBOX, Project, no_traceback

TRACK = "contracts/tracks/get-track.contract.json"
CASSETTE = "cassettes/development/tracks/get-track/track.yaml"
OLD = "2020-01-01"


@pytest.fixture
def recorded(project: Project) -> Project:
    """A project with one contract of six cases, five of them recorded, a while ago; `track` is not."""
    project.bundled("get-track")
    project.record()
    for name in project.cassettes():
        path = project.path / "cassettes" / name
        day = path.read_text().partition('recorded_at: "')[2][:10]
        project.edit(f"cassettes/{name}", f'recorded_at: "{day}', f'recorded_at: "{OLD}')
    (project.path / CASSETTE).unlink()
    return project


def test_recording_makes_what_replays(project: Project):
    """`rewrite` leaves one file a case, that says where, when and under which access it was made."""
    project.bundled("get-track", "get-current-users-profile")
    project.record()
    assert sorted(project.cassettes()) == sorted(
        [f"development/tracks/get-track/{case}.yaml" for case in TRACK_CASES]
        + [f"development/users/get-current-users-profile/{case}.yaml" for case in PROFILE_CASES]
    )
    provenance = load(project.path / CASSETTE).provenance
    assert {key: provenance[key] for key in ("target", "access")} == {
        "target": "sandbox",
        "access": "development",
    }
    assert set(provenance) == {"recorded_at", "target", "access", "plugin", "account"}
    project.run().assert_outcomes(passed=10)


TRACK_CASES = ["no-token", "bad-token", "track", "by-market", "unknown-id", "malformed-id"]
PROFILE_CASES = ["no-token", "bad-token", "basic-scheme", "profile"]


@pytest.mark.parametrize(
    ("mode", "new", "renewed"),
    [(None, 0, 0), ("none", 0, 0), ("once", 1, 0), ("rewrite", 1, 5), ("all", 1, 5)],
)
def test_what_a_record_mode_writes_in_a_live_run(recorded: Project, mode: str | None, new: int, renewed: int):
    """`none` nothing, `once` what is missing, `rewrite` and `all` everything that differs."""
    for name in recorded.cassettes():
        recorded.edit(f"cassettes/{name}", "target: sandbox", "target: spotify")
    before = recorded.cassettes()
    arguments = [] if mode is None else [f"--record-mode={mode}"]
    result = recorded.run("--spotify-sandbox", *arguments)
    result.assert_outcomes(passed=6)
    shown = "live" if mode in (None, "none") else f"live, recording ({mode})"
    result.stdout.fnmatch_lines([f"spotify: {shown}, access development, *"])
    after = recorded.cassettes()
    assert len(after) - len(before) == new
    assert sum(after[name] != before[name] for name in before) == renewed


@pytest.mark.parametrize("mode", ["rewrite", "all"])
def test_a_recording_that_is_still_true_stays(recorded: Project, mode: str):
    """Where the exchanges are the recorded ones, the file stays byte for byte: the day alone is no change."""
    before = recorded.cassettes()
    assert all(OLD.encode() in data for data in before.values())
    recorded.run("--spotify-sandbox", f"--record-mode={mode}").assert_outcomes(passed=6)
    after = recorded.cassettes()
    assert {name: after[name] for name in before} == before


def test_the_day_moves_where_a_project_counts_it(recorded: Project):
    """With `spotify_cassette_max_age`, a recording that is still true gets the day of the new one alone."""
    before = recorded.cassettes()
    arguments = ("--spotify-sandbox", "--record-mode=rewrite", "-o", "spotify_cassette_max_age=90")
    recorded.run(*arguments).assert_outcomes(passed=6)
    after = recorded.cassettes()
    for name, data in before.items():
        lines = zip(data.splitlines(), after[name].splitlines(), strict=True)
        changed = [old.partition(b":")[0].strip() for old, new in lines if old != new]
        assert changed == [b"recorded_at", b"sha256"]


@pytest.mark.parametrize("mode", ["none", "once", "rewrite", "all"])
def test_what_a_record_mode_writes_in_replay(recorded: Project, mode: str):
    """Nothing, whether there is a recording or not."""
    before = recorded.cassettes()
    recorded.run(f"--record-mode={mode}").assert_outcomes(passed=5, failed=1)
    assert recorded.cassettes() == before


def test_a_failed_case_leaves_its_cassette(recorded: Project):
    """What does not fit its contract is not recorded; the old recording stays byte for byte."""
    before = recorded.cassettes()
    path = recorded.path / TRACK
    contract = json.loads(path.read_text())
    contract["cases"]["by-market"]["status"] = 404
    path.write_text(json.dumps(contract))
    recorded.run("--spotify-sandbox", "--record-mode=rewrite").assert_outcomes(passed=5, failed=1)
    name = "development/tracks/get-track/by-market.yaml"
    assert recorded.cassettes()[name] == before[name]


INTERRUPTING = """
    def pytest_spotify_session(session):
        send = session.send

        def interrupted(*arguments, **keywords):
            send(*arguments, **keywords)
            raise KeyboardInterrupt

        session.send = interrupted
"""


def test_an_interrupted_run_leaves_its_cassettes(recorded: Project):
    """Ctrl-C while a case or a marked test runs: nothing is written, and no temporary file stays."""
    recorded.file("conftest.py", INTERRUPTING)
    recorded.file("test_it.py", "def test_it(spotify_session):\n    spotify_session.get('/me')\n")
    before = recorded.cassettes()
    for selected in (TRACK, "test_it.py"):
        result = recorded.run(*SANDBOX, selected, no_reraise_ctrlc=True)
        assert result.ret == pytest.ExitCode.INTERRUPTED
        result.stdout.fnmatch_lines(["*KeyboardInterrupt*"])
        assert recorded.cassettes() == before
        assert not list(recorded.path.rglob("*.spotify.yaml"))
        assert not list(recorded.path.rglob("*.tmp"))


SECRETS = ("client_id", "client_secret", "refresh_token")


def test_no_secret_is_written(project: Project, monkeypatch: pytest.MonkeyPatch):
    """No credential, no token that the run was granted and none that a test's client got itself."""
    project.bundled("get-track", "get-current-users-profile")
    project.file(
        "test_it.py",
        """
        import base64, os, requests

        def granted(form):
            pair = f"{os.environ['SPOTIFY_CLIENT_ID']}:{os.environ['SPOTIFY_CLIENT_SECRET']}"
            basic = "Basic " + base64.b64encode(pair.encode()).decode()
            url = "https://accounts.spotify.com/api/token"
            return requests.post(url, data=form, headers={"Authorization": basic}).json()["access_token"]

        def test_it(spotify_session, spotify_token):
            spotify_session.get("/me")
            refreshed = {"grant_type": "refresh_token", "refresh_token": os.environ["SPOTIFY_REFRESH_TOKEN"]}
            of_app = {"grant_type": "client_credentials"}
            for token in (spotify_token.reveal(), granted(refreshed), granted(of_app)):
                with open("tokens.txt", "a") as file:
                    file.write(token + "\\n")
                # The answer to a search repeats the question, and with it here the token.
                requests.get(
                    "https://api.spotify.com/v1/search",
                    params={"q": token, "type": "track", "limit": 1},
                    headers={"Authorization": f"Bearer {token}"},
                )
        """,
    )
    with Sandbox() as sandbox:
        for name in SECRETS:
            monkeypatch.setenv(f"SPOTIFY_{name.upper()}", getattr(sandbox, name))
        urls = [f"--spotify-api-url={sandbox.api_url}", f"--spotify-accounts-url={sandbox.accounts_url}"]
        result = project.run("--spotify-live", *urls, "--record-mode=rewrite")
        result.assert_outcomes(passed=11)
        tokens = (project.path / "tokens.txt").read_text().split()
        hidden = [*tokens, *(getattr(sandbox, name) for name in SECRETS)]
        address = sandbox.api_url.partition("/v1")[0]
    assert len(set(tokens)) == 3
    written = {path: path.read_text() for path in project.path.rglob("*.yaml")}
    assert len(written) == 11
    for path, text in [*written.items(), (Path("output"), result.stdout.str() + result.stderr.str())]:
        assert not [secret for secret in hidden if secret in text], path
        assert text.count(address) == 1, (
            "once: the target, in the header or in what a cassette says of itself"
        )


def test_rewrite_does_not_touch_the_recordings_of_others(project: Project):
    """It would delete what pytest-recording recorded of other hosts, so it wants ours to be selected."""
    project.bundled("get-track")
    project.file("test_other.py", "import pytest\n\n@pytest.mark.vcr\ndef test_other(): pass")
    theirs = project.file("cassettes/test_other/test_other.yaml", "interactions: []\nversion: 1")
    result = project.run("--spotify-sandbox", "--record-mode=rewrite")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    no_traceback(result)
    result.stderr.fnmatch_lines(
        ["*would also delete the cassettes of 1 tests*test_other.py::test_other*-m spotify*"]
    )
    assert theirs.exists()
    project.run("--spotify-sandbox", "--record-mode=rewrite", "-m", "spotify").assert_outcomes(
        passed=6, deselected=1
    )
    assert theirs.exists()


def test_a_case_that_should_have_failed(project: Project):
    """One that passes against a strict `xfail` has failed in pytest's eyes, and leaves its recording."""
    project.bundled("get-track")
    project.file(
        "conftest.py",
        """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                strict = item.name == "track"
                item.add_marker(pytest.mark.xfail(reason="the API is wrong here", strict=strict))
        """,
    )
    result = project.run(*SANDBOX, "-k", "track or no-token")
    assert result.parseoutcomes()["failed"] == 1
    assert "development/tracks/get-track/track.yaml" not in project.cassettes()
    assert "development/tracks/get-track/no-token.yaml" in project.cassettes()


def test_what_cannot_be_written_is_an_error_in_words(project: Project):
    """A folder that is a file: the case passed, and its end is an error with the path and the reason."""
    project.bundled("get-track")
    project.file("cassettes", "no folder")
    result = project.run("--spotify-sandbox", "--record-mode=rewrite", "-k", "no-token")
    result.assert_outcomes(passed=1, errors=1, deselected=5)
    no_traceback(result)
    result.stdout.fnmatch_lines(["*no-token.yaml: cannot be written: *"])


def test_a_project_redacts_more(project: Project):
    """`pytest_spotify_redact` changes what is written, and what is checked stays as it came."""
    project.bundled("get-track")
    project.file(
        "conftest.py",
        """
        from dataclasses import replace

        def pytest_spotify_redact(exchange):
            body = exchange.response.body.replace(b"Cut To The Feeling", b"A Title Of Ours")
            return replace(exchange, response=replace(exchange.response, body=body))
        """,
    )
    project.record()
    assert "A Title Of Ours" in (project.path / CASSETTE).read_text()
    assert "Cut To The Feeling" not in (project.path / CASSETTE).read_text()
    project.run().assert_outcomes(passed=6)
