"""One check: every kind of violation, with its place and its sentence."""

from pathlib import Path
from typing import Any

import pytest

from pytest_spotify.check import check_body, check_exchange, check_request
from pytest_spotify.check.request import parse_parameter
from pytest_spotify.check.violation import Violation, failing, worst
from pytest_spotify.contracts.registry import bundled
from pytest_spotify.exchange import API_URL, Request
from tests.support.contract_files import EVERYWHERE, contract, exchange, registry

GOOD = {"id": "abc", "kind": "red"}
REMOVED = {
    **EVERYWHERE,
    "development": {"status": "removed", "since": "2026-02-11", "replaced_by": "GET /stuff/{id}"},
}
ERROR = {"error": {"status": 404, "message": "Resource not found"}}


def told(violations: list[Violation]) -> list[tuple[str, str, str]]:
    return [(violation.kind, violation.pointer, violation.message) for violation in violations]


@pytest.mark.parametrize("engine", ["jsonschema-rs", "jsonschema"])
@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({}, []),
        ({"url": "/things/abc/?limit=50&market=ES"}, []),
        (
            {"body": {"kind": "red"}},
            [("breaking", "/id", "required property is missing")],
        ),
        ({"body": {"id": None, "kind": "red"}}, [("breaking", "/id", "expected string, got null")]),
        (
            {"body": {**GOOD, "new": 1, "note": 5}},
            [
                ("breaking", "/note", "expected null or string, got 5"),
                ("additive", "/new", "unexpected property (not in the contract): 1"),
            ],
        ),
        (
            {"body": {"id": "abc", "kind": "green"}},
            [("additive", "/kind", 'expected one of red, blue, got "green"')],
        ),
        (
            {"url": "/things/abc?limit=51"},
            [("request", "/query/limit", "expected at most 50, got 51")],
        ),
        (
            {"url": "/things/abc?limit=51&limit=50"},
            [("request", "/query/limit", "expected at most 50, got 51")],
        ),
        (
            {"url": "/things/abc?limit=many"},
            [("request", "/query/limit", "expected integer, got text")],
        ),
        (
            {"url": "/things/abc?locale=sv"},
            [("additive", "/query/locale", 'expected a parameter of the contract, got the unknown "locale"')],
        ),
        (
            {"url": "/things/ABC"},
            [("request", "/path/id", 'expected a string matching ^[a-z]{3}$, got "ABC"')],
        ),
        (
            {"url": "/nothings"},
            [("unknown", "", "GET /nothings is no operation of the contracts")],
        ),
        (
            {"url": "/thingz/11dFghVXANMlKmJXsNCbNl", "status": 400},
            [
                (
                    "unknown",
                    "",
                    "GET /thingz/11dFghVXANMlKmJXsNCbNl is no operation of the contracts (status 400); "
                    "did you mean GET /things/{id}?",
                )
            ],
        ),
        (
            {"sent": b"{}"},
            [("additive", "/body", "expected no body, got one")],
        ),
        ({"status": 404, "body": ERROR}, []),
        ({"status": 404, "body": b""}, []),
        (
            {"status": 400, "body": ERROR},
            [("breaking", "/error/status", "expected 400, as the HTTP status, got 404")],
        ),
        ({"status": 403, "body": b"User not registered", "headers": {"Content-Type": "text/plain"}}, []),
        ({"status": 503, "body": b"<html>", "headers": {"Content-Type": "text/html"}}, []),
        (
            {"status": 200, "body": b"<html>", "headers": {"Content-Type": "text/html; charset=utf-8"}},
            [("breaking", "", "expected application/json, got text/html")],
        ),
        ({"body": b"{", "status": 200}, [("breaking", "", "expected JSON, got line 1 column 2")]),
        (
            {"body": b'{"id": "abc", "id": "abd"}'},
            [("breaking", "", 'expected JSON, got duplicate key "id"')],
        ),
        ({"body": b""}, [("breaking", "", "expected JSON, got line 1 column 1")]),
    ],
)
def test_every_kind_of_violation(
    made: dict[str, Any], expected: list[tuple[str, str, str]], engine: str, tmp_path: Path
) -> None:
    """Kind, JSON pointer and sentence, from both engines, worst first."""
    found = check_exchange(exchange(**({"body": GOOD} | made)), registry(tmp_path, engine=engine))

    assert [(kind, pointer) for kind, pointer, _ in expected] == [(v.kind, v.pointer) for v in found]
    for (_, _, message), violation in zip(expected, found, strict=True):
        assert violation.message.startswith(message)


