"""What `check` says of a move to development mode, and which operations a project uses."""

from pathlib import Path

from tests.support.command import run
from tests.support.traffic_samples import API, write_har

SAVED = {
    "href": f"{API}/me/shows?offset=0&limit=20",
    "items": [],
    "limit": 20,
    "next": None,
    "offset": 0,
    "previous": None,
    "total": 0,
}
USER = {
    "display_name": "A. Person",
    "external_urls": {"spotify": "https://open.spotify.com/user/somebody"},
    "followers": {"href": None, "total": 3},
    "href": f"{API}/users/somebody",
    "id": "somebody",
    "images": [],
    "type": "user",
    "uri": "spotify:user:somebody",
}


def test_the_check_begins_with_what_breaks_in_development_mode(tmp_path: Path) -> None:
    """Where --access asks: removed operations with their replacement, ranges, fields that are not sent.

    Where it does not, the same comes after what is wrong.
    """
    file = write_har(
        tmp_path / "a.har",
        (f"{API}/me", 200, USER),
        (f"{API}/users/somebody", 200, USER),
        (f"{API}/me/shows", 200, SAVED),
        (
            f"{API}/search?q=love&type=album&limit=50",
            400,
            {"error": {"status": 400, "message": "Invalid limit"}},
        ),
    )

    ran = run("check", "--access", "development", file)

    assert run("check", file).out.index("when the app moves") > ran.out.index("operation")
    assert ran.out.splitlines()[:8] == [
        "when the app moves from extended to development:",
        "  get-current-users-profile",
        "      no longer sent: /followers",
        "  get-users-profile",
        "      GET /users/{user_id} was removed for development apps on 2026-02-11; use GET /me",
        "  search",
        "      /query/limit: expected at most 10, got 50",
        "",
    ]


def test_nothing_is_said_where_nothing_breaks(tmp_path: Path) -> None:
    """No empty section, and none under extended."""
    file = write_har(tmp_path / "a.har", (f"{API}/me/shows", 200, SAVED))
    ran = run("check", "--access", "development", file)
    assert ran.out.splitlines()[-1] == "1 exchange checked, none failed; access development"

    file = write_har(tmp_path / "b.har", (f"{API}/users/somebody", 200, USER))
    ran = run("check", "--access", "extended", file)
    assert "when the app moves" not in ran.out


def test_the_operations_in_use_are_listed_for_the_ini_file(tmp_path: Path) -> None:
    """One a line, sorted, each once; nothing else on standard output."""
    file = write_har(
        tmp_path / "a.har",
        (f"{API}/me", 200, USER),
        (f"{API}/me/shows", 200, SAVED),
        (f"{API}/me", 200, USER),
    )

    ran = run("check", "--list-operations", file)

    assert (ran.status, ran.out) == (0, "get-current-users-profile\nget-users-saved-shows\n")
