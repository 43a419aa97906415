"""A response that contradicts itself is `breaking`, and every pair of fields that agrees is not."""

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_spotify.cassettes import load
from pytest_spotify.check import check_exchange
from pytest_spotify.check.consistency import RULES
from pytest_spotify.contracts.registry import bundled
from pytest_spotify.errors import InvalidContract
from pytest_spotify.exchange import Exchange
from tests.support.contract_files import contract, exchange, registry

ONE, OTHER = "1" * 22, "2" * 22
API, PLAYER = "https://api.spotify.com/v1", "https://open.spotify.com"
SCHEMA = {
    "type": "object",
    "properties": {"count": {"type": ["integer", "null"]}, "share": {"type": "number"}},
    "additionalProperties": True,
}
ANY_OBJECT = contract(
    parameters={**contract()["parameters"], "fields": {"in": "query", "schema": {"type": "string"}}},
    responses={"200": {"body": "json", "schema": SCHEMA}},
)


def thing(kind: str, path: str = "", name: str = ONE, *, named: str = "", **fields: Any) -> dict[str, Any]:
    """Return an object as Spotify identifies it; `named` is what its URI calls the kind."""
    public = named or kind
    return {
        "id": name,
        "type": kind,
        "uri": f"spotify:{public}:{name}",
        "href": f"{API}/{path or kind + 's'}/{name}",
        "external_urls": {"spotify": f"{PLAYER}/{public}/{name}"},
        **fields,
    }


def page(items: int, limit: int, offset: int, total: int, **fields: Any) -> dict[str, Any]:
    """Return a page as Spotify writes it."""
    link = API + "/me/tracks?offset={}&limit={}&locale=*"
    return {
        "href": link.format(offset, limit),
        "items": [None] * items,
        "limit": limit,
        "next": link.format(offset + limit, limit) if offset + limit < total else None,
        "offset": offset,
        "previous": link.format(max(0, offset - limit), limit) if offset else None,
        "total": total,
        **fields,
    }


def playing(kind: str, end: str = "") -> dict[str, Any]:
    """Return a playback context: it has no id, and its address may go on behind that."""
    context = thing(kind) | {"external_urls": {"spotify": f"{PLAYER}/{kind}/{ONE}{end}"}}
    return {name: value for name, value in context.items() if name != "id"}


RELINKED = thing("track", linked_from=thing("track", name=OTHER)) | {
    "external_urls": {"spotify": f"{PLAYER}/track/{OTHER}"}
}
GOOD: dict[str, dict[str, Any]] = {
    **{kind: thing(kind) for kind in ("track", "album", "artist", "playlist", "show", "episode")},
    "a user with letters that are escaped": thing("user", name="Zoë x")
    | {
        "uri": "spotify:user:Zo%C3%AB%20x",
        "href": f"{API}/users/Zo%C3%AB%20x",
        "external_urls": {"spotify": f"{PLAYER}/user/Zo%C3%AB%20x"},
    },
    "a user without a name": thing("user", name=""),
    "a chapter, which is an episode in its addresses": thing("chapter", named="episode"),
    "an audiobook, which is a show in its addresses": thing("audiobook", named="show"),
    "a show in place of an episode's album": thing("show")
    | {"external_urls": {"spotify": f"{PLAYER}/album/{ONE}"}},
    "an audiobook met as a show": thing("show", path="audiobooks"),
    "audio features of a track": {"type": "audio_features", "id": ONE, "uri": f"spotify:track:{ONE}"},
    "a category": {"id": "pop", "href": f"{API}/browse/categories/pop", "name": "Pop"},
    "an href with a locale": thing("album") | {"href": f"{API}/albums/{ONE}?locale=en-US%2Cen%3Bq%3D0.5"},
    "a relinked track": RELINKED,
    "a local file": {"id": None, "type": "track", "uri": "spotify:local:A:track:B:5", "href": None},
    "an episode that is gone": thing("episode", name="null") | {"id": None},
    "the playlist that plays": playing("playlist", end="?sessionId=1&mode=enhanced"),
    "the album that plays": playing("album", end="/play_button"),
    "the playlist that plays, in the old form": playing("playlist")
    | {"uri": f"spotify:user:me:playlist:{ONE}"},
    "the liked songs that play": {
        "type": "collection",
        "uri": "spotify:user:me:collection",
        "href": f"{API}/me/tracks",
        "external_urls": {"spotify": f"{PLAYER}/collection/tracks"},
    },
    "a device": {"id": "5fbb3ba6aa454b5534c4ba43a8c7e8e45a63ad0e", "type": "Computer"},
    "a year": {"id": ONE, "release_date": "1977", "release_date_precision": "year"},
    "a month": {"id": ONE, "release_date": "1969-01", "release_date_precision": "month"},
    "a day": {"id": ONE, "release_date": "2020-08-28", "release_date_precision": "day"},
    "no date": {"id": ONE, "release_date": None, "release_date_precision": None},
    "an album with its tracks": thing("album", total_tracks=97, tracks=page(50, 50, 0, 97)),
    "identifiers": {"external_ids": {"isrc": "USJT11700005", "upc": "00094635013153", "ean": "x"}},
    "an ISRC in lower case": {"external_ids": {"isrc": "usl4r2008579"}},
    "the first page": page(20, 20, 0, 50),
    "a page between": page(20, 20, 20, 50),
    "the last page": page(10, 20, 40, 50),
    "an empty list": page(0, 20, 0, 0),
    "a page behind the end": page(0, 20, 60, 50),
    "an empty page with a limit of 0": page(0, 0, 0, 0, href=f"{API}/me/tracks?limit=50"),
    "a page that says no limit in its href": page(20, 20, 0, 50, href=f"{API}/me/tracks"),
    "a page with a cursor": {
        "items": [1],
        "limit": 1,
        "total": 9,
        "href": f"{API}/me/following?limit=1",
        "next": f"{API}/me/following?after=x",
        "cursors": {"after": "x"},
    },
    "numbers": {"count": 5190, "share": 1.0},
}

