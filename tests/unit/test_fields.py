"""Answers to requests with `fields`: what was asked for must be there, what was not may be left out."""

import copy
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from pytest_spotify.access import Access
from pytest_spotify.check import check_exchange
from pytest_spotify.check.violation import worst
from pytest_spotify.contracts.fields import ALL_FIELDS, UNKNOWN_FIELDS, parse_fields
from pytest_spotify.contracts.registry import ContractRegistry, bundled
from tests.support.contract_files import contract, exchange, registry

PLAYLIST = "/playlists/3cEYpjA9oz9GiPac4AsH4n"
TRACK_URL = "https://api.spotify.com/v1/tracks/11dFghVXANMlKmJXsNCbNl"
ALBUM_URL = "https://api.spotify.com/v1/albums/0sNOF9WDwhWunNAHPD3Baj"


def broken(url: str, fields: str, body: Any, access: Access = "extended") -> list[tuple[str, str]]:
    """Return kind and place of what fails in an answer, on which both engines must agree."""
    asked = exchange(f"{url}{'&' if '?' in url else '?'}fields={quote(fields)}", body=body)
    found = check_exchange(asked, bundled(access))
    assert found == check_exchange(asked, bundled(access, "jsonschema"))
    return [(violation.kind, violation.pointer) for violation in found]


def without(body: Any, *path: str | int) -> Any:
    """Return a copy of a body without the value at a path."""
    made = copy.deepcopy(body)
    holder = made
    for part in path[:-1]:
        holder = holder[part]
    del holder[path[-1]]
    return made


@pytest.mark.parametrize(
    ("fields", "body", "path"),
    [
        ("description,uri", {"description": "", "uri": "spotify:playlist:3cEYpjA9oz9GiPac4AsH4n"}, ["uri"]),
        ("followers.total", {"followers": {"total": 3}}, ["followers", "total"]),
        ("name , owner( id )", {"name": "Mine", "owner": {"id": "me"}}, ["owner", "id"]),
        (
            "tracks.items(added_at,added_by.id),tracks.total",
            {"tracks": {"items": [{"added_at": None, "added_by": {"id": "me"}}], "total": 1}},
            ["tracks", "items", 0, "added_by", "id"],
        ),
        (
            "tracks.items(added_at),tracks.total",
            {"tracks": {"items": [{"added_at": None}], "total": 1}},
            ["tracks", "total"],
        ),
        (
            "tracks.items(track(name,href,album(name,href)))",
            {
                "tracks": {
                    "items": [
                        {"track": {"name": "A", "href": TRACK_URL, "album": {"name": "B", "href": ALBUM_URL}}}
                    ]
                }
            },
            ["tracks", "items", 0, "track", "album", "name"],
        ),
        (
            "tracks.items(track(name,artists(name)))",
            {"tracks": {"items": [{"track": {"name": "A", "artists": [{"name": "B"}]}}]}},
            ["tracks", "items", 0, "track", "artists", 0, "name"],
        ),
        ("images", {"images": [{"height": None, "url": "https://i.scdn.co/a", "width": None}]}, ["images"]),
        (
            "images",
            {"images": [{"height": None, "url": "https://i.scdn.co/a", "width": None}]},
            ["images", 0, "width"],
        ),
        (
            "owner(!display_name,!external_urls,!href,!uri)",
            {"owner": {"id": "me", "type": "user"}},
            ["owner", "type"],
        ),
    ],
)
def test_what_was_asked_for_must_be_there(fields: str, body: Any, path: list[str | int]) -> None:
    """A field that the request names is held as in a whole answer; those that it does not name are not."""
    assert broken(PLAYLIST, fields, body) == []
    assert broken(PLAYLIST, fields, without(body, *path)) == [("breaking", "/" + "/".join(map(str, path)))]


def test_one_left_out_is_not_asked_for() -> None:
    """`!` alone asks for everything else, inside too."""
    body = {"collaborative": False, "description": None}
    missing = {pointer for _, pointer in broken(PLAYLIST, "!tracks,!followers", body)}
    assert {"/id", "/owner"} <= missing
    assert missing.isdisjoint({"/tracks", "/followers"})


@pytest.mark.parametrize(
    "fields",
    [
        ",",
        "name,",
        "(name)",
        "owner(",
        "owner(id",
        "owner)",
        "owner..id",
        "!",
        "name,!owner",
        "a(" * 5000,
        ".".join("a" * 5000),
    ],
)
def test_what_cannot_be_read_for_certain_asks_for_nothing(fields: str) -> None:
    """No text crashes the check; where its meaning is not documented nothing is missed, yet types hold."""
    assert broken(PLAYLIST, fields, {}) == []
    assert broken(PLAYLIST, fields, {"name": 1}) == [("breaking", "/name")]


