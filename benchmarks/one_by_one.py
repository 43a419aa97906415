"""A plugin of pytest for `live.py`: a live run sends a request once the one before was answered."""


def pytest_configure() -> None:
    """Let nothing be in flight beside the request of the case whose turn it is."""
    from pytest_spotify.plugin.items import live_run

    live_run.AT_ONCE = 1
