"""The catalogue serves the ids of Spotify's documentation, and enough for second pages."""

from __future__ import annotations

import re

import pytest

from pytest_spotify.sandbox.catalogue import load
from pytest_spotify.sandbox.entities import spotify_id

_IDS = {
    "albums": (
        "4aawyAB9vmqN3uQ7FjRGTy",
        "0tGPJ0bkWOUmH7MEOR77qc",
        "382ObEPsp2rxGrnsizN5TX",
        "1A2GTWGtFfWp7KSQTwWOyo",
        "5ht7ItJgpBH7W6vJ5BqpPr",
        "2up3OPMp9Tb4dAKM2erWXQ",
        "1Je1IMUlBXcx1Fz0WE7oPT",
    ),
    "artists": (
        "0TnOYISbd1XYRBk9myaseg",
        "6sFIWsNpZYqfjUpaCgueju",
        "2CIMQHirSU0MQqyYHq0eOx",
        "57dN52uHvrHOxijzpIgu3E",
        "1vCWHaC5f2uS3yhpwWbIA6",
        "4NHQUGzhtTLFvgF5SZesLK",
    ),
    "tracks": (
        "11dFghVXANMlKmJXsNCbNl",
        "7ouMYWpwJ422jRcDASZB7P",
        "4VqPOruhp5EdPBeR92t6lQ",
        "2takcwOaAZWiXQijPHIx7B",
        "4iV5W9uYEdYUVa79Axb7Rh",
        "1301WleyT98MSxVHPZCA6M",
        "7a3LWj5xSFhFRYmztS8wgK",
        "0c6xIDDpzE81m2q797ordA",
    ),
    "shows": ("38bS44xjbVVZ3No3ByF1dJ", "5CfCWKI5pZ28U0uOzXkDHe", "5as3aKmN2k11yfDDDSrvaZ"),
    "episodes": (
        "512ojhOuo1ktJprKbVcKyQ",
        "0Q86acNRm6V9GYx55SXKwf",
        "5Xt5DXGzch68nYYamXrNxZ",
        "0zLhl3WsOCQHbe1BPTiHgr",
    ),
    "audiobooks": ("7iHfbu1YPACw6oZPAFJtqe", "1HGw3J3NxZO1TP1BTtVhpZ", "18yVqkdbdRvS24c0Ilj2ci"),
    "chapters": ("0D5wENdkdwbqlrHoaJ9g29", "0IsXVP0JmcB2adSE338GkK", "3ZXb8FKZGU0EHALYX6uCzU"),
    "categories": ("0JQ5DAqbMKFRY5ok2pxXJ0",),
    "users": ("smedjan", "jmperezperez"),
}


# Those that the live suites of tekore, spotipy and Spotify's TypeScript SDK ask for.
_IDS_OF_SUITES = {
    "albums": "3RBULTZJ97bvVzZLpxcB0j 04xe676vyiTeYNXw15o9jT 1vAbqAeuJVWNAe7UR00bdM 4EcfbzCtbJDk2wMwhT4D1h",
    "artists": "2SRIVGDkdqQnrQdaXxDkJt 3jOstUTkEu2JkjvRdBA5Gu 4Z8W4fKeB5YxbusRsdQVPb 2CWWgbxApjbyByxBBCvGTm",
    "tracks": "6v3KW9xbzN5yKLt9YKDYA2 5ZULALImTm80tzUbYQYM9d 6b2oQwSGFkzsMtQruIWm2p 2RM5Lx7VIp6GrLRsg2yXwW",
    "shows": "0Lsi13D8nWRkwbEkfNeItS 5c26B28vZMN8PG0Nppmn5G 7gozmLqbcbr6PScMjc0Zl4",
    "episodes": "3YPKYYsqrWZUdZTzF6dZ3F 68kq3bNz6hEuq8NtdfwERG 0I8z8uyoJ03X6SiLDo0h96",
    "audiobooks": "7sn0W2eNkETlJgbgmhijDI 67VtmjZitn25TWocsyAEyh 19Xw49IjNbOCCoebfy3qA9",
    "chapters": "3unl3xBGgXmvgfhx4RSXd3 0YnqT1sFFwyZN8p7PoqJSo 1T07H2V5GwrpPNAH6032ES",
    "categories": "0JQ5DAqbMKFEC4WFtoNRpw 0JQ5DAqbMKFDXXwE9BDJAr toplists",
    "users": "spinninrecordsofficial samsmithworld a#a akx 11124066204",
}


