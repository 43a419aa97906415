"""The 96 operations of the Web API: who may call them, and which access has lost them.

Facts of Spotify's reference pages, of its changelogs of 2024-11-27 and February 2026, and of the scopes
page. Knows neither how an operation is answered nor HTTP.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from pytest_spotify.access import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method and path template. `removed` names the accesses for which it is closed."""

    name: str
    method: str
    path: str
    user: bool
    all_of: frozenset[str]
    any_of: frozenset[str]
    removed: frozenset[Access]

    @property
    def tagged(self) -> bool:
        """Return True if its answers carry an entity tag: the catalogue's, playlists and searches.

        Of the user's own only the list of playlists; whether the rest has them is not known.
        """
        is_own = self.path == "/me" or self.path.startswith("/me/")
        return self.method == "GET" and (not is_own or self.path == "/me/playlists")


# name, method and path, token (app or user), accesses without it, scopes (`a,b` all of them, `a|b` one of
# them, `a,(b|c)` both). `new`: closed for apps made since 2026-02-11. `2024`: closed since 2024-11-27.
_TABLE = """
get-an-album                          GET /albums/{id}                              app  -
get-multiple-albums                   GET /albums                                   app  new
get-an-albums-tracks                  GET /albums/{id}/tracks                       app  -
get-users-saved-albums                GET /me/albums                                user -    user-library-read
save-albums-user                      PUT /me/albums                                user new  user-library-modify
remove-albums-user                    DELETE /me/albums                             user new  user-library-modify
check-users-saved-albums              GET /me/albums/contains                       user new  user-library-read
get-new-releases                      GET /browse/new-releases                      app  new
get-an-artist                         GET /artists/{id}                             app  -
get-multiple-artists                  GET /artists                                  app  new
get-an-artists-albums                 GET /artists/{id}/albums                      app  -
get-an-artists-top-tracks             GET /artists/{id}/top-tracks                  app  new
get-an-artists-related-artists        GET /artists/{id}/related-artists             app  2024
get-an-audiobook                      GET /audiobooks/{id}                          app  -
get-multiple-audiobooks               GET /audiobooks                               app  new
get-audiobook-chapters                GET /audiobooks/{id}/chapters                 app  -
get-users-saved-audiobooks            GET /me/audiobooks                            user -    user-library-read
save-audiobooks-user                  PUT /me/audiobooks                            user new  user-library-modify
remove-audiobooks-user                DELETE /me/audiobooks                         user new  user-library-modify
check-users-saved-audiobooks          GET /me/audiobooks/contains                   user new  user-library-read
get-categories                        GET /browse/categories                        app  new
get-a-category                        GET /browse/categories/{category_id}          app  new
get-a-chapter                         GET /chapters/{id}                            app  -
get-several-chapters                  GET /chapters                                 app  new
get-an-episode                        GET /episodes/{id}                            app  -
get-multiple-episodes                 GET /episodes                                 app  new
get-users-saved-episodes              GET /me/episodes                              user -    user-library-read
save-episodes-user                    PUT /me/episodes                              user new  user-library-modify
remove-episodes-user                  DELETE /me/episodes                           user new  user-library-modify
check-users-saved-episodes            GET /me/episodes/contains                     user new  user-library-read
get-recommendation-genres             GET /recommendations/available-genre-seeds    app  2024
save-library-items                    PUT /me/library                               user -    user-library-modify|user-follow-modify|playlist-modify-public
remove-library-items                  DELETE /me/library                            user -    user-library-modify|user-follow-modify|playlist-modify-public
check-library-contains                GET /me/library/contains                      user -    user-library-read|user-follow-read|playlist-read-private
get-available-markets                 GET /markets                                  app  new
get-information-about-the-users-current-playback GET /me/player                     user -    user-read-playback-state
transfer-a-users-playback             PUT /me/player                                user -    user-modify-playback-state
get-a-users-available-devices         GET /me/player/devices                        user -    user-read-playback-state
get-the-users-currently-playing-track GET /me/player/currently-playing              user -    user-read-currently-playing|user-read-playback-state
start-a-users-playback                PUT /me/player/play                           user -    user-modify-playback-state
pause-a-users-playback                PUT /me/player/pause                          user -    user-modify-playback-state
skip-users-playback-to-next-track     POST /me/player/next                          user -    user-modify-playback-state
skip-users-playback-to-previous-track POST /me/player/previous                      user -    user-modify-playback-state
seek-to-position-in-currently-playing-track PUT /me/player/seek                     user -    user-modify-playback-state
set-repeat-mode-on-users-playback     PUT /me/player/repeat                         user -    user-modify-playback-state
set-volume-for-users-playback         PUT /me/player/volume                         user -    user-modify-playback-state
toggle-shuffle-for-users-playback     PUT /me/player/shuffle                        user -    user-modify-playback-state
get-recently-played                   GET /me/player/recently-played                user -    user-read-recently-played
get-queue                             GET /me/player/queue                          user -    user-read-currently-playing,user-read-playback-state
add-to-queue                          POST /me/player/queue                         user -    user-modify-playback-state
get-playlist                          GET /playlists/{playlist_id}                  app  -
change-playlist-details               PUT /playlists/{playlist_id}                  user -    playlist-modify-public|playlist-modify-private
get-playlists-tracks                  GET /playlists/{playlist_id}/tracks           app  new
add-tracks-to-playlist                POST /playlists/{playlist_id}/tracks          user new  playlist-modify-public|playlist-modify-private
reorder-or-replace-playlists-tracks   PUT /playlists/{playlist_id}/tracks           user new  playlist-modify-public|playlist-modify-private
remove-tracks-playlist                DELETE /playlists/{playlist_id}/tracks        user new  playlist-modify-public|playlist-modify-private
get-playlists-items                   GET /playlists/{playlist_id}/items            user -
add-items-to-playlist                 POST /playlists/{playlist_id}/items           user -    playlist-modify-public|playlist-modify-private
reorder-or-replace-playlists-items    PUT /playlists/{playlist_id}/items            user -    playlist-modify-public|playlist-modify-private
remove-items-playlist                 DELETE /playlists/{playlist_id}/items         user -    playlist-modify-public|playlist-modify-private
get-a-list-of-current-users-playlists GET /me/playlists                             user -
create-playlist                       POST /me/playlists                            user -    playlist-modify-public|playlist-modify-private
get-list-users-playlists              GET /users/{user_id}/playlists                app  new
create-playlist-for-user              POST /users/{user_id}/playlists               user new  playlist-modify-public|playlist-modify-private
follow-playlist                       PUT /playlists/{playlist_id}/followers        user new  playlist-modify-public|playlist-modify-private
unfollow-playlist                     DELETE /playlists/{playlist_id}/followers     user new  playlist-modify-public|playlist-modify-private
check-if-user-follows-playlist        GET /playlists/{playlist_id}/followers/contains user new
get-featured-playlists                GET /browse/featured-playlists                app  2024
get-a-categories-playlists            GET /browse/categories/{category_id}/playlists app  2024
get-playlist-cover                    GET /playlists/{playlist_id}/images           app  -
upload-custom-playlist-cover          PUT /playlists/{playlist_id}/images           user -    ugc-image-upload,(playlist-modify-public|playlist-modify-private)
search                                GET /search                                   app  -
get-a-show                            GET /shows/{id}                               app  -
get-multiple-shows                    GET /shows                                    app  new
get-a-shows-episodes                  GET /shows/{id}/episodes                      app  -
get-users-saved-shows                 GET /me/shows                                 user -    user-library-read
save-shows-user                       PUT /me/shows                                 user new  user-library-modify
remove-shows-user                     DELETE /me/shows                              user new  user-library-modify
check-users-saved-shows               GET /me/shows/contains                        user new  user-library-read
get-track                             GET /tracks/{id}                              app  -
get-several-tracks                    GET /tracks                                   app  new
get-users-saved-tracks                GET /me/tracks                                user -    user-library-read
save-tracks-user                      PUT /me/tracks                                user new  user-library-modify
remove-tracks-user                    DELETE /me/tracks                             user new  user-library-modify
check-users-saved-tracks              GET /me/tracks/contains                       user new  user-library-read
get-several-audio-features            GET /audio-features                           app  2024
get-audio-features                    GET /audio-features/{id}                      app  2024
get-audio-analysis                    GET /audio-analysis/{id}                      app  2024
get-recommendations                   GET /recommendations                          app  2024
get-current-users-profile             GET /me                                       user -
get-users-top-artists-and-tracks      GET /me/top/{type}                            user -    user-top-read
get-users-profile                     GET /users/{user_id}                          app  new
get-followed                          GET /me/following                             user -    user-follow-read
follow-artists-users                  PUT /me/following                             user new  user-follow-modify
unfollow-artists-users                DELETE /me/following                          user new  user-follow-modify
check-current-user-follows            GET /me/following/contains                    user new  user-follow-read
"""  # noqa: E501 - a table is read by its columns

