"""`pytest-spotify operations`: the list, and what is told of one operation."""

from tests.support.command import run


def test_the_list_has_every_operation_with_its_access():
    """By group: name, method and path, and what replaces what the access has not."""
    ran = run("operations", "--access", "development")
    assert ran.status == 0
    assert sum(line.startswith("      ") for line in ran.out.splitlines()) == 96
    assert (
        "\n  get-multiple-albums\n      GET /albums   removed 2026-02-11, use GET /albums/{id}\n" in ran.out
    )
    assert "\n  get-track\n      GET /tracks/{id}\n" in ran.out


def test_one_operation_is_told_with_all_that_is_known():
    """Accesses, token, scopes, parameters, statuses, evidence and the file of its contract."""
    lines = run("operations", "get-users-saved-tracks").out.splitlines()
    assert lines[0] == "get-users-saved-tracks   GET /me/tracks"
    assert "  scopes      user-library-read" in lines
    assert "  parameter   limit (query)" in lines
    assert lines[-1].endswith("get-users-saved-tracks.contract.json")


def test_an_unknown_name_has_a_suggestion():
    """The nearest name is offered: exit status 2."""
    ran = run("operations", "get-trak")
    assert ran.status == 2
    assert "no operation is named 'get-trak'; did you mean get-track?" in ran.err
