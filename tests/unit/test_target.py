import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_spotify.errors import InvalidTarget
from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Exchange, Headers, Request, Response
from pytest_spotify.transport.target import Target, is_below, resolve_target

SANDBOX = Target(api_url="http://127.0.0.1:80/v1", accounts_url="http://127.0.0.1:8000/accounts")
ODD = Target(api_url="http://127.0.0.1:4242/v1", accounts_url="http://127.0.0.1:4242/accounts")


def test_spotify_is_its_own_canonical_address():
    """Against Spotify nothing is rewritten."""
    target = Target.spotify()

    assert target.is_spotify
    assert (target.api_url, target.accounts_url) == (API_URL, ACCOUNTS_URL)
    assert target.live_url(f"{API_URL}/me?a=b") == f"{API_URL}/me?a=b"
    assert not ODD.is_spotify


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        ("http://127.0.0.1:4242/v1", "http://127.0.0.1:4242/v1"),
        ("http://127.0.0.1:4242/v1/", "http://127.0.0.1:4242/v1"),
        ("http://[::1]:4242", "http://[::1]:4242"),
        ("HTTPS://Stub.Example.COM:443/v1", "https://stub.example.com/v1"),
        ("http://127.0.0.1:80/v1", "http://127.0.0.1/v1"),
    ],
)
def test_a_usable_address_is_taken(given_url, expected):
    """HTTPS anywhere, http on the two loopback literals; spelling that means the same is made the same."""
    assert Target(api_url=given_url).api_url == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://api.spotify.com/v1",
        "http://localhost:4242/v1",
        "http://127.0.0.2/v1",
        "http://127.0.0.1.example.com/v1",
        "http://2130706433/v1",
        "http://[::ffff:127.0.0.1]/v1",
        "http://0.0.0.0:4242/v1",
        "https://me:word@example.com/v1",
        "https://example.com/v1?a=b",
        "https://example.com/v1#here",
        "https://exa mple.com/v1",
        "https://example.com\\@evil.example/v1",
        "https://example.com:99999/v1",
        "https://example.com:0/v1",
        "https://",
        "https:///v1",
        "ftp://127.0.0.1/v1",
        "127.0.0.1:4242/v1",
        "/v1",
        "",
        "https://example.com/v1\n",
        "https://[::1/v1",
    ],
)
def test_an_unusable_address_is_refused_by_its_option(url):
    """Clear text to another machine, user names, queries and what is no URL: one line, with the option."""
    for option, keyword in (("--spotify-api-url", "api_url"), ("--spotify-accounts-url", "accounts_url")):
        with pytest.raises(InvalidTarget, match=f"^{option}: expected ") as failure:
            Target(**{keyword: url})
        assert failure.value.__context__ is None
        assert "word" not in str(failure.value)


def test_two_services_need_two_addresses():
    """Or what was sent to the one could not be told from what was sent to the other."""
    with pytest.raises(InvalidTarget, match="two addresses"):
        Target(api_url="http://127.0.0.1:1", accounts_url="http://127.0.0.1:1/")


URLS = [
    (f"{API_URL}/me", "http://127.0.0.1:4242/v1/me"),
    (API_URL, "http://127.0.0.1:4242/v1"),
    (f"{API_URL}?a=b", "http://127.0.0.1:4242/v1?a=b"),
    (f"{API_URL}/search?q=a%2Fb&type=album#x", "http://127.0.0.1:4242/v1/search?q=a%2Fb&type=album#x"),
    (f"{ACCOUNTS_URL}/api/token", "http://127.0.0.1:4242/accounts/api/token"),
    (ACCOUNTS_URL, "http://127.0.0.1:4242/accounts"),
]


@pytest.mark.parametrize(("canonical", "live"), URLS)
def test_urls_go_both_ways(canonical, live):
    """What is written for one target is the same request to another, byte for byte behind the base."""
    assert ODD.live_url(canonical) == live
    assert ODD.canonical_url(live) == canonical


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:42420/v1/me",
        "http://127.0.0.1/v1/me",
        "http://127.0.0.1:4242/v10/me",
        "http://127.0.0.1:4242/v1.5/me",
        "https://127.0.0.1:4242/v1/me",
        "http://127.0.0.10:4242/v1/me",
        "http://evil@127.0.0.1:4242/v1/me",
        "http://127.0.0.1:4242",
        "https://i.scdn.co/image/ab",
        "http://[broken",
        "/v1/me",
        "",
        "https:me",
    ],
)
def test_other_urls_stay_as_they_are(url):
    """A longer port, a longer path segment, another scheme or host is another place."""
    assert ODD.canonical_url(url) == url