def test_names_that_are_given_twice_are_put_together() -> None:
    """What both mention is asked for; where one is narrower than the other, what is inside stays open."""
    found = parse_fields("a(b),a.c.d,e,e(f),g,g")
    assert found.named["a"].named["b"] == ALL_FIELDS
    assert found.named["a"].named["c"].named["d"] == ALL_FIELDS
    assert found.named["e"] == UNKNOWN_FIELDS
    assert found.named["g"] == ALL_FIELDS


@pytest.mark.parametrize(
    "track",
    [
        {"type": "track", "id": None, "name": "Mine"},
        {"type": "track", "uri": "spotify:local:::Mine:12", "id": None},
        {"id": None, "name": "Mine"},
        {"href": None, "id": None},
        {"name": None, "uri": None},
    ],
)
def test_a_local_file_or_a_gone_episode_is_known_without_is_local(track: Any) -> None:
    """Null is lawful for a local file and for what is gone, also where the request left out what says so."""
    fields = f"items(track({','.join(track)}))"
    assert broken(f"{PLAYLIST}/tracks", fields, {"items": [{"track": track}]}) == []


def test_a_track_of_the_catalogue_is_still_held() -> None:
    """What tells its kind by uri or href is checked in full, as far as it was asked for."""
    good = {"uri": "spotify:track:11dFghVXANMlKmJXsNCbNl", "id": "11dFghVXANMlKmJXsNCbNl"}
    for change in ({"id": "short"}, {"id": None}, {"uri": "spotify:track:short"}):
        body = {"items": [{"track": good | change}]}
        assert worst(check_exchange(exchange(f"{PLAYLIST}/tracks?fields=items(track(uri,id))", body=body),
                           bundled("extended"))) == "breaking"  # fmt: skip


LOCAL = {"href": None, "id": None, "uri": "spotify:local:::Mine:12"}
EPISODE = {
    "href": "https://api.spotify.com/v1/episodes/512ojhOuo1ktJprKbVcKyQ",
    "id": "512ojhOuo1ktJprKbVcKyQ",
    "uri": "spotify:episode:512ojhOuo1ktJprKbVcKyQ",
}
TRACK = {"href": TRACK_URL, "id": "11dFghVXANMlKmJXsNCbNl", "uri": "spotify:track:11dFghVXANMlKmJXsNCbNl"}


@pytest.mark.parametrize("names", [["uri"], ["href"], ["uri", "href", "id"]])
@pytest.mark.parametrize(
    ("form", "preview_url", "description"),
    [
        (TRACK, "https://p.scdn.co/mp3-preview/a", None),
        (LOCAL, None, None),
        (EPISODE, None, "About music."),
    ],
)
def test_an_object_is_checked_as_what_it_shows(
    form: dict[str, Any], names: list[str], preview_url: Any, description: Any
) -> None:
    """Without `type` and `is_local`, its URI or address says whether it is a track, a file or an episode."""
    shown = {name: form[name] for name in names} | {"name": "A"}
    fields = f"items(track({','.join(names)},name,preview_url,description))"
    track = shown | ({"description": description} if form is EPISODE else {"preview_url": preview_url})

    assert broken(f"{PLAYLIST}/tracks", fields, {"items": [{"track": track}]}) == []
    if form is not EPISODE:  # an episode may come in the form of a track, which has no description
        wrong = track | {"preview_url": 1}
        assert broken(f"{PLAYLIST}/tracks", fields, {"items": [{"track": wrong}]}) == [
            ("breaking", "/items/0/track/preview_url")
        ]
        nameless = without(track, "name")
        assert broken(f"{PLAYLIST}/tracks", fields, {"items": [{"track": nameless}]}) == [
            ("breaking", "/items/0/track/name")
        ]


@pytest.mark.parametrize(
    ("fields", "track", "place"),
    [
        ("name,album(images(url))", {"name": "A", "album": {"images": [{"url": 1}]}}, "album/images/0/url"),
        ("name,album(name)", {"name": "A", "album": {"name": None}}, "album/name"),
        ("artists(id)", {"artists": [{"id": "short"}]}, "artists/0/id"),
        ("external_urls(spotify)", {"external_urls": {"spotify": 1}}, "external_urls/spotify"),
        ("duration_ms", {"duration_ms": -1}, "duration_ms"),
        ("href", {"href": "https:/api.spotify.com/v1/tracks/1"}, "href"),
        ("explicit,name", {"name": "A"}, "explicit"),
    ],
)
def test_what_all_forms_have_in_common_is_held(fields: str, track: Any, place: str) -> None:
    """A fault in a track or episode of unknown kind is found wherever all of its forms agree."""
    assert broken(f"{PLAYLIST}/tracks", f"items(track({fields}))", {"items": [{"track": track}]}) == [
        ("breaking", f"/items/0/track/{place}")
    ]


