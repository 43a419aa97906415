"""What the tests of the plugin share."""

# Some packages refuse to be imported a second time, as they would be after a run that imported them first.
import pytest_spotify.plugin.collect
import pytest_spotify.plugin.guard
import pytest_spotify.sandbox
import pytest_spotify.transport.session  # noqa: F401