# The rule, a body, and the pointer of the field that is at fault.
BROKEN: list[tuple[str, dict[str, Any], str]] = [
    ("id", thing("track") | {"id": OTHER}, "/id"),
    ("type", thing("track") | {"type": "artist"}, "/type"),
    ("type", thing("chapter", named="episode") | {"type": "show"}, "/type"),
    ("uri", thing("track") | {"uri": f"spotify:track:{OTHER}"}, "/uri"),
    ("uri", thing("chapter", named="episode") | {"uri": f"spotify:show:{ONE}"}, "/uri"),
    ("uri", {"id": ONE, "uri": f"spotify:track:{OTHER}"}, "/uri"),
    ("href", thing("user", name="Zoë") | {"href": f"{API}/users/Zoe"}, "/href"),
    ("href", thing("album") | {"href": f"{API}/artists/{ONE}?locale=de"}, "/href"),
    ("href", {"id": "pop", "href": f"{API}/browse/categories/rock"}, "/href"),
    (
        "external-url",
        thing("show") | {"external_urls": {"spotify": f"{PLAYER}/show/{OTHER}"}},
        "/external_urls/spotify",
    ),
    ("external-url", RELINKED | {"external_urls": thing("track")["external_urls"]}, "/external_urls/spotify"),
    ("linked-from", RELINKED | {"linked_from": thing("track")}, "/linked_from/id"),
    (
        "href",
        playing("album", end="/play_button") | {"href": f"{API}/albums/{OTHER}"},
        "/href",
    ),
    ("release-date", GOOD["a year"] | {"release_date_precision": "day"}, "/release_date"),
    ("release-date", thing("album", release_date="1977", release_date_precision="month"), "/release_date"),
    ("total-tracks", thing("album", total_tracks=9, tracks=page(8, 50, 0, 8)), "/total_tracks"),
    ("isrc", {"isrc": "US-JT1-17-00005"}, "/isrc"),
    ("upc", {"upc": "1234567"}, "/upc"),
    ("page-size", page(3, 2, 0, 5), "/items"),
    ("page-total", page(20, 20, 0, 9), "/items"),
    ("page-total", page(11, 20, 40, 50), "/items"),
    ("page-href", page(20, 20, 0, 50) | {"limit": 25, "next": None, "total": 25}, "/limit"),
    ("page-href", page(20, 20, 20, 50, href=f"{API}/me/tracks?limit=20&offset=0"), "/offset"),
    ("page-previous", page(20, 20, 20, 50, previous=None), "/previous"),
    ("page-previous", page(20, 20, 0, 50, previous="https://x"), "/previous"),
    ("page-next", page(20, 20, 0, 50, next=None), "/next"),
    ("page-next", page(10, 20, 40, 50, next="https://x"), "/next"),
    ("page-step", page(20, 20, 0, 50, next=f"{API}/me/tracks?offset=21&limit=20"), "/next"),
    ("page-step", page(20, 20, 0, 50, next=f"{API}/me/tracks?offset=20&limit=50"), "/next"),
    ("whole-number", {"count": 5190.0}, "/count"),
]