def test_a_part_does_not_stand_in_for_the_whole() -> None:
    """What `!` leaves out of one place is required elsewhere in the response."""
    whole = {"items": [{"added_at": None, "added_by": None, "is_local": False, "item": {"type": "track"}}]}
    missing = {pointer for _, pointer in broken(f"{PLAYLIST}/tracks", "items(!track)", whole)}
    assert {"/items/0/item/album", "/items/0/item/popularity"} <= missing


@pytest.mark.parametrize(
    "schema",
    [
        {"if": {"required": ["a"]}, "then": {"$ref": "a.schema.json"}, "else": {"$ref": "a.schema.json"}},
        {"x-discriminator": {"propertyName": "a", "mapping": {"b": {"$ref": "a.schema.json"}}}},
        {"x-discriminator": {"propertyName": "a", "mapping": {"b": {"type": "object"}}}},
    ],
)
def test_a_choice_that_leads_to_itself_is_no_endless_one(schema: Any, tmp_path: Path) -> None:
    """A schema whose forms lead back to the choice, or that has one form, ends the check all the same."""
    (tmp_path / "a.schema.json").write_text(json.dumps(schema))
    parameters = contract()["parameters"] | {"fields": {"in": "query", "schema": {"type": "string"}}}
    responses = {"200": {"body": "json", "schema": {"$ref": "a.schema.json"}}}
    checked = registry(tmp_path, contract(parameters=parameters, responses=responses))

    assert check_exchange(exchange("/things/abc?fields=b", body={"b": 1}), checked) == []


def test_markets_may_be_missing_where_is_playable_was_not_asked_for() -> None:
    """With `market` tracks have is_playable in place of available_markets: unasked, it cannot say so."""
    body = {"items": [{"track": {"type": "track", "is_local": False, "name": "A"}}]}
    url = f"{PLAYLIST}/tracks?market=ES"
    assert broken(url, "items(track(type,is_local,name,available_markets))", body) == []


@pytest.mark.parametrize("name", ["track", "item"])
def test_an_entry_has_the_name_that_was_asked_for(name: str) -> None:
    """An entry comes as `track` or `item`; where the request names one of the two, it is that one."""
    assert broken(f"{PLAYLIST}/tracks", f"items({name}(name))", {"items": [{name: {"name": "A"}}]}) == []
    assert broken(f"{PLAYLIST}/tracks", f"items({name}(name))", {"items": [{}]}) == [
        ("breaking", f"/items/0/{name}")
    ]


def test_errors_are_held_whole() -> None:
    """`fields` selects of a playlist; an error comes as it is."""
    asked = exchange(f"{PLAYLIST}?fields=name", status=404, body={"error": {"message": "gone"}})
    assert ("breaking", "/error/status") in [
        (each.kind, each.pointer) for each in check_exchange(asked, bundled("extended"))
    ]


@pytest.fixture
def trees(tmp_path: Path) -> ContractRegistry:
    """A user's own contract, with `fields`, of a tree."""
    (tmp_path / "tree.schema.json").write_text(
        '{"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, '
        '"children": {"type": "array", "items": {"$ref": "#"}}}}'
    )
    return registry(
        tmp_path,
        contract(
            parameters=contract()["parameters"] | {"fields": {"in": "query", "schema": {"type": "string"}}},
            responses={"200": {"body": "json", "schema": {"$ref": "tree.schema.json"}}},
        ),
    )


def test_a_schema_that_contains_itself_is_no_endless_one(trees: ContractRegistry) -> None:
    """A user's contract may have `fields` and a tree: it is checked as deep as was asked."""

    def found(fields: str, body: Any) -> list[str]:
        asked = exchange(f"/things/abc?fields={fields}", body=body)
        return [each.pointer for each in check_exchange(asked, trees) if each.kind == "breaking"]

    assert found("children.name", {"children": [{}]}) == ["/children/0/name"]
    assert found("children", {"children": [{"name": "a", "children": [{}]}]}) == [
        "/children/0/children/0/name"
    ]
    assert found("x,!y", {"children": [{"children": [{"name": 1}]}]}) == []


def test_any_number_of_selections_is_checked_with_a_bounded_number_kept(trees: ContractRegistry) -> None:
    """A file of traffic with a different `fields` in each request does not fill the memory."""
    for number in range(80):
        assert check_exchange(exchange(f"/things/abc?fields=name,x{number}", body={"name": "A"}), trees) == []
    assert 0 < len(trees._field_validators) <= 64
