"""`python -m pytest_spotify` is `pytest-spotify`."""

from pytest_spotify.cli import main

if __name__ == "__main__":
    main()
