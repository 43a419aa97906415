"""The search for secrets: every place and form, no false alarm, never a value."""

from __future__ import annotations

import gzip
import json
import os
import random
import time

import pytest

from pytest_spotify.cassettes.persister import write
from pytest_spotify.cassettes.writer import serialize
from pytest_spotify.errors import LeakFound, UnrecordableTraffic
from pytest_spotify.formats import content_encoding
from pytest_spotify.redaction import encodings_of
from pytest_spotify.redaction.redact import redact_exchanges
from pytest_spotify.redaction.scan import find_secrets
from tests.support.machine import is_in_time
from tests.support.secret_forms import FORMS, PACKED, new_secret
from tests.support.traffic_samples import ALBUM, exchange, har, vcr_cassette

SCALE = int(os.environ.get("TEST_SCALE", "1"))
API = "https://api.spotify.com/v1"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_found(form):
    """A secret is found in every form, with its line and its name, and the finding does not hold it."""
    rng = random.Random(form)
    for _ in range(5 * SCALE):
        secret = new_secret(rng)
        text = f'interactions:\n- a: b\n- key: "{FORMS[form](secret)}"\nversion: 1\n'
        leaks = find_secrets(text, {"the secret": secret}, "a.yaml")
        assert [leak for leak in leaks if leak.line == 3 and "the secret" in leak.form], form
        assert all(leak.place == f"a.yaml, line {leak.line}" for leak in leaks)
        for leak in leaks:
            assert secret[:6] not in repr(leak)
            assert secret[-6:] not in repr(leak)


@pytest.mark.parametrize("form", PACKED)
def test_compressed_files_are_opened(form):
    """A whole file that is compressed, once or twice, is searched as well."""
    secret = new_secret(random.Random(4))
    text = json.dumps({"filler": [ALBUM] * 20, "key": secret})
    assert find_secrets(PACKED[form](text.encode()), [secret], "a.har.gz")


def test_compressed_files_that_cannot_be_opened_are_told():
    """A file that is cut, or holds more than is read, is a finding: nobody knows what is in it."""
    secret = new_secret(random.Random(4))
    whole = gzip.compress(b"\xff" * 17_000_000 + secret.encode(), 1)
    assert [leak.form for leak in find_secrets(whole, [secret], "a.har.gz")] == ["a secret, gzip"]
    bomb = gzip.compress(bytes(content_encoding.MAX_DECODED + 1), 1)
    for data in (whole[:-9], bomb, PACKED["zstd"](whole)[:-9]):
        [leak] = find_secrets(data, [secret], "a.har.gz")
        assert leak.form.startswith("a compressed file, damaged, over 67108864 bytes, or")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_wide_encodings_are_searched(encoding):
    """A file in UTF-16 or UTF-32 hides nothing."""
    secret = new_secret(random.Random(4))
    assert find_secrets(f"a: {secret}\n".encode(encoding), [secret], "a.yaml")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_files_with_a_byte_order_mark_are_read_by_it(encoding):
    """What only looks like a secret is found in such a file, in its line."""
    text = '{\n"access_token": "NgCXRKMzYjw"}'
    [leak] = find_secrets(text.encode(encoding), [], "a.har")
    assert (leak.line, leak.form) == (2, f"the value of access_token, {encoding.upper()}")


SUSPECT = {
    "Authorization: Bearer abc12345xyz": "an Authorization value",
    "    Authorization:\n    - Basic aWQ6c2VjcmV0c2VjcmV0\n": "an Authorization value",
    '{"name": "Authorization", "value": "Bearer abcdefgh"}': "an Authorization value",
    "curl -H 'bearer aB3dE6gH9jK2mN5p'": "an Authorization value",
    '"access_token": "NgCXRKMzYjw"': "the value of access_token",
    '{\\"refresh_token\\": \\"NgAagAUm_SHo\\"}': "the value of refresh_token",
    "grant_type=x&client_secret=7a6b5c4d3e2f1a0b&y=1": "the value of client_secret",
    "code_verifier=7a6b5c4d3e2f1a0b": "the value of code_verifier",
    "token BQ" + "aB3-" * 20: "what looks like a Spotify token",
    "x=AQ" + "aB3_" * 30 + ";": "what looks like a Spotify token",
    "write to anna@mail.se": "an e-mail address",
    '{"params": [{"name": "client_secret", "value": "7a6b5c4d3e2f1a0b"}]}': "the value of client_secret",
    'name="client_secret"\r\nContent-Type: text/x\r\n\r\n7a6b5c4d3e2f1a0b\r\n': "the value of client_secret",
    "SPOTIPY_CLIENT_SECRET=7a6b5c4d3e2f1a0b": "the value of client_secret",
    '{"refreshToken":"NgAagAUm_SHo"}': "the value of refreshtoken",
    "access_token:\n- NgCXRKMzYjw": "the value of access_token",
    "access_token: >-\n  NgCXRKMzYjw": "the value of access_token",
    "curl -H 'basic aWQ6c2VjcmV0c2VjcmV0'": "an Authorization value",
}