def test_an_undocumented_status_breaks_the_contract(tmp_path: Path) -> None:
    """The message lists the statuses that are written down."""
    (violation,) = check_exchange(exchange(status=302, body=GOOD), registry(tmp_path))

    assert violation.kind == "breaking"
    assert violation.message.startswith("expected a status of 200, 400, 401")
    assert violation.actual == "302"


def test_fields_of_another_access_tell_the_accesses_apart(tmp_path: Path) -> None:
    """What only extended apps are sent is additive under development."""
    body = {**GOOD, "rank": 3}

    assert check_exchange(exchange(body=body), registry(tmp_path, access="extended")) == []
    assert worst(check_exchange(exchange(body=body), registry(tmp_path, access="development"))) == "additive"


def test_a_removed_operation_is_the_request_s_fault_and_names_its_successor(tmp_path: Path) -> None:
    """A refusal of it fits; the replacement is named."""
    removed = registry(tmp_path, contract(access=REMOVED, cases=None))
    refusal = {"error": {"status": 403, "message": "Forbidden"}}

    (violation,) = check_exchange(exchange(status=403, body=refusal), removed)

    assert violation.kind == "request"
    expected = "GET /things/{id} was removed for development apps on 2026-02-11; use GET /stuff/{id}"
    assert expected == violation.message


def test_a_removed_operation_that_answers_says_what_that_may_mean(tmp_path: Path) -> None:
    """Spotify brought it back, or the run names the wrong access; the body is not checked."""
    removed = registry(tmp_path, contract(access=REMOVED, cases=None))

    (violation,) = check_exchange(exchange(body={"anything": 1}), removed)

    assert "Spotify brought it back, or the app has another access" in violation.message


def test_a_missing_scope_is_named(tmp_path: Path) -> None:
    """A 403 for want of a scope says which scopes the operation needs."""
    scoped = registry(tmp_path, contract(scopes={"all_of": ["user-top-read"], "any_of": ["a", "b"]}))
    refusal = {"error": {"status": 403, "message": "Insufficient client scope"}}

    (violation,) = check_exchange(exchange(status=403, body=refusal), scoped)

    assert violation.kind == "request"
    assert "a token granted user-top-read, and a or b" in violation.message


def test_links_that_spotify_made_are_lawful(tmp_path: Path) -> None:
    """A page's own address, and links of earlier answers, carry whatever Spotify wrote into them."""
    url = "/things/abc?limit=99&locale=sv"
    own = {**GOOD, "href": f"https://api.spotify.com/v1{url}"}

    assert worst(check_exchange(exchange(url, body=GOOD), registry(tmp_path))) == "request"
    assert [v.pointer for v in check_exchange(exchange(url, body=own), registry(tmp_path))] == ["/href"]
    link = f"https://api.spotify.com/v1{url}"
    assert check_exchange(exchange(url, body=GOOD), registry(tmp_path), links={link}) == []


PAGE = {
    "type": "object",
    "properties": {
        **{name: {"type": "integer"} for name in ("limit", "offset", "total")},
        "items": {"type": "array"},
        "next": {"type": ["string", "null"]},
    },
}


