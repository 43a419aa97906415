"""Three mistakes, each caught: run with `pytest mistakes.py --spotify-sandbox`."""

import pytest

import discography

pytestmark = pytest.mark.spotify
ARTIST = "0TnOYISbd1XYRBk9myaseg"


def test_removed_operation():
    """Development mode lost it on 2026-02-11; the app takes the error for an artist without hits."""
    assert isinstance(discography.hits(discography.sign_in(), ARTIST), list)


def test_limit_over_the_maximum():
    """Development mode gives at most 10 albums a page."""
    answer = discography.sign_in().get(f"{discography.API}/artists/{ARTIST}/albums?limit=50", timeout=30)
    assert answer.json()


def test_field_that_is_no_longer_sent():
    """Development mode no longer says how many people follow an artist."""
    artist = discography.sign_in().get(f"{discography.API}/artists/{ARTIST}", timeout=30).json()
    assert artist["followers"]["total"] > 0