def responded(body: Any, url: str = "/things/abc") -> Exchange:
    return exchange(url, body=body)


def found(body: Any, folder: Path, url: str = "/things/abc", **changes: Any) -> list[tuple[str, str, str]]:
    """Return kind, pointer and rule of every violation."""
    violations = check_exchange(responded(body, url), registry(folder, ANY_OBJECT | changes))
    return [(v.kind, v.pointer, v.expected.rpartition("(rule ")[2].rstrip(")")) for v in violations]


def broken(rule: str, pointer: str) -> list[tuple[str, str, str]]:
    return [("breaking", pointer, rule)]


@pytest.mark.parametrize("body", GOOD.values(), ids=GOOD)
def test_fields_that_agree_are_no_violation(body: dict[str, Any], tmp_path: Path) -> None:
    """A body in a form that Spotify was recorded to send breaks no rule, at the top or in a list."""
    assert found(body, tmp_path) == []
    assert found({"things": [body]}, tmp_path) == []


@pytest.mark.parametrize(("rule", "body", "pointer"), BROKEN)
def test_a_contradiction_is_breaking_once_and_at_the_field_that_is_wrong(
    rule: str, body: dict[str, Any], pointer: str, tmp_path: Path
) -> None:
    """One wrong field is one breaking violation, which names its rule, wherever its object stands."""
    assert found(body, tmp_path) == broken(rule, pointer)
    if rule != "whole-number":  # integers are where the schema says so
        assert found({"a/b": [{"c": body}]}, tmp_path) == broken(rule, f"/a~1b/0/c{pointer}")


def test_every_rule_is_tested() -> None:
    """A rule without a body that breaks it would be held by nothing."""
    assert {rule for rule, _, _ in BROKEN} | {"page-short"} == RULES


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (thing("track") | {"uri": f"spotify:track:{OTHER}"}, ["/a/0/uri", "/a/0/id"]),
        (RELINKED | {"external_urls": thing("track")["external_urls"]}, ["/a/0/linked_from/id"]),
        (GOOD["a year"] | {"release_date_precision": "day"}, ["/a/0/release_date_precision"]),
        (thing("album", total_tracks=9, tracks=page(8, 50, 0, 8)), ["/a/0/tracks/total"]),
        (page(20, 20, 0, 50, next=None), ["/a/0/offset", "/a/0/limit", "/a/0/total"]),
        (page(20, 20, 20, 50, previous=None), ["/a/0/offset"]),
    ],
)
def test_a_contradiction_names_both_fields(body: dict[str, Any], pointers: list[str], tmp_path: Path) -> None:
    """The text has the pointer of the field at fault and those of the fields that it disagrees with."""
    violation = check_exchange(responded({"a": [body]}), registry(tmp_path, ANY_OBJECT))[0]

    assert violation.pointer.startswith("/a/0/")
    assert all(pointer in f"{violation.pointer} {violation.expected}" for pointer in pointers)


def test_a_short_page_is_told_and_does_not_fail(tmp_path: Path) -> None:
    """A page in mid-list with fewer items than its limit is additive: reported of Spotify, never recorded."""
    assert found(page(0, 20, 0, 97), tmp_path) == [("additive", "/items", "page-short")]


def test_a_number_with_a_fraction_does_not_switch_the_arithmetic_of_pages_off(tmp_path: Path) -> None:
    """A page whose limit and total are written as 20.0 and 97.0 needs its next page all the same."""
    body = page(20, 20, 0, 97) | {"limit": 20.0, "total": 97.0, "next": None}

    assert found(body, tmp_path) == broken("page-next", "/next")


@pytest.mark.parametrize("engine", ["jsonschema-rs", "jsonschema"])
@pytest.mark.parametrize("number", ["5190.0", "8.1E1", "4.9e7", "1e3", "-0.0"])
def test_a_whole_number_is_written_as_one(number: str, engine: str, tmp_path: Path) -> None:
    """Where the schema says integer, a fraction or an exponent is breaking; not where it says number."""
    made = registry(tmp_path, ANY_OBJECT, engine=engine)
    bodies = [f'{{"{name}": {number}}}'.encode() for name in ("count", "share")]

    counted, shared = (check_exchange(responded(body), made) for body in bodies)

    assert [(v.kind, v.pointer) for v in counted] == [("breaking", "/count")]
    assert shared == []


