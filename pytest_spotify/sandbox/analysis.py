"""What Spotify measured of a track, made up from its id: the same every time."""

from __future__ import annotations

from pytest_spotify.sandbox.call import Call
from pytest_spotify.sandbox.entities import Track, hex_for, number_for
from pytest_spotify.sandbox.shapes import Body


def features(call: Call, one: Track) -> Body:
    """Write the audio features of a track."""
    return {
        "danceability": _share(one, "danceability"),
        "energy": _share(one, "energy"),
        "key": number_for(0, 11, "key", one.id),
        "loudness": _loudness(one),
        "mode": number_for(0, 1, "mode", one.id),
        "speechiness": _share(one, "speechiness"),
        "acousticness": _share(one, "acousticness"),
        "instrumentalness": _share(one, "instrumentalness"),
        "liveness": _share(one, "liveness"),
        "valence": _share(one, "valence"),
        "tempo": _tempo(one),
        "type": "audio_features",
        "id": one.id,
        "uri": f"spotify:track:{one.id}",
        "track_href": call.url(f"/tracks/{one.id}"),
        "analysis_url": call.url(f"/audio-analysis/{one.id}"),
        "duration_ms": one.duration_ms,
        "time_signature": 4,
    }


def analysis(one: Track) -> Body:
    """Write the audio analysis of a track: few parts, evenly laid."""
    seconds = one.duration_ms / 1000
    key, mode = number_for(0, 11, "key", one.id), number_for(0, 1, "mode", one.id)
    common = {
        "loudness": _loudness(one),
        "tempo": _tempo(one),
        "tempo_confidence": _share(one, "tempo confidence"),
        "time_signature": 4,
        "time_signature_confidence": _share(one, "signature confidence"),
        "key": key,
        "key_confidence": _share(one, "key confidence"),
        "mode": mode,
        "mode_confidence": _share(one, "mode confidence"),
    }
    return {
        "meta": {
            "analyzer_version": "4.0.0",
            "platform": "Linux",
            "detailed_status": "OK",
            "status_code": 0,
            "timestamp": 1495193577,
            "analysis_time": 6.93906,
            "input_process": "libvorbisfile L+R 44100->22050",
        },
        "track": {
            "num_samples": round(seconds * 22050),
            "duration": seconds,
            "sample_md5": "",
            "offset_seconds": 0,
            "window_seconds": 0,
            "analysis_sample_rate": 22050,
            "analysis_channels": 1,
            "end_of_fade_in": 0.0,
            "start_of_fade_out": round(seconds - 6, 5),
            **common,
            "codestring": hex_for(32, "code", one.id),
            "code_version": 3.15,
            "echoprintstring": hex_for(32, "echo", one.id),
            "echoprint_version": 4.15,
            "synchstring": hex_for(32, "synch", one.id),
            "synch_version": 1.0,
            "rhythmstring": hex_for(32, "rhythm", one.id),
            "rhythm_version": 1.0,
        },
        "bars": _parts(one, "bar", seconds, 8),
        "beats": _parts(one, "beat", seconds, 16),
        "sections": [{**part, **common} for part in _parts(one, "section", seconds, 3)],
        "segments": [
            {
                **part,
                "loudness_start": -23.053,
                "loudness_max": -14.25,
                "loudness_max_time": 0.07305,
                "loudness_end": 0.0,
                "pitches": [_share(one, "pitch", number) for number in range(12)],
                "timbre": [round(_share(one, "timbre", number) * 100 - 50, 3) for number in range(12)],
            }
            for part in _parts(one, "segment", seconds, 4)
        ],
        "tatums": _parts(one, "tatum", seconds, 16),
    }


def _parts(one: Track, name: str, seconds: float, count: int) -> list[Body]:
    return [
        {
            "start": round(number * seconds / count, 5),
            "duration": round(seconds / count, 5),
            "confidence": _share(one, name, number),
        }
        for number in range(count)
    ]


def _share(one: Track, *words: object) -> float:
    return number_for(1, 999, one.id, *words) / 1000


def _loudness(one: Track) -> float:
    return number_for(-12_000, -3_001, "loudness", one.id) / 1000


def _tempo(one: Track) -> float:
    return number_for(80_001, 180_000, "tempo", one.id) / 1000
