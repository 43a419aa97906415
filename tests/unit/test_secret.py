import copy
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_spotify.auth.credentials import Credentials
from pytest_spotify.auth.token import Token
from pytest_spotify.redaction import Secret
from tests.support.project import Project

SEED = "BQseed-0123456789-abcdefghijklmnop"


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(repr, id="repr"),
        pytest.param(str, id="str"),
        pytest.param(lambda secret: f"{secret}", id="format"),
        pytest.param(lambda secret: f"{secret!r:>40}", id="repr-padded"),
        pytest.param(lambda secret: f"{secret:>40}", id="format-padded"),
        pytest.param(lambda secret: ", ".join(map(str, [secret])), id="join"),
        pytest.param(lambda secret: repr([secret, {"a": secret}]), id="nested"),
        pytest.param(lambda secret: repr(Token(access_token=secret, refresh_token=secret)), id="token"),
        pytest.param(lambda secret: repr(Credentials(client_secret=secret)), id="credentials"),
        pytest.param(lambda secret: repr(copy.deepcopy({"a": secret})), id="deepcopy"),
    ],
)
def test_a_secret_shows_a_mask(shown):
    """No way of turning a secret into text shows it, but `reveal()`."""
    text = shown(Secret(SEED))

    assert "***" in text
    assert SEED[:8] not in text


def test_a_secret_is_compared_by_value_and_with_secrets_only():
    """Equal secrets are equal and hash alike; a plain text is never equal to one."""
    assert Secret(SEED) == Secret(SEED)
    assert hash(Secret(SEED)) == hash(Secret(SEED))
    assert Secret(SEED) != Secret("other")
    assert Secret(SEED) != SEED


def test_a_secret_is_neither_measured_nor_taken_apart():
    """Its length and its characters are nobody's business, and it has no attribute to read them from."""
    secret = Secret(SEED)

    for action in (
        len,
        iter,
        vars,
        pickle.dumps,
        lambda s: s[0],
        lambda s: s + "x",
        lambda s: s.__getstate__(),
    ):
        with pytest.raises(TypeError) as failure:
            action(secret)
        assert SEED[:8] not in str(failure.value)
    assert secret.reveal() == SEED


FAILING = """
from pytest_spotify.redaction import Secret
from pytest_spotify.auth.token import Token

def make(text):
    return Secret(text)

def test_diff():
    token = Token(access_token=make("BQ" + "seed-0123456789-abcdefghijklmnop"))
    assert token == Token(access_token=make("other"))

def test_compared_with_text():
    secret = make("BQ" + "seed-0123456789-abcdefghijklmnop")
    assert [secret, str(secret), f"{secret}"] == ["Bearer"]
"""


@pytest.mark.parametrize("more", [[], pytest.param(["--full-trace"], marks=pytest.mark.slow)])
def test_a_failing_test_does_not_show_a_secret(project: Project, more: list[str]):
    """Neither an assertion diff nor --showlocals nor junit.xml gives a secret away."""
    (project.path / "test_it.py").write_text(FAILING)
    options = ("-vv", "--showlocals", "--tb=long", "-rA", "--junitxml=junit.xml", *more)
    result = project.run(*options, "test_it.py")

    result.assert_outcomes(failed=2)
    told = result.stdout.str() + result.stderr.str() + (project.path / "junit.xml").read_text()
    # The test's own source line holds the seed in two parts; the whole is nowhere.
    assert SEED not in told
    assert "***" in told


def test_secrets_and_credentials_load_no_http_client():
    """What says that a variable is missing has to be cheap: nothing heavy is imported for it."""
    program = (
        "import sys, pytest_spotify.auth.credentials, pytest_spotify.auth.token\n"
        "import pytest_spotify.transport.target\n"
        "print(sorted({'requests', 'urllib3', 'filelock', 'platformdirs'} & set(sys.modules)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout == "[]\n"