@pytest.mark.parametrize(
    ("page", "pointer"),
    [
        ({"items": [1, 2], "limit": 2, "offset": 0, "total": 5, "next": "u"}, None),
        ({"items": [1], "limit": 2, "offset": 4, "total": 5, "next": None}, None),
        ({"items": [], "limit": 2, "offset": 8, "total": 5, "next": None}, None),
        ({"items": [1, 2, 3], "limit": 2, "offset": 0, "total": 5, "next": "u"}, "/items"),
        ({"items": [1, 2], "limit": 2, "offset": 0, "total": 5, "next": None}, "/next"),
        ({"items": [1, 2], "limit": 2, "offset": 3, "total": 5, "next": "u"}, "/next"),
        ({"items": [1, 2], "limit": 2}, None),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_page_arithmetic(page: dict[str, Any], pointer: str | None, nested: bool, tmp_path: Path) -> None:
    """Never more items than the limit; next is null exactly at the end; one level down too."""
    schema = {"type": "object", "properties": {"albums": PAGE}} if nested else PAGE
    paged = registry(tmp_path, contract(responses={"200": {"body": "json", "schema": schema}}))
    body = {"albums": page} if nested else page

    found = check_exchange(exchange(body=body), paged)

    expected = [] if pointer is None else [("/albums" if nested else "") + pointer]
    assert expected == [violation.pointer for violation in found]


def test_selected_fields_need_not_be_complete(tmp_path: Path) -> None:
    """With `fields`, only what was asked for comes, and total shrinks; types still hold."""
    parameters = {**contract()["parameters"], "fields": {"in": "query", "schema": {"type": "string"}}}
    made = registry(tmp_path, contract(parameters=parameters))

    assert check_exchange(exchange("/things/abc?fields=kind", body={"kind": "red"}), made) == []
    assert worst(check_exchange(exchange("/things/abc?fields=kind", body={"kind": 1}), made)) == "breaking"


@pytest.mark.parametrize(
    ("sent", "kinds"),
    [
        ("market=ES", []),
        ("market=from_token", ["additive"]),
        ("market=ES&market=from_token", ["additive"]),
        ("market=FROM_TOKEN", ["request"]),
        ("market=from_tokens", ["request"]),
        ("market=", ["request"]),
        ("page=last", ["additive"]),
        ("page=first", ["request"]),
    ],
)
def test_a_value_that_is_undocumented_and_taken_is_additive(
    sent: str, kinds: list[str], tmp_path: Path
) -> None:
    """A parameter's schema may list values that clients send and the API takes; any other is a violation."""
    market = {"in": "query", "schema": {"$ref": "pytest-spotify:common.schema.json#/$defs/market"}}
    page = {"in": "query", "schema": {"type": "integer", "x-undocumented": ["last"]}}
    made = contract(parameters={**contract()["parameters"], "market": market, "page": page})

    found = check_exchange(exchange(f"/things/abc?{sent}", body=GOOD), registry(tmp_path, made))

    assert kinds == [violation.kind for violation in found]


@pytest.mark.parametrize("access", ["development", "extended"])
def test_from_token_is_no_violation_wherever_a_market_is_taken(access: Any) -> None:
    """`market=from_token` stands in no reference any more, and is additive at most for every operation."""
    known = bundled(access)
    taking = [c for c in known.contracts.values() if "market" in c.parameters]

    for made in taking:
        schema = made.parameters["market"].schema_for(access)
        assert "from_token" in known.resolved(schema)["x-undocumented"], made.operation
    assert len(taking) > 20


@pytest.mark.parametrize(
    ("text", "kinds"), [("0.5", []), ("50", ["additive"]), ("1.5", ["additive"]), ("happy", ["request"])]
)
def test_a_target_beyond_its_range_is_additive(text: str, kinds: list[str]) -> None:
    """A recommendation's target beyond 1 is told and does not fail; what is no number fails."""
    url = f"{API_URL}/recommendations?seed_genres=pop&target_valence={text}"
    violations = check_request(Request(method="GET", url=url), bundled("extended"))
    assert [violation.kind for violation in violations] == kinds


BODY = {
    "content_type": "application/json",
    "required": True,
    "schema": {
        "type": "object",
        "properties": {"ids": {"type": "array", "items": {"type": "string"}, "maxItems": 2}},
    },
}


@pytest.mark.parametrize(
    ("sent", "pointers"),
    [
        (b'{"ids": ["a"]}', []),
        (b'{"ids": ["a", "b", "c"]}', ["/body/ids"]),
        (b'["a"]', ["/body"]),
        (b"", ["/query/ids", "/body"]),
        (b"{", ["/body"]),
    ],
)
def test_the_request_body_is_judged(sent: bytes, pointers: list[str], tmp_path: Path) -> None:
    """A bare array, too many ids, none: the request's fault. Ids may stand in query or body."""
    parameters = {
        **contract()["parameters"],
        "ids": {"in": "query", "required": True, "schema": {"type": "array"}},
    }
    made = contract(method="PUT", parameters=parameters, body=BODY, cases=None)

    found = check_exchange(exchange(method="PUT", sent=sent, body=GOOD), registry(tmp_path, made))

    assert pointers == [violation.pointer for violation in found]
    assert {"request"} >= {violation.kind for violation in found}


@pytest.mark.parametrize(
    ("rule", "status", "body", "verdict"),
    [
        ({"204": {"body": "empty"}}, 204, b"", "ok"),
        ({"204": {"body": "empty"}}, 204, b"x", "breaking"),
        ({"200": {"body": "any"}}, 200, b"opaque", "ok"),
        ({"200": {"body": "any"}}, 200, b"", "ok"),
    ],
)
def test_bodies_that_are_not_json(
    rule: dict[str, Any], status: int, body: bytes, verdict: str, tmp_path: Path
) -> None:
    """No body where none is sent; player commands answer what they like."""
    made = registry(tmp_path, contract(responses=rule, cases=None))

    assert verdict == worst(check_exchange(exchange(status=status, body=body, headers={}), made))


def test_a_requested_page_must_be_there(tmp_path: Path) -> None:
    """A parameter's values bring further schemas, one for each of a comma-separated list."""
    schema = {"type": "object", "properties": {"albums": {}, "artists": {}}}
    by_type = {"album": {"required": ["albums"]}, "artist": {"required": ["artists"]}}
    made = contract(
        responses={"200": {"body": "json", "schema": schema, "by_parameter": {"type": by_type}}},
        parameters={**contract()["parameters"], "type": {"in": "query", "schema": {"type": "array"}}},
    )

    found = check_exchange(
        exchange("/things/abc?type=album,artist", body={"albums": 1}), registry(tmp_path, made)
    )

    assert ["/artists"] == [violation.pointer for violation in found]


def test_plain_bodies_are_judged_without_headers(tmp_path: Path) -> None:
    """Bodies kept for mocks have no media type."""
    made = registry(tmp_path)
    thing = made.contracts["get-thing"]

    assert check_body(thing, 200, b'{"id": "abc", "kind": "red"}', made) == []
    assert worst(check_body(thing, 200, b"{}", made)) == "breaking"
    assert worst(check_body(thing, 299, b"{}", made)) == "breaking"


def test_what_fails_depends_on_strict() -> None:
    """Breaking and request fail; the others are told, and fail under strict."""
    one_each = [
        Violation(kind=kind, pointer="", expected="", actual="")
        for kind in ("breaking", "request", "additive", "unknown")
    ]

    assert ["breaking", "request"] == [violation.kind for violation in failing(one_each)]
    assert one_each == failing(one_each, strict=True)


def test_a_kept_304_was_asked_for(tmp_path: Path) -> None:
    """A file that stands for a 304 is one of a request that had no condition."""
    rules = registry(tmp_path)
    (found,) = check_body(rules.contracts["get-thing"], 304, b"", rules)
    assert "neither If-None-Match nor If-Modified-Since" in found.expected


def test_a_missing_parameter_is_said_so(tmp_path: Path) -> None:
    """The sentence names the place and that nothing was sent."""
    needed = {"q": {"in": "query", "required": True, "schema": {"type": "string"}}}
    rules = registry(tmp_path, contract(parameters=contract()["parameters"] | needed))
    assert told(check_request(exchange().request, rules)) == [
        ("request", "/query/q", "expected a value, got none")
    ]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("true", "boolean", True),
        ("False", "boolean", False),
        ("maybe", "boolean", "maybe"),
        ("true", "string", "true"),
        ("false", "integer", "false"),
    ],
)
def test_a_truth_is_one_by_its_type_and_its_text(text: str, kind: str, value: object) -> None:
    """Other texts, and the same texts of other types, stay texts."""
    found = parse_parameter(text, {"type": kind})
    assert (found, type(found)) == (value, type(value))


def test_only_what_was_sent_is_hidden() -> None:
    """Texts that stand in the contract are shown; those that a rule took from a response are not."""
    by_contract = Violation(kind="breaking", pointer="/a", expected='"album"', actual='"somebody"')
    hidden = by_contract.without_values()
    assert (hidden.expected, hidden.actual) == ('"album"', "a text")
    by_rule = Violation(kind="breaking", pointer="/a", expected='"anna", as /uri (rule id)', actual="5")
    assert by_rule.without_values().expected == "another text, as /uri (rule id)"
    number = Violation(kind="breaking", pointer="/v1/a1", expected="text", actual="/users/anna")
    assert number.without_values().actual == "/users/anna"
