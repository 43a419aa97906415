"""Scrubbing: what is kept, what stands in place of the rest, and that checks and replay still work."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_spotify.cassettes import Cassette
from pytest_spotify.cassettes.player import CassettePlayer
from pytest_spotify.errors import UnrecordableTraffic
from pytest_spotify.exchange import Headers
from pytest_spotify.redaction import ACCOUNT
from pytest_spotify.redaction.redact import redact_exchanges, redact_values
from pytest_spotify.redaction.scan import find_secrets
from tests.support.traffic_samples import exchange

API = "https://api.spotify.com/v1"
NAME = "31l77y2al5lnn7mxfrmd4bpfhqke"
IDENTITY = {"id": NAME, "email": "anna.example@mail.invalid.se", "display_name": "Anna Exempel"}
ME = {
    "account_id": "a1b2c3d4e5f6",
    "birthdate": "1987-06-05",
    "country": "NO",
    "display_name": "Anna Exempel",
    "email": "anna.example@mail.invalid.se",
    "explicit_content": {"filter_enabled": False, "filter_locked": False},
    "external_urls": {"spotify": f"https://open.spotify.com/user/{NAME}"},
    "followers": {"href": None, "total": 4},
    "href": f"{API}/users/{NAME}",
    "id": NAME,
    "images": [{"url": "https://i.scdn.co/image/ab6775700000ee85cd8dd8b4", "height": 300, "width": 300}],
    "product": "free",
    "type": "user",
    "uri": f"spotify:user:{NAME}",
}


def user(name, **more):
    return {
        "display_name": name.title(),
        "external_urls": {"spotify": f"https://open.spotify.com/user/{name}"},
        "href": f"{API}/users/{name}",
        "id": name,
        "type": "user",
        "uri": f"spotify:user:{name}",
        **more,
    }


def body(one):
    return json.loads(one.response.body)


def scrubbed(*exchanges, secrets=(), identity=None):
    return redact_exchanges(exchanges, secrets, identity)


def test_only_named_header_fields_are_kept():
    """Of all header fields what tests look at is kept; of Authorization its kind alone."""
    sent = {
        "accept": "*/*",
        "Content-Type": "application/json",
        "Cookie": "sp_dc=x",
        "User-Agent": "Anna's laptop",
        "X-Token": "x",
        "Proxy-Authorization": "Basic x",
        "authorization": "Bearer BQtoken",
    }
    received = {
        "content-type": "application/json",
        "Cache-Control": "private, max-age=0",
        "Retry-After": "3",
        "WWW-Authenticate": 'Bearer realm="spotify", error="missing_token"',
        "Set-Cookie": "sp_t=x",
        "Location": "https://x/?code=1",
        "Content-Encoding": "gzip",
        "Content-Length": "12",
        "Date": "today",
    }
    [one] = scrubbed(exchange(request_headers=sent, response_headers=received))
    assert list(one.request.headers) == [
        ("Accept", "*/*"),
        ("Authorization", "Bearer ***"),
        ("Content-Type", "application/json"),
    ]
    assert [n for n, _ in one.response.headers] == [
        "Cache-Control",
        "Content-Type",
        "Retry-After",
        "WWW-Authenticate",
    ]
    assert one.response.headers.get("www-authenticate") == 'Bearer realm="spotify", error="missing_token"'


@pytest.mark.parametrize(
    ("value", "kept"),
    [("Bearer x y", "Bearer ***"), ("BASIC eDp5", "Basic ***"), ("x", "***"), ("Token x", "***")],
)
def test_authorization_keeps_its_kind_alone(value, kept):
    """A scheme that is not known could be the secret itself."""
    [one] = scrubbed(exchange(request_headers={"Authorization": value}))
    assert kept == one.request.headers.get("Authorization")


def test_accounts_service_is_never_kept():
    """An exchange of tokens is dropped whole."""
    assert (
        scrubbed(exchange({"access_token": "x"}, url="https://accounts.spotify.com/api/token", method="POST"))
        == []
    )


SECRET = "c0ffee+/0123456789=abcdef"


def test_secrets_are_replaced_wherever_they_stand():
    """In the address, in the header fields, in keys and values, in text, percent-encoded too."""
    one = exchange(
        {"a": [f"x{SECRET}y"], SECRET: 1, "url": "https://x/?c=c0ffee%2B%2F0123456789%3Dabcdef"},
        url=f"{API}/search?q=c0ffee%2B%2F0123456789%3Dabcdef",
        sent=f"not JSON {SECRET}".encode(),
        response_headers={"Content-Type": "application/json", "Cache-Control": SECRET},
    )
    [clean] = scrubbed(one, secrets=[SECRET])
    assert body(clean) == {"a": ["x***y"], "***": 1, "url": "https://x/?c=***"}
    assert (f"{API}/search?q=***", b"not JSON ***") == (clean.request.url, clean.request.body)
    assert clean.response.headers.get("Cache-Control") == "***"


def test_values_that_look_like_secrets_are_replaced():
    """A token that nobody named is hidden by its key or shape; the client id in a preview keeps its shape."""
    token = "BQ" + "aB3-" * 20
    one = exchange(
        {
            "access_token": "abc",
            "text": f"Authorization: Bearer {token}",
            "note": f"token {token}.",
            "preview_url": "https://p.scdn.co/mp3-preview/92060daf?cid=3c5328c75f1f44c086b25e73608c453b",
            "after": "AQshort",
        }
    )
    assert body(scrubbed(one)[0]) == {
        "access_token": "***",
        "text": "Authorization: Bearer ***",
        "note": "token ***",
        "preview_url": "https://p.scdn.co/mp3-preview/92060daf?cid=00000000000000000000000000000000",
        "after": "AQshort",
    }


def test_parameters_called_state_stay():
    """Of the player's own parameters none is mistaken for a secret: `state` turns shuffle on."""
    url = f"{API}/me/player/shuffle?state=true"
    assert url == scrubbed(exchange(b"", url=url, method="PUT"))[0].request.url


