"""The length of lists follows the site's settings."""

import pytest

from apps.site.models import Site
from tests.frontend.reading import older, titles

# The full-text index of MySQL and MariaDB has committed rows only.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("path", ["/", "/search/?q=common"])
def test_a_page_has_the_configured_number_of_posts_and_a_link_to_the_next(client, make_post, path):
    Site.objects.create(pk=1, posts_per_page=2)
    for number in range(3):
        make_post(f"Post {number}", body="common words")
    first = client.get(path)
    assert len(titles(first)) == 2
    assert len(titles(client.get(older(first)))) == 1


def test_a_page_of_a_search_beyond_its_last_is_refused(client, make_post):
    Site.objects.create(pk=1, posts_per_page=100)
    assert client.get("/search/?q=common&page=3").status_code == 400
    assert client.get("/search/?q=common&page=2").status_code == 404