@pytest.mark.parametrize("text", SUSPECT)
def test_what_looks_like_a_secret_is_found(text):
    """What nobody named is found by its look."""
    assert SUSPECT[text] in " ".join(leak.form for leak in find_secrets(text, [], "a"))


HARMLESS = [
    "Authorization: Bearer ***",
    "Authorization: ['Bearer ***']",
    '{"name": "Authorization", "value": "Bearer removed"}',
    "Authorization: Bearer $SPOTIFY_TOKEN",
    "Authorization: Bearer test-token-1",
    "Only valid bearer authentication supported",
    'Bearer realm="spotify", error="invalid_token", error_description="Invalid access token"',
    '"access_token": "***"',
    "client_secret=xxxxxxxxxxxx",
    "refresh_token=self._refresh_token",
    "basic understanding of authorization",
    "Basic Responsibilities, and other songs",
    '"description": "Basic HTML5/CSS3/JavaScript. Basic Internationalization"',
    "The Bearer TransfigurationOfSongs",
    "Authorization: Bearer undefined",
    "Authorization: Bearer not-valid-wrong-one",
    '"access_token": "NgCXRK...MzYjw"',
    "snapshot_id: MTY3ODQyNjc1MSwwMDAwMDAwMDY1M2Y3ZjZhYTQyNjE5NmYzZWEwMGI2YTI4NmUwZGY2",
    "AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "user-1@example.com someone@test x@sub.example.org icon@2x.png",
    "@handle a@b",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_stands_for_a_secret_is_no_leak(text):
    """Placeholders, prose and ordinary ids give no alarm."""
    assert find_secrets(text, [], "a") == []


def test_ordinary_recordings_give_no_alarm():
    """Thousands of ids, hashes, links and snapshots hold nothing that looks like a secret."""
    rng = random.Random(4)
    ids = ["".join(rng.choices("0123456789abcdefABCDEF", k=22)) for _ in range(500 * SCALE)]
    hashes = [f"{rng.getrandbits(160):040x}" for _ in range(500 * SCALE)]
    one = exchange(
        {"ids": ids, "images": [f"https://i.scdn.co/image/{value}" for value in hashes], "album": ALBUM}
    )
    secrets = [new_secret(rng) for _ in range(10)]
    for data in (serialize(redact_exchanges([one] * 2), {}), har([one]), vcr_cassette([one])):
        assert find_secrets(data.replace(b"Bearer x", b""), secrets, "a") == []


def test_short_values_are_not_sought():
    """A value under eight characters would be found everywhere, and so would the words of a longer one."""
    assert find_secrets("development sandbox-x", ["develop", "sandbox-client-secret"], "a") == []


def plant(form: str, rng: random.Random) -> list[tuple[str, str, object]]:
    """Return (place, secret, exchange) for each place of an exchange, with a secret in this form in it."""
    planted = []

    def put(place, build):
        secret = new_secret(rng)
        planted.append((f"{place}, {form}", secret, build(FORMS[form](secret))))

    put("Authorization", lambda text: exchange(request_headers={"Authorization": f"Bearer {text}"}))
    put("Basic", lambda text: exchange(request_headers={"Authorization": f"Basic {text}"}))
    put("no scheme", lambda text: exchange(request_headers={"Authorization": text}))
    put("Cookie", lambda text: exchange(request_headers={"Cookie": f"sp_dc={text}"}))
    put("X-Token", lambda text: exchange(request_headers={"X-Token": text, "Proxy-Authorization": text}))
    put("Accept", lambda text: exchange(request_headers={"Accept": text}))
    put("Set-Cookie", lambda text: exchange(response_headers={"Set-Cookie": f"sp_t={text}; Path=/"}))
    put("Location", lambda text: exchange(response_headers={"Location": f"https://x/?code={text}"}))
    put("Link", lambda text: exchange(response_headers={"Link": f"<https://x/{text}>; rel=next"}))
    put("Cache-Control", lambda text: exchange(response_headers={"Cache-Control": f"private, {text}"}))
    put("query", lambda text: exchange(url=f"{API}/search?q={text}"))
    put("fragment", lambda text: exchange(url=f"{API}/me#access_token={text}"))
    put("form", lambda text: exchange(sent=f"grant_type=x&code={text}".encode(), method="POST"))
    put("multipart", lambda text: exchange(sent=f"--x\r\n\r\n{text}\r\n--x--".encode(), method="POST"))
    put("JSON sent", lambda text: exchange(sent=json.dumps({"a": [text]}).encode(), method="PUT"))
    put("JSON string", lambda text: exchange({"a": {"b": [{"c": text}]}}))
    put("JSON key", lambda text: exchange({"a": {text: 1}}))
    put("JSON link", lambda text: exchange({"next": f"{API}/me?access_token={text}&x=1"}))
    put("error", lambda text: exchange({"error": "x", "error_description": f"bad {text}"}, status=400))
    put(
        "HTML",
        lambda text: exchange(
            f"<html><b>{text}</b>".encode(), response_headers={"Content-Type": "text/html"}
        ),
    )
    put("path", lambda text: exchange(url=f"{API}/users/{text}/playlists"))
    return planted


@pytest.mark.parametrize(
    ("one_in", "least"), [(8, 85), pytest.param(1, 700, marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_no_planted_secret_is_ever_written(tmp_path, one_in, least):
    """In any place and form, a secret is scrubbed or the file refused: no file holds one, decoded or not."""
    rng = random.Random(4)
    # No divisor of the number of places: of every form and of every place there are some.
    planted = [item for form in FORMS for item in plant(form, rng)][::one_in]
    assert len(planted) > least
    written = told = 0
    refusals = []
    for number, (_, secret, one) in enumerate(planted):
        path = tmp_path / f"{number}.yaml"
        try:
            write(
                path,
                redact_exchanges([one], [secret]),
                {"target": "spotify"},
                root=tmp_path,
                secrets=[secret],
            )
        except (LeakFound, UnrecordableTraffic) as error:
            refusals.append(str(error))
            told += secret[:8] in str(error)
        else:
            written += 1
            assert secret.lower() not in path.read_text().lower()
            assert find_secrets(path.read_bytes(), [secret], "") == []
    assert (written + len(refusals), told) == (len(planted), 0)
    assert len(list(tmp_path.iterdir())) == written
    # A secret as such is scrubbed, not refused: recording must go on.
    plain = [item for item in plant("plain", rng) if not item[0].startswith("JSON key")]
    for name, secret, one in plain:
        write(tmp_path / "plain.yaml", redact_exchanges([one], [secret]), {}, root=tmp_path, secrets=[secret])
        assert name


def test_missing_decoders_are_told(monkeypatch):
    """Where br or zstd cannot be opened, the installation says so."""
    assert content_encoding.missing() == []
    monkeypatch.setattr(content_encoding, "_first", lambda *names: None)
    assert content_encoding.missing() == ["br", "zstd"]
    assert find_secrets(PACKED["br"](b"x" * 100), ["x" * 50], "a") == []


HOLDING_UP = {
    "blanks after a name": "authorization" + " " * 250_000,
    "blanks after many": ("access_token" + " " * 5_000) * 50,
    "lines after a name": 'client_secret"\n' + "A: client_secret\n" * 15_000,
    "schemes": "Bearer aB3dE6gH9jK2mN5pQ " * 10_000,
    "backslashes": "\\" * 250_000,
    "addresses": "".join(f"a{number}@b.se " for number in range(10_000)),
}


@pytest.mark.parametrize("name", HOLDING_UP)
def test_no_text_holds_the_search_up(name):
    """Nor scrubbing: a quarter of a megabyte made to cost the patterns most does not take hours."""
    text = HOLDING_UP[name]
    start = time.process_time()
    find_secrets(text, [new_secret(random.Random(1))], "a")
    redact_exchanges([exchange({"a": text})])
    assert is_in_time(time.process_time() - start, 10)


def test_every_encoding_that_is_hidden_is_found():
    """Each encoding that output and cassettes hide a secret in is one that the search names."""
    secret = "BQDk3/x+" + new_secret(random.Random(7))
    # What begins at another byte stands among the characters of its neighbours, which are not there.
    whole = {name: encoded for name, encoded in encodings_of(secret).items() if "byte" not in name}
    for name, encoded in whole.items():
        forms = [finding.form for finding in find_secrets(encoded, {"TOKEN": secret}, "a.yaml")]
        assert f"TOKEN, {name.replace('base64url', 'base64')}" in forms
