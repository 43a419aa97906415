"""All pages of a discography are listed, oldest first."""

import pytest
import requests

import discography

PITBULL = "0TnOYISbd1XYRBk9myaseg"


@pytest.fixture(scope="session")
def session() -> requests.Session:
    return discography.sign_in()


@pytest.mark.spotify
class TestDiscography:
    def test_oldest_first(self, session: requests.Session):
        """The years ascend."""
        years = list(discography.by_year(session, PITBULL))
        assert years == sorted(years)

    def test_the_second_page(self, session: requests.Session):
        """An artist with more than ten albums is listed whole."""
        assert sum(map(len, discography.by_year(session, PITBULL).values())) > 10


@pytest.mark.spotify(allow={"get-an-artists-top-tracks": "shown only to apps with extended quota"})
def test_hits(session: requests.Session):
    """Without extended quota there are none, and that is no error."""
    assert isinstance(discography.hits(session, PITBULL), list)
