"""A run of pytest within a test: the variables that name the plugins it loads.

The test extra installs plugins that take a second to import and have no part in most tests, so a run within a
test loads the three named here. `tests/plugin/test_entry_point.py` runs with all that are installed.
"""

# For each name after `-p` pytest reads the entry points of all that is installed, a fifth of such a run.
PLUGINS = {
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTEST_PLUGINS": "pytest_spotify.plugin,pytest_recording.plugin,xdist.plugin",
}
NO_CACHE = ("-p", "no:cacheprovider")