_REMOVED: dict[str, frozenset[Access]] = {
    "-": frozenset(),
    "new": frozenset({"development"}),
    "2024": frozenset({"development", "development-older"}),
}


def _operation(line: str) -> Operation:
    name, method, path, kind, removed, *scopes = line.split()
    all_of: list[str] = []
    any_of: list[str] = []
    for word in scopes[0].split(",") if scopes else []:
        (any_of if "|" in word else all_of).extend(word.strip("()").split("|"))
    return Operation(
        name=name,
        method=method,
        path=path,
        user=kind == "user",
        all_of=frozenset(all_of),
        any_of=frozenset(any_of),
        removed=_REMOVED[removed],
    )


OPERATIONS: tuple[Operation, ...] = tuple(map(_operation, filter(None, _TABLE.splitlines())))


class Router:
    """Finds the operation of a method and path."""

    def __init__(self) -> None:
        self._paths: dict[str, tuple[re.Pattern[str], dict[str, Operation]]] = {}
        for operation in OPERATIONS:
            pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.path))
            self._paths.setdefault(operation.path, (pattern, {}))[1][operation.method] = operation

    def find(self, method: str, path: str) -> tuple[Operation | None, dict[str, str], list[str]]:
        """Return the operation, its path parameters decoded, and the methods that the path has."""
        for pattern, methods in self._paths.values():
            if match := pattern.fullmatch(path):
                names = {name: unquote(value) for name, value in match.groupdict().items()}
                return methods.get(method), names, sorted(methods)
        return None, {}, []