def test_the_account_stands_under_one_name():
    """The profile keeps its shape and says nothing of the person; other places name the same pseudonym."""
    playlists = exchange(
        {
            "items": [
                {"owner": user(NAME, display_name="Anna Exempel"), "name": f"Mix for Anna Exempel ({NAME})"}
            ]
        },
        url=f"{API}/users/{NAME}/playlists",
    )
    me, other = scrubbed(exchange(ME, url=f"{API}/me"), playlists)
    assert {
        **ME,
        "account_id": "pytestspotifyaccount",
        "birthdate": "2000-01-01",
        "country": "SE",
        "display_name": "pytest-spotify user",
        "email": "pytest-spotify-user@example.com",
        "external_urls": {"spotify": f"https://open.spotify.com/user/{ACCOUNT}"},
        "href": f"{API}/users/{ACCOUNT}",
        "id": ACCOUNT,
        "images": [{**ME["images"][0], "url": "https://i.scdn.co/image/ab6775700000ee85" + "0" * 24}],
        "product": "premium",
        "uri": f"spotify:user:{ACCOUNT}",
    } == body(me)
    assert f"{API}/users/{ACCOUNT}/playlists" == other.request.url
    [item] = body(other)["items"]
    assert (user(ACCOUNT)["href"], "pytest-spotify user") == (
        item["owner"]["href"],
        item["owner"]["display_name"],
    )
    assert f"Mix for pytest-spotify user ({ACCOUNT})" == item["name"]


def test_the_account_is_known_without_its_profile():
    """What is known of the account beforehand is enough where no profile was recorded."""
    one = exchange(
        {"owner": user(NAME), "email": IDENTITY["email"]}, url=f"{API}/users/{NAME}/playlists?limit=1"
    )
    [clean] = scrubbed(one, identity=IDENTITY)
    assert f"{API}/users/{ACCOUNT}/playlists?limit=1" == clean.request.url
    assert (ACCOUNT, f"{ACCOUNT}@example.com") == (body(clean)["owner"]["id"], body(clean)["email"])
    assert redact_values({"own-user": NAME, "playlist": "x"}, (), IDENTITY) == {
        "own-user": ACCOUNT,
        "playlist": "x",
    }


