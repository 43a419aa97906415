"""What is shown of a text: none of a secret, and all of the rest."""

from __future__ import annotations

import base64
import random
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_spotify.redaction.masking import OutputMasker
from tests.support.secret_forms import new_secret

SECRET = "BQDk3/x+" + new_secret(random.Random(5))
shown = OutputMasker([SECRET])


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        SECRET.upper(),
        SECRET[:8],
        SECRET[-8:],
        SECRET[10:18],
        quote(SECRET, safe=""),
        SECRET.encode().hex(),
        SECRET.encode().hex().upper(),
        base64.b64encode(SECRET.encode()).decode().rstrip("=")[:-1],
        base64.b64encode(f"id:{SECRET}".encode()).decode()[4:-4],
        base64.urlsafe_b64encode(f"i{SECRET}".encode()).decode()[2:-4],
        base64.b64encode(f"id{SECRET}".encode()).decode()[3:-4],
    ],
)
def test_every_form_is_hidden(form: str):
    """As it is, cut, percent-encoded, in hex and base64 at any alignment; what stands around it stays."""
    assert shown.text(f"<{form}> and {form}|") == "<***> and ***|"


def test_what_pytest_shortens_is_hidden():
    """Beginning and end of a long value are hidden where they are long enough to mean something."""
    assert shown.text(f"'Bearer {SECRET[:12]}...{SECRET[-15:]}'") == "'Bearer ***...***'"
    assert shown.text(f"'Bearer {SECRET[:7]}...'") == f"'Bearer {SECRET[:7]}...'"


def test_ordinary_text_stays():
    """Nothing is known: nothing is hidden. A short value is not sought, it would be found everywhere."""
    text = f"{SECRET} a test of some thing, 12345678 \u0130\U0001f525"
    assert OutputMasker([]).text(text) == text
    assert OutputMasker(["a test"]).text(text) == text
    assert shown.text(text) == text.replace(SECRET, "***")


def test_made_up_values_and_addresses_count_whole():
    """Their pieces are words that stand everywhere."""
    hidden = OutputMasker(["my-client-secret", "somebody@mail.example"])
    assert (
        hidden.text("client-secret of somebody at mail.example")
        == "client-secret of somebody at mail.example"
    )
    assert hidden.text("my-client-secret, SOMEBODY@mail.example") == "***, ***"


@given(
    st.lists(st.sampled_from([SECRET, SECRET[3:], SECRET[:20], "\u0130", "a ", "..", SECRET[:5]]), max_size=8)
)
@settings(deadline=None, database=None)
def test_no_piece_is_left(parts: list[str]):
    """However pieces are put together, none of eight characters is left."""
    text = shown.text("".join(parts)).lower()
    pieces = {SECRET[at : at + 8].lower() for at in range(len(SECRET) - 7)}
    assert not any(text[at : at + 8] in pieces for at in range(len(text)))
