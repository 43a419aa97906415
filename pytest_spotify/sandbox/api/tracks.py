"""Tracks: one, several, what was measured of them, and what is like them."""

from __future__ import annotations

from pytest_spotify.sandbox import analysis
from pytest_spotify.sandbox.call import Answer, ApiError, Call
from pytest_spotify.sandbox.paging import Limits, limit_of
from pytest_spotify.sandbox.shapes import Body
from pytest_spotify.sandbox.tracks import track

_RECOMMENDED = Limits(most=100, usual=20)


def get_track(call: Call) -> Answer:
    """Answer one track."""
    return Answer(body=track(call, call.find(call.catalogue.tracks), alone=True))


def get_tracks(call: Call) -> Answer:
    """Answer up to 50 tracks; null stands for an unknown one."""
    return Answer(body={"tracks": call.several(call.catalogue.tracks, track, most=50)})


def get_features(call: Call) -> Answer:
    """Answer what was measured of one track."""
    return Answer(body=analysis.features(call, call.find(call.catalogue.tracks)))


def get_several_features(call: Call) -> Answer:
    """Answer what was measured of up to 100 tracks; null stands for an unknown one."""
    return Answer(body={"audio_features": call.several(call.catalogue.tracks, analysis.features, most=100)})


def get_analysis(call: Call) -> Answer:
    """Answer what was measured along one track."""
    return Answer(body=analysis.analysis(call.find(call.catalogue.tracks)))


def get_recommendations(call: Call) -> Answer:
    """Answer tracks like the seeds, of which there are one to five."""
    seeds = [
        _seed(call, kind, id_)
        for kind, name in (("artist", "seed_artists"), ("track", "seed_tracks"), ("genre", "seed_genres"))
        for id_ in call.words(name)
    ]
    if not 1 <= len(seeds) <= 5:
        raise ApiError(400, "invalid request")
    rows = list(call.catalogue.tracks.values())[: limit_of(call, _RECOMMENDED)]
    return Answer(body={"tracks": [track(call, each) for each in rows], "seeds": seeds})


def _seed(call: Call, kind: str, id_: str) -> Body:
    return {
        "initialPoolSize": 250,
        "afterFilteringSize": 250,
        "afterRelinkingSize": 250,
        "id": id_,
        "type": kind.upper(),
        "href": None if kind == "genre" else call.url(f"/{kind}s/{id_}"),
    }


HANDLERS = {
    "get-track": get_track,
    "get-several-tracks": get_tracks,
    "get-audio-features": get_features,
    "get-several-audio-features": get_several_features,
    "get-audio-analysis": get_analysis,
    "get-recommendations": get_recommendations,
}
