import math

import pytest

from pytest_spotify.auth.token import Token, lifetime, token_from_response
from pytest_spotify.errors import ServiceError
from pytest_spotify.redaction import Secret

ANSWER = {
    "access_token": "BQaccess",
    "token_type": "Bearer",
    "scope": "user-read-email playlist-read-private",
}


def test_an_answer_becomes_a_token():
    """Scopes are taken apart at blanks, and the life counts from the receipt."""
    answer = ANSWER | {"expires_in": 3600, "refresh_token": "AQnew"}

    token = token_from_response(answer, user=True, now=100.0, refresh_token=Secret("AQold"))

    assert token == Token(
        access_token=Secret("BQaccess"),
        refresh_token=Secret("AQnew"),
        scopes=frozenset(("user-read-email", "playlist-read-private")),
        expires_at=3700.0,
        user=True,
    )


@pytest.mark.parametrize(
    "brought", [{}, {"refresh_token": ""}, {"refresh_token": None}, {"refresh_token": 7}]
)
def test_the_old_refresh_token_is_kept_where_none_comes(brought):
    """Spotify's refresh answers have had none since mid 2026; an empty one is none."""
    token = token_from_response(ANSWER | brought, user=True, now=0.0, refresh_token=Secret("AQold"))

    assert token.refresh_token == Secret("AQold")


def test_scopes_that_were_never_named_are_not_known():
    """An answer without `scope` after no other one is not an answer that grants no scope."""
    answer = {"access_token": "BQaccess", "token_type": "bearer"}

    assert token_from_response(answer, user=True, now=0.0).scopes is None
    assert token_from_response(answer | {"scope": ""}, user=True, now=0.0).scopes == set()
    assert token_from_response(answer | {"scope": None}, user=True, now=0.0).scopes is None


def test_the_old_scopes_are_kept_where_none_are_named():
    """RFC 6749 section 6: an answer without `scope` grants what was granted before."""
    answer = {"access_token": "BQaccess", "token_type": "bearer"}

    assert token_from_response(answer, user=True, now=0.0, scopes=frozenset(("a",))).scopes == {"a"}
    assert (
        token_from_response(answer | {"scope": ""}, user=True, now=0.0, scopes=frozenset(("a",))).scopes
        == set()
    )


@pytest.mark.parametrize(
    ("expires_in", "expected"),
    [
        (3600, 3600),
        ("3600", 3600),
        (1800.5, 1800.5),
        (None, 3600),
        (0, 3600),
        (-1, 3600),
        ("soon", 3600),
        ("", 3600),
        (True, 3600),
        ([], 3600),
        (math.nan, 3600),
        (math.inf, 3600),
        ("-inf", 3600),
        (10**400, 3600),
        (1e12, 86400),
        (1e-9, 10),
    ],
)
def test_absurd_lives_are_read_as_something_sane(expires_in, expected):
    """Missing, negative, huge, text: a token always has a life between seconds and a day."""
    assert lifetime(expires_in) == expected


def test_a_token_is_old_a_minute_before_its_end():
    """A request that is on its way when a token ends would get a 401."""
    token = token_from_response(ANSWER | {"expires_in": 3600}, user=True, now=0.0)

    assert token.is_fresh(3539.0)
    assert not token.is_fresh(3540.0)


def test_a_short_lived_token_is_fresh_for_half_its_life():
    """A margin longer than the life would ask for a new token with every request."""
    token = token_from_response(ANSWER | {"expires_in": 20}, user=True, now=0.0)

    assert token.is_fresh(9.0)
    assert not token.is_fresh(10.0)


@pytest.mark.parametrize(
    "broken",
    [
        {"access_token": None},
        {"access_token": ""},
        {"access_token": 7},
        {"access_token": "BQ\r\nX-Evil: 1"},
        {"access_token": "BQ blank"},
        {"access_token": "BQ\u00e9"},
        {"token_type": "mac"},
        {"token_type": None},
    ],
)
def test_an_unusable_answer_is_the_services_fault(broken):
    """A 200 without a usable Bearer token is an outage, and its message holds no token."""
    with pytest.raises(ServiceError) as failure:
        token_from_response(ANSWER | broken, user=True, now=0.0)

    assert "BQ" not in str(failure.value)
