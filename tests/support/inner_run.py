"""A run of pytest within a test: the plugins it loads.

The test extra installs plugins that take a second to import and have no part in most tests, so a run within a
test loads the three named here. `tests/plugin/test_entry_point.py` runs with all that are installed.
"""

WITHOUT_AUTOLOAD = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
PLUGINS = ("-p", "spotify", "-p", "recording", "-p", "xdist")
# The same where the command line is given.
PLUGINS_BY_VARIABLE = WITHOUT_AUTOLOAD | {"PYTEST_PLUGINS": "pytest_spotify.plugin,pytest_recording.plugin"}
NO_CACHE = ("-p", "no:cacheprovider")