def test_spellings_of_an_origin_are_one():
    """Scheme and host in capitals and a default port change nothing (RFC 3986 section 6.2)."""
    assert Target.spotify().canonical_url("HTTPS://API.Spotify.com:443/v1/Me") == f"{API_URL}/Me"
    assert SANDBOX.canonical_url("http://127.0.0.1/v1/me") == f"{API_URL}/me"
    assert SANDBOX.canonical_url("http://127.0.0.1:80/v1/me") == f"{API_URL}/me"


BODIES = [
    (
        b'{"next": "http://127.0.0.1:4242/v1/me?limit=2"}',
        b'{"next": "https://api.spotify.com/v1/me?limit=2"}',
    ),
    (b'["http:\\/\\/127.0.0.1:4242\\/v1\\/me"]', b'["https:\\/\\/api.spotify.com\\/v1\\/me"]'),
    (b'{"a":"http://127.0.0.1:4242/v1"}', b'{"a":"https://api.spotify.com/v1"}'),
    (b' \n{"a":"see http://127.0.0.1:4242/v1."}', b' \n{"a":"see https://api.spotify.com/v1."}'),
    (b'{"a":"two\\nhttp://127.0.0.1:4242/v1/x"}', b'{"a":"two\\nhttps://api.spotify.com/v1/x"}'),
    (b'{"a":"(http://127.0.0.1:4242/v1)"}', b'{"a":"(https://api.spotify.com/v1)"}'),
    (b'{"a":"http:\\/\\/127.0.0.1:4242\\/v1?x"}', b'{"a":"https:\\/\\/api.spotify.com\\/v1?x"}'),
    (b'{"a":"http://127.0.0.1:4242/accounts/x"}', b'{"a":"https://accounts.spotify.com/x"}'),
    (
        b'{"a":"http://127.0.0.1:4242/v1/me http://127.0.0.1:4242/v1/you"}',
        b'{"a":"https://api.spotify.com/v1/me https://api.spotify.com/v1/you"}',
    ),
]


@pytest.mark.parametrize(("live", "canonical"), BODIES)
def test_strings_of_a_json_body_go_both_ways(live, canonical):
    """Links in bodies know one address; slashes keep their spelling, and all else its bytes."""
    response = Response(status=200, body=live)

    assert ODD.canonical_response(response).body == canonical
    assert ODD.to_target(Request(method="PUT", url=API_URL, body=canonical)).body == live


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":"http://127.0.0.1:42420/v1/me"}',
        b'{"a":"http://127.0.0.1:4242/v10"}',
        b'{"a":"http://127.0.0.1:4242/v1.5"}',
        b'{"a":"http://127.0.0.1:4242/v1-beta"}',
        b'{"a":"shttp://127.0.0.1:4242/v1"}',
        b'{"a" :  1.0e+1, "b":"\\u00e9\xc3\xa9\\/"}\r\n',
        b"\xff\xd8\xffhttp://127.0.0.1:4242/v1/me",
        b"uris=http://127.0.0.1:4242/v1/me",
        b"",
    ],
)
def test_other_bytes_stay_as_they_are(body):
    """Near misses, formatting, and bodies that are no JSON are left alone."""
    assert ODD.canonical_response(Response(status=200, body=body)).body == body


def test_a_port_that_begins_like_another_is_another_place():
    """The API on port 80 and the accounts service on 8000 do not get into each other's way."""
    body = b'["http://127.0.0.1/v1/a","http://127.0.0.1:8000/accounts/b","http://127.0.0.1:8000/v1/c"]'

    assert SANDBOX.canonical_response(Response(status=200, body=body)).body == (
        b'["https://api.spotify.com/v1/a","https://accounts.spotify.com/b","http://127.0.0.1:8000/v1/c"]'
    )