def test_other_people_are_numbered_in_order_of_appearance():
    """Each person has one number within a cassette, in ids, URIs, links and requests made from them."""
    entries = [{"added_by": {**user(name), "type": "user"}} for name in ("bob", "carol", "bob")]
    page = exchange({"owner": user("spotify"), "items": entries}, url=f"{API}/playlists/x/tracks")
    follow = exchange(b"", url=f"{API}/me/following?type=user&ids=carol%2Cbob,dave", method="PUT")
    context = exchange({"context": {"uri": "spotify:user:carol:playlist:37i9dQ"}}, url=f"{API}/me/player")
    one, two, three = scrubbed(page, follow, context)
    assert body(one)["owner"]["id"] == "user-1"
    assert [entry["added_by"]["id"] for entry in body(one)["items"]] == ["user-2", "user-3", "user-2"]
    assert (
        body(one)["items"][1]["added_by"]["external_urls"]["spotify"]
        == "https://open.spotify.com/user/user-3"
    )
    assert f"{API}/me/following?type=user&ids=user-3,user-2,dave" == two.request.url
    assert body(three)["context"]["uri"] == "spotify:user:user-3:playlist:37i9dQ"
    assert "bob" not in repr(body(one))


def test_names_that_a_test_asks_for_stay():
    """A user that the test itself names, before any answer did, has the same name in replay."""
    one = exchange(user("smedjan"), url=f"{API}/users/smedjan", request_headers={})
    [clean] = scrubbed(one)
    assert one.request.url == clean.request.url
    assert (body(clean)["id"], body(clean)["uri"]) == ("smedjan", "spotify:user:smedjan")


@pytest.mark.parametrize("colon", [":", "%3A", "%3a"])
def test_people_in_the_query_of_an_address_stand_under_their_names(colon):
    """A URI in a query, percent-encoded as clients send it or not, names the same pseudonym."""
    uris = f"spotify:track:11dFghVXANMlKmJXsNCbNl,spotify:user:{NAME},spotify:user:bob".replace(":", colon)
    uris = uris if colon == ":" else uris.replace(",", "%2C")
    page = exchange({"owner": user("bob")}, url=f"{API}/playlists/x")
    follow = exchange(b"", url=f"{API}/me/library?uris={uris}", method="PUT")
    clean = scrubbed(exchange(ME, url=f"{API}/me"), page, follow)[-1]
    assert clean.request.url == follow.request.url.replace(NAME, ACCOUNT).replace("bob", "user-1")
    form = exchange(b"", url=f"{API}/x", method="POST", sent=f"uri=spotify{colon}user{colon}bob&a=1".encode())
    assert scrubbed(page, form)[-1].request.body == form.request.body.replace(b"bob", b"user-1")


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/me/library", {"uris": ["spotify:user:smedjan"]}),
        ("/me/following?type=user", {"ids": ["smedjan"]}),
    ],
)
def test_names_that_a_test_sends_stay(path, sent):
    """A user that the test names in a body, before any answer did, stays there: replay is sent it again."""
    one = exchange(b"", url=API + path, method="PUT", sent=json.dumps(sent).encode())
    later = exchange({"items": [user("smedjan"), user("bob")]}, url=f"{API}/me/following?type=user")
    clean = scrubbed(one, later)
    assert json.loads(clean[0].request.body) == sent
    assert [each["id"] for each in body(clean[1])["items"]] == ["smedjan", "user-1"]
    assert CassettePlayer(Cassette(path="a", exchanges=clean)).respond(one.request).status == 200


