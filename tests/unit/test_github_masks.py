"""Masks for GitHub Actions: which forms, how they are written, and only there."""

from __future__ import annotations

import base64
import os
from urllib.parse import quote

from pytest_spotify.auth.credentials import Credentials
from pytest_spotify.auth.token import Token
from pytest_spotify.auth.user import secret_values
from pytest_spotify.redaction import Secret
from pytest_spotify.redaction.workflow_commands import emit_masks, in_github_actions


def written(*texts: str) -> list[str]:
    reader, writer = os.pipe()
    try:
        emit_masks(texts, descriptor=writer)
    finally:
        os.close(writer)
    with os.fdopen(reader) as file:
        return file.read().splitlines()


def masked(*texts: str) -> set[str]:
    """Return what the runner masks after these lines: it decodes a command's data."""
    prefix = "::add-mask::"
    values = [line.removeprefix(prefix) for line in written(*texts) if line.startswith(prefix)]
    return {value.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%") for value in values}


def test_masks_are_for_github_actions_alone():
    """Anywhere else a mask would show the very thing."""
    assert in_github_actions({"GITHUB_ACTIONS": "true"})
    assert not in_github_actions({"GITHUB_ACTIONS": ""})
    assert not in_github_actions({"CI": "true"})


def test_every_usual_form_is_masked():
    """As it stands, percent-encoded, in base64 and with JSON's escaped slash."""
    token = "BQ/some+token=with?all%that"

    forms = masked(token)

    assert {token, quote(token, safe=""), token.replace("/", "\\/")} <= forms
    for coded in (base64.b64encode(token.encode()), base64.urlsafe_b64encode(token.encode())):
        assert any(form in coded.decode() for form in forms)


def test_each_command_has_a_line_of_its_own():
    """The runner sees commands at the start of a line only, and dots of tests may stand in this one."""
    lines = written("BQsome-token")

    assert lines[0] == ""
    assert all(not line or line.startswith("::add-mask::") for line in lines)


def test_what_is_too_short_to_be_a_secret_is_left_readable():
    """A mask of two letters would blacken the log."""
    assert masked("ab", "") == set()


def test_the_secrets_of_tokens_and_credentials_are_found():
    """Both tokens; the client's secret, its refresh token and the pair of a Basic header."""
    token = Token(access_token=Secret("BQaccess"), refresh_token=Secret("AQrefresh"))
    credentials = Credentials(client_id="id", client_secret=Secret("secret"), refresh_token=Secret("AQ1"))

    assert set(secret_values(token)) == {"BQaccess", "AQrefresh"}
    assert set(secret_values(credentials)) == {"secret", "AQ1", "id:secret"}
    assert secret_values(Credentials(client_id="id")) == []
    pair = base64.b64encode(b"id:secret").decode().rstrip("=")
    assert pair in masked(*secret_values(credentials))
