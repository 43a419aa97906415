"""The options and ini keys of the plugin. `settings` says what they come to."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare options and ini keys."""
    group = parser.getgroup("spotify", "contract tests for the Spotify Web API")
    add = group.addoption
    add("--spotify-live", action="store_true", help="Ask the real Web API instead of replaying cassettes.")
    add(
        "--spotify-sandbox",
        action="store_true",
        help="Live against a bundled sandbox that is started for the run; ignores SPOTIFY_* credentials.",
    )
    add("--spotify-write", action="store_true", help="Let a live run change the account.")
    add(
        "--spotify-access",
        metavar="ACCESS",
        help="development, development-older or extended (else SPOTIFY_ACCESS, else ini spotify_access).",
    )
    add("--spotify-strict", action="store_true", help="Fail for unknown fields and operations too.")
    add("--spotify-suite", action="store_true", help="Run the bundled contracts; alone, run only them.")
    add("--spotify-api-url", metavar="URL", help="Where a live run finds the Web API.")
    add("--spotify-accounts-url", metavar="URL", help="Where a live run finds the accounts service.")
    add("--spotify-max-requests", metavar="N", type=int, default=0, help="Requests a live run may send.")
    parser.addini("spotify_access", "Which Web API the app may use (default: development).", default="")
    parser.addini("spotify_cassette_dir", "Where contract items are recorded.", default="cassettes")
    parser.addini("spotify_bodies", "Bodies kept for mocks: GLOB = OPERATION [STATUS].", type="linelist")
    parser.addini("spotify_cassette_max_age", "Days after which a recording is too old.", default="")
    parser.addini("spotify_operations", "Operations that a live run is limited to.", type="args", default=[])
    parser.addini(
        "spotify_isolation", "Refuse the network to Spotify tests in replay.", type="bool", default=True
    )
