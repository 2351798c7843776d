"""Lists are as long as the site's settings say."""

import pytest

from apps.site.models import Site
from tests.frontend.reading import older, titles

# MySQL's and MariaDB's full-text index has only what is committed.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("path", ["/", "/search/?q=common"])
def test_a_page_has_as_many_posts_as_the_settings_say_and_leads_to_the_rest(client, make_post, path):
    Site.objects.create(pk=1, posts_per_page=2)
    for number in range(3):
        make_post(f"Post {number}", body="common words")
    first = client.get(path)
    assert len(titles(first)) == 2
    assert len(titles(client.get(older(first)))) == 1


def test_a_search_has_no_page_beyond_its_last(client, make_post):
    Site.objects.create(pk=1, posts_per_page=100)
    assert client.get("/search/?q=common&page=3").status_code == 400
    assert client.get("/search/?q=common&page=2").status_code == 404