@pytest.mark.parametrize("kind", _IDS)
def test_documented_ids_are_served(kind: str) -> None:
    """Every id that Spotify's documentation gives as an example is in the catalogue."""
    assert set(_IDS[kind]) <= set(getattr(load(), kind))


@pytest.mark.parametrize("kind", _IDS_OF_SUITES)
def test_ids_of_client_suites_are_served(kind: str) -> None:
    """What the live suites of client libraries ask for is in the catalogue."""
    assert set(_IDS_OF_SUITES[kind].split()) <= set(getattr(load(), kind))


def test_there_are_two_thousand_objects() -> None:
    """The catalogue is large enough to search and page in."""
    kinds = ("artists", "albums", "tracks", "shows", "episodes", "audiobooks", "chapters", "playlists")
    assert sum(len(getattr(load(), kind)) for kind in kinds) > 2000


@pytest.mark.parametrize(
    "kind", ["albums", "artists", "tracks", "shows", "episodes", "audiobooks", "chapters"]
)
def test_ids_are_well_formed(kind: str) -> None:
    """Ids that are derived look like Spotify's own: 22 characters of base 62."""
    assert not [id_ for id_ in getattr(load(), kind) if not re.fullmatch("[0-9A-Za-z]{22}", id_)]


def test_second_pages_exist() -> None:
    """Documented examples are long enough for a second page at the usual page size."""
    known = load()

    assert len(known.albums["4aawyAB9vmqN3uQ7FjRGTy"].track_ids) == 18
    assert len(known.shows["38bS44xjbVVZ3No3ByF1dJ"].episode_ids) > 50
    assert len(known.audiobooks["7iHfbu1YPACw6oZPAFJtqe"].chapter_ids) > 50
    assert len([each for each in known.albums.values() if each.artists[0].name == "Pitbull"]) >= 12
    assert len(known.categories) > 20


def test_named_parts_lie_in_their_whole() -> None:
    """A documented episode and chapter belong to the show and audiobook of the same documentation."""
    known = load()

    assert known.episodes["512ojhOuo1ktJprKbVcKyQ"].show.id == "38bS44xjbVVZ3No3ByF1dJ"
    assert known.chapters["0D5wENdkdwbqlrHoaJ9g29"].audiobook.id == "7iHfbu1YPACw6oZPAFJtqe"
    assert known.tracks["11dFghVXANMlKmJXsNCbNl"].album.id == "0tGPJ0bkWOUmH7MEOR77qc"


def test_every_reference_resolves() -> None:
    """Albums, shows, audiobooks and playlists name nothing that is not there."""
    known = load()
    uris = [uri for seed in known.playlists for uri in seed.uris if uri and "local" not in uri]

    assert {id_ for each in known.albums.values() for id_ in each.track_ids} == set(known.tracks)
    assert {id_ for each in known.shows.values() for id_ in each.episode_ids} == set(known.episodes)
    assert {id_ for each in known.audiobooks.values() for id_ in each.chapter_ids} == set(known.chapters)
    assert all(known.has(uri) for uri in uris)


def test_derived_ids_never_change() -> None:
    """Cassettes hold derived ids: the same words give the same id for ever."""
    assert spotify_id("a") == "358QjGr0Y72GTeSdYY3ciO"


def test_every_genre_seed_is_there() -> None:
    """Recommendations start from the 126 genres that Spotify listed."""
    assert len(set(load().genre_seeds)) == len(load().genre_seeds) == 126


def test_examples_that_play_an_album_work() -> None:
    """The reference plays an album from its sixth track, so there must be one."""
    assert len(load().albums["5ht7ItJgpBH7W6vJ5BqpPr"].track_ids) > 5