def test_replay_follows_pseudonyms():
    """A client that reads an id from one replayed answer and asks with it finds the next recording."""
    bare = {"request_headers": {}}
    recorded = [
        exchange(ME, url=f"{API}/me", **bare),
        exchange({"id": "x", "owner": user("bob")}, url=f"{API}/playlists/x", **bare),
        exchange(user("bob"), url=f"{API}/users/bob", **bare),
        exchange({"id": "y"}, url=f"{API}/users/{NAME}/playlists", method="POST", **bare),
        exchange({"devices": [DEVICE]}, url=f"{API}/me/player/devices", **bare),
        exchange(b"", url=f"{API}/me/player/play?device_id={DEVICE['id']}", method="PUT", **bare),
    ]
    clean = scrubbed(*recorded)
    player = CassettePlayer(Cassette(path="a", exchanges=clean))

    def ask(url, method="GET"):
        return player.respond(replace(clean[0].request, url=url, method=method)).body

    me = json.loads(ask(f"{API}/me"))
    owner = json.loads(ask(f"{API}/playlists/x"))["owner"]
    assert owner["id"] == json.loads(ask(owner["href"]))["id"]
    assert json.loads(ask(f"{API}/users/{me['id']}/playlists", "POST")) == {"id": "y"}
    device = json.loads(ask(f"{API}/me/player/devices"))["devices"][0]
    assert ask(f"{API}/me/player/play?device_id={device['id']}", "PUT") == b""
    assert player.unused() == []


DEVICE = {
    "id": "9e3c475ee7d51dbebb4547dbc5b57e35ee6707f8",
    "is_active": True,
    "is_private_session": False,
    "name": "Annas Nothing phone (1)",
    "type": "Smartphone",
    "volume_percent": 100,
}


def test_devices_lose_their_names():
    """People name devices after themselves; the id keeps its shape, in requests too."""
    sent = json.dumps({"device_ids": [DEVICE["id"]]}).encode()
    one, two = scrubbed(
        exchange({"devices": [DEVICE, {**DEVICE, "id": None}]}, url=f"{API}/me/player/devices"),
        exchange(b"", url=f"{API}/me/player", method="PUT", sent=sent),
    )
    first, second = body(one)["devices"]
    assert first == {**DEVICE, "id": "0" * 39 + "1", "name": "Device 1"}
    assert (second["id"], second["name"]) == (None, "Device 0")
    assert json.loads(two.request.body) == {"device_ids": ["0" * 39 + "1"]}


def test_email_addresses_become_nobodys():
    """An address in a text is replaced, escaped for HTML too; nobody's addresses and file names stay."""
    text = "anna@mail.se, <a href='mailto:bob&#64;mail.se'>b</a>, x@example.com, icon@2x.png, ANNA@mail.se"
    expected = (
        "person-1@example.com, <a href='mailto:person-2@example.com'>b</a>, x@example.com, icon@2x.png, "
        "person-1@example.com"
    )
    assert {"description": expected} == body(scrubbed(exchange({"description": text}))[0])


def test_what_needs_no_scrubbing_stays_byte_for_byte():
    """A body without a secret or a person is not written anew, nor are the numbers of one that is."""
    plain = b'{ "a":1.0,\n"b": [ 1e3 ] }'
    assert plain == scrubbed(exchange(plain))[0].response.body
    changed = b'{"a": 1.0, "b": 1e3, "c": 12345678901234567890, "d": "a@b.se", "e": true, "f": null}'
    assert changed.replace(b"a@b.se", b"person-1@example.com") == scrubbed(exchange(changed))[0].response.body


def test_bodies_that_are_no_text_are_refused():
    """What cannot be read cannot be scrubbed, an image sent to Spotify excepted."""
    with pytest.raises(UnrecordableTraffic, match=r"GET https://\S+/v1/albums/\w+: a body of type 'applicat"):
        scrubbed(exchange(b"\x1f\x8b\xff"))
    image = exchange(b"", sent=b"\xff\xd8", method="PUT", request_headers={"Content-Type": "image/jpeg"})
    assert scrubbed(image)[0].request.body == b"\xff\xd8"


def test_own_changes_come_first():
    """A project's own scrubbing is applied, and what it lets stand is scrubbed all the same."""

    def shout(one):
        return replace(
            one, response=replace(one.response, body=one.response.body.replace(b"title", b"anna@mail.se"))
        )

    [one] = redact_exchanges([exchange({"a": "title"})], extra=[shout])
    assert body(one) == {"a": "person-1@example.com"}