def test_what_the_schema_finds_is_not_told_again(tmp_path: Path) -> None:
    """A field that breaks the schema and contradicts another one is one violation."""
    schema = {"type": "object", "properties": {"id": {"pattern": "^1+$"}}}
    body = thing("track") | {"id": "x"}

    responses = {"200": {"body": "json", "schema": schema}}
    violations = found(body, tmp_path, responses=responses)

    assert [pointer for kind, pointer, _ in violations if kind == "breaking"] == ["/id"]


def test_objects_chosen_by_fields_are_held_to_what_came_of_them(tmp_path: Path) -> None:
    """With `fields` objects are incomplete and must agree; pages shrink, so they need not add up."""
    url = "/things/abc?fields=id,uri"
    track = {"id": ONE, "uri": f"spotify:track:{OTHER}"}

    assert found(track, tmp_path, url) == broken("uri", "/uri")
    assert found({"items": [track, track], "limit": 1}, tmp_path, url) == [
        *broken("uri", "/items/0/uri"),
        *broken("uri", "/items/1/uri"),
    ]


@pytest.mark.parametrize(("rule", "body", "pointer"), BROKEN)
def test_a_contract_may_switch_a_rule_off(
    rule: str, body: dict[str, Any], pointer: str, tmp_path: Path
) -> None:
    """A rule that a contract names with a reason does not hold for its operation, and all others do."""
    assert found(body, tmp_path, consistency={rule: "our proxy does so"}) == []
    assert found(body, tmp_path, consistency={"page-short": "ours are"}) == broken(rule, pointer)


@pytest.mark.parametrize(
    "switched", [{"urn": "a reason"}, {"uri": ""}, {"uri": "  "}, {"uri": None}, ["uri"]]
)
def test_only_a_known_rule_is_switched_off_and_with_a_reason(switched: Any, tmp_path: Path) -> None:
    """A rule that does not exist, or one without a reason, is refused with the place in the file."""
    with pytest.raises(InvalidContract) as refused:
        registry(tmp_path, contract(consistency=switched))

    assert "/consistency" in str(refused.value)


def test_the_format_of_contracts_knows_every_rule(tmp_path: Path) -> None:
    """Each rule can be switched off, and the documentation names each."""
    registry(tmp_path, contract(consistency=dict.fromkeys(RULES, "a reason")))
    text = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text(encoding="utf-8")

    assert {rule for rule in RULES if f"`{rule}`" not in text} == set()


@pytest.mark.parametrize("access", ["development", "development-older", "extended"])
def test_contradictions_are_found_under_every_access(access: Any) -> None:
    """The bundled contracts are held to the rules, whatever the access."""
    cassettes = Path(__file__).parents[2] / "cassettes"
    recorded = load(cassettes / "extended/artists/get-an-artist/artist.yaml").exchanges[0]
    body = json.loads(recorded.response.body)
    body["uri"] = f"spotify:artist:{OTHER}"
    changed = exchange(recorded.request.url.removeprefix(API), body=body)

    violations = check_exchange(changed, bundled(access))

    assert "/uri" in [v.pointer for v in violations if v.kind == "breaking"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (page(20, 20, 0, 9), "expected at most 9 items, as /total is 9"),
        (page(11, 20, 40, 50), "expected at most 10 items behind /offset 40, as /total is 50"),
        (page(20, 20, 20, 50, previous=None), "expected a link, as /offset is 20"),
        (page(20, 20, 0, 50, previous="https://x"), "expected null, as /offset is 0"),
    ],
)
def test_sentences_name_what_a_page_should_have(tmp_path: Path, body: Any, told: str) -> None:
    """The number or the link that the rest of the page asks for, and where from."""
    rules = registry(tmp_path, ANY_OBJECT)
    assert any(each.message.startswith(told) for each in check_exchange(responded(body), rules))


def test_sentences_show_what_contradicts(tmp_path: Path) -> None:
    """The text of the field at fault is there, shortened."""
    body = thing("track") | {"uri": f"spotify:track:{OTHER}"}
    (found,) = check_exchange(responded(body), registry(tmp_path, ANY_OBJECT))
    assert OTHER in found.message