def test_a_default_port_that_is_spelled_out_is_no_other_place():
    """A server on port 80 may name it in its links, and need not."""
    body = b'["http://127.0.0.1:80/v1/a","http:\\/\\/127.0.0.1:80\\/v1\\/b","http://127.0.0.1:8080/v1/c"]'

    assert SANDBOX.canonical_response(Response(status=200, body=body)).body == (
        b'["https://api.spotify.com/v1/a","https:\\/\\/api.spotify.com\\/v1\\/b","http://127.0.0.1:8080/v1/c"]'
    )


def test_one_address_below_the_other_is_told_from_it():
    """The longer base is tried first, in URLs and in bodies."""
    nested = Target(api_url="http://127.0.0.1:4242", accounts_url="http://127.0.0.1:4242/accounts")

    assert nested.canonical_url("http://127.0.0.1:4242/accounts/api/token") == f"{ACCOUNTS_URL}/api/token"
    assert nested.canonical_url("http://127.0.0.1:4242/me") == f"{API_URL}/me"
    body = b'["http://127.0.0.1:4242/accounts/a","http://127.0.0.1:4242/b"]'
    assert nested.canonical_response(Response(status=200, body=body)).body == (
        b'["https://accounts.spotify.com/a","https://api.spotify.com/v1/b"]'
    )


def test_a_whole_exchange_becomes_canonical():
    """URL, header fields and bodies of both sides."""
    live = Exchange(
        request=Request(
            method="POST",
            url="http://127.0.0.1:4242/v1/x",
            headers=Headers({"Referer": "http://127.0.0.1:4242/v1/"}),
            body=b'{"u":"http://127.0.0.1:4242/v1/y"}',
        ),
        response=Response(
            status=201, headers=Headers({"Location": "http://127.0.0.1:4242/v1/z", "X-Caf\xe9": "\xe9"})
        ),
    )

    canonical = ODD.to_spotify(live)

    assert canonical.request.url == f"{API_URL}/x"
    assert canonical.request.headers == Headers({"Referer": f"{API_URL}/"})
    assert canonical.request.body == b'{"u":"https://api.spotify.com/v1/y"}'
    assert canonical.response.headers == Headers({"Location": f"{API_URL}/z", "X-Caf\xe9": "\xe9"})
    assert ODD.to_target(canonical.request) == live.request


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from([pair[1] for pair in URLS]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(document=JSON, escape=st.booleans())
@settings(max_examples=50, deadline=None, database=None)
def test_any_json_survives_the_way_there_and_back(document, escape):
    """Canonical and live again is the same body, byte for byte, and it is JSON all the way."""
    text = json.dumps([document]).replace("/", "\\/") if escape else json.dumps([document])

    there = ODD.canonical_response(Response(status=200, body=text.encode())).body
    back = ODD.to_target(Request(method="PUT", url=API_URL, body=there)).body

    assert back == text.encode()
    assert isinstance(json.loads(there), list)


def test_an_option_counts_before_a_variable_and_both_before_spotify() -> None:
    """Each of the two addresses is that of its option, else that of its variable, else Spotify's own."""
    variables = {"SPOTIFY_API_URL": "http://127.0.0.1:1/v1", "SPOTIFY_ACCOUNTS_URL": "http://127.0.0.1:2"}
    assert resolve_target({}) == Target()
    from_variables = resolve_target(variables)
    assert (from_variables.api_url, from_variables.accounts_url) == tuple(variables.values())
    from_options = resolve_target(variables, "http://127.0.0.1:3/v1", "http://127.0.0.1:4")
    assert (from_options.api_url, from_options.accounts_url) == (
        "http://127.0.0.1:3/v1",
        "http://127.0.0.1:4",
    )


@pytest.mark.parametrize(
    ("url", "below"),
    [
        (API_URL, True),
        (f"{API_URL}/me", True),
        (f"{API_URL}?a=b", True),
        (f"{API_URL}x", False),
        (f"{API_URL}#a", False),
        (f"{API_URL}/a/../../b", False),
        (f"{API_URL}/%2e%2e/b", False),
        (f"{API_URL}/a?next=/../b", True),
    ],
)
def test_what_is_below_an_address(url, below):
    """It begins so, goes on as a path or a query does, and no part of its path leads out."""
    assert is_below(url, API_URL) is below