WORDS = st.sampled_from(
    [
        NAME,
        "bob",
        "user-1",
        "user-2",
        ACCOUNT,
        SECRET,
        "anna@mail.se",
        "Anna Exempel",
        "spotify:user:carol",
        f"{API}/users/bob",
        "https://open.spotify.com/user/dave?si=1",
        "Bearer aB3aB3aB3aB3aB3aB3",
        "access_token=aB3aB3aB3",
        "BQ" + "aB3-" * 20,
        DEVICE["id"],
        "cid=3c5328c75f1f44c086b25e73608c453b",
        " ",
        '"',
        "\\",
    ]
) | st.text(max_size=5)
TEXT = st.lists(WORDS, max_size=4).map(" ".join).filter(lambda text: text.isprintable())
PEOPLE = st.sampled_from(["bob", "carol", "user-1", "user-2", "é", "a.b", NAME, ACCOUNT]).map(user)
VALUE = st.recursive(
    TEXT | st.integers() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "email", "access_token", "x"]), inner)
        | st.dictionaries(st.sampled_from(["owner", "added_by"]), PEOPLE)
        | PEOPLE
        | st.just(DEVICE)
        | st.just(ME)
    ),
    max_leaves=6,
)
URLS = st.sampled_from(
    [
        "/me/following?type=user&ids=bob,carol",
        "/me",
        "/users/bob",
        "/users/user-2",
        f"/users/{NAME}/playlists",
        "/me/following?type=user&ids=bob,carol",
        "/search",
    ]
)
EXCHANGES = st.builds(
    lambda path, value, sent: exchange(value, url=API + path, sent=sent.encode()), URLS, VALUE, TEXT
)


examples = pytest.mark.parametrize("number", [25, pytest.param(1000, marks=pytest.mark.slow)])


@examples
def test_scrubbing_twice_changes_nothing_more(number):
    """Scrubbing is idempotent, with and without what is known of the account."""

    @given(st.lists(EXCHANGES, max_size=4))
    @settings(max_examples=number, deadline=None, database=None)
    def check(exchanges):
        for identity in (None, IDENTITY):
            once = redact_exchanges(exchanges, [SECRET], identity)
            assert once == redact_exchanges(once, [SECRET], identity)
            assert once == redact_exchanges(exchanges, [SECRET], identity)

    check()


def test_an_address_in_a_field_of_a_token():
    """What stands for somebody's address is no secret, wherever the address was."""
    (one,) = redact_exchanges([exchange({"access_token": ["anna@mail.se"]})], [SECRET], IDENTITY)
    assert json.loads(one.response.body) == {"access_token": ["person-1@example.com"]}
    assert find_secrets(one.response.body, {}, "") == []


@examples
def test_nothing_is_found_after_scrubbing(number):
    """What is scrubbed holds no secret, no account and no stranger's address in any body or address."""
    sought = {"the secret": SECRET, "the account": NAME}

    @given(st.lists(EXCHANGES, max_size=4))
    @settings(max_examples=number, deadline=None, database=None)
    def check(exchanges):
        for one in redact_exchanges(exchanges, [SECRET], IDENTITY):
            for part in (one.request.url.encode(), one.request.body, one.response.body):
                assert find_secrets(part, sought, "") == []
            assert Headers({"Authorization": "Bearer ***", "Accept": "*/*"}).get("Authorization") == (
                one.request.headers.get("Authorization")
            )

    check()


@pytest.mark.parametrize(
    "name", ["Accept", "Accept-Language", "Content-Type", "If-Modified-Since", "If-None-Match"]
)
def test_header_fields_that_matter_to_a_response_are_kept(name: str):
    """Each request header field that may change the response stands in the cassette."""
    sent = exchange({}, request_headers={name: "a/b", "X-Other": "a/b"})
    assert list(redact_exchanges([sent])[0].request.headers) == [(name, "a/b")]


def test_a_name_is_found_in_words_only_if_it_is_random():
    """A long one with a digit is taken out anywhere, one that may be a word only where it is one."""
    random, word = "a1" * 10, "abcdefghijklmnopqrst"
    for name, stays in ((random, False), (word, True)):
        body = {"id": name, "type": "user", "display_name": name, "note": f"x{name}x, {name}."}
        sent = exchange(body, url=f"{API}/me")
        (one,) = redact_exchanges([sent], identity={"id": name, "display_name": name})
        note = json.loads(one.response.body)["note"]
        assert (f"x{name}x" in note) is stays
        assert f", {name}." not in note
