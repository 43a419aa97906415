"""Tests of the kind that such an app has."""

import app


def test_track():
    assert len(app.track()) == 3


def test_year():
    assert isinstance(app.year(), str)


def test_tracks():
    assert isinstance(app.tracks()[0], list)


def test_shelf():
    assert isinstance(app.shelf(), list)


def test_hits():
    assert isinstance(app.hits(), list)


def test_artist():
    assert isinstance(app.artist(), str)


def test_rows():
    assert isinstance(app.rows(), list)
