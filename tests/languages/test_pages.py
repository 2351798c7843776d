"""A page speaks its post's language, or the site's; never its reader's browser's, so that one copy is right for all."""

import re
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.utils.translation import get_language

from apps.posts import services
from apps.server.error_pages import server_error
from apps.site.models import Site

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def html_tag(page: str) -> str:
    return re.search(r"<html[^>]*>", page)[0]


def page_of(client, path="/", **headers) -> str:
    return client.get(path, headers=headers).content.decode()


@pytest.fixture
def german_site(db):
    return Site.objects.create(pk=1, language="de")


def test_the_german_demo_post_is_german_with_its_words_and_its_date(client):
    call_command("import_markdown", settings.BASE_DIR / "demo", verbosity=0)
    page = page_of(client, "/zeilen-und-zeichen/")
    assert 'lang="de"' in html_tag(page)
    assert "Min. Lesezeit" in page
    assert "3. November 2026" in page
    assert "Zum Text springen" in page
    assert 'lang="en"' in html_tag(page_of(client, "/about/"))


def test_a_post_in_another_language_says_so_in_lists(client, make_post):
    make_post("Rosen", language="de")
    make_post("Roses")
    page = page_of(client)
    assert re.search(r'<a href="/rosen/" lang="de">Rosen</a>', page)
    assert re.search(r'<a href="/roses/">Roses</a>', page)


# InnoDB's full-text index has committed rows only.
COMMITTED = pytest.mark.django_db(transaction=connection.vendor == "mysql")
SEARCH = pytest.param("/search/?q=rosen", marks=COMMITTED)


@pytest.mark.parametrize("path", ["/", SEARCH, "/archive/2026/", "/before/", "/after/", "/related/"])
def test_a_title_says_its_language_wherever_it_stands_in_another(client, make_post, path):
    tag = services.create_tag(name="Flowers")
    for day, (title, fields) in enumerate(
        [("Related", {"tags": [tag]}), ("Before", {}), ("Rosen", {"language": "de", "tags": [tag]}), ("After", {})]
    ):
        make_post(title, published_at=datetime(2026, 3, 1 + day, tzinfo=UTC), **fields)
    name = "<mark>Rosen</mark>" if "q=" in path else "Rosen"
    titles = re.findall(f"<[^>]*>{name}<", page_of(client, path))
    assert titles
    assert all(' lang="de"' in title for title in titles)


def test_on_a_german_page_an_english_title_is_english(client, make_post):
    make_post("Roses")
    make_post("Rosen", language="de")
    assert '<bdi lang="en">Roses</bdi>' in page_of(client, "/rosen/")


def test_a_german_site_speaks_german_everywhere(client, german_site, make_post):
    make_post("Rosen")
    for path in ("/", "/rosen/", "/archive/", "/tags/", "/search/"):
        page = page_of(client, path)
        assert 'lang="de" dir="ltr"' in html_tag(page), path
        assert "Startseite" in page, path


def test_browsers_have_no_say_in_it(client, make_post):
    make_post("Roses")
    for path in ("/", "/roses/"):
        assert page_of(client, path, **{"Accept-Language": "de"}) == page_of(client, path)


def test_a_variant_of_a_language_is_spoken_as_the_language(client, make_post):
    make_post("Rosen", language="de-AT")
    page = page_of(client, "/rosen/")
    assert 'lang="de-at"' in html_tag(page)
    assert "Startseite" in page


@pytest.mark.parametrize("language", ["fr", "tlh", "zh-Hant"])
def test_around_a_text_in_a_language_we_have_no_words_of_the_page_speaks_the_sites(client, make_post, language):
    make_post("Roses", language=language)
    page = page_of(client, "/roses/")
    assert 'lang="en"' in html_tag(page)
    assert f'<h1 lang="{language}">Roses</h1>' in page
    assert f'<div class="prose" dir="auto" lang="{language}">' in page


def test_a_site_in_a_language_that_nobody_knows_speaks_english(client):
    Site.objects.create(pk=1, language="tlh")
    page = page_of(client)
    assert 'lang="en"' in html_tag(page)
    assert "Front page" in page


def test_a_site_in_a_language_written_from_the_right_is(client):
    Site.objects.create(pk=1, language="ar")
    assert 'lang="ar" dir="rtl"' in html_tag(page_of(client))


def test_an_error_page_speaks_the_sites_language_without_asking_the_database(
    client, german_site, django_assert_num_queries
):
    page_of(client)
    with django_assert_num_queries(0):
        page = server_error(type("Request", (), {"path": "/"})()).content.decode()
    assert 'lang="de"' in html_tag(page)
    assert "Etwas ist schiefgegangen" in page
    assert "Seite nicht gefunden" in page_of(client, "/no/such/page/")


def test_a_page_leaves_the_threads_language_as_it_was(client, make_post):
    make_post("Rosen", language="de")
    page_of(client, "/rosen/")
    assert get_language() == "en"


def test_translations_lead_to_each_other(client, make_post):
    roses = make_post("Roses", language="en")
    rosen = make_post("Rosen", language="de", translation_of=roses)
    make_post("Rosas", language="es", translation_of=rosen)
    make_post("Rozen", language="nl", translation_of=roses, status="draft")
    link = re.compile(r'<a href="(/\w+/)" rel="alternate" hreflang="(\w+)" lang="\w+">([^<]+)</a>')
    assert link.findall(page_of(client, "/roses/")) == [("/rosen/", "de", "Deutsch"), ("/rosas/", "es", "Español")]
    assert link.findall(page_of(client, "/rosen/")) == [("/roses/", "en", "English"), ("/rosas/", "es", "Español")]
    assert "Auch auf:" in page_of(client, "/rosen/")


def test_a_translation_of_a_translation_is_one_of_the_original(make_post):
    roses = make_post("Roses")
    rosen = make_post("Rosen", language="de", translation_of=roses)
    assert make_post("Rosas", language="es", translation_of=rosen).translation_of == roses


def test_a_post_is_no_translation_of_itself_and_an_original_of_none(make_post):
    roses, tulips = make_post("Roses"), make_post("Tulips")
    make_post("Rosen", language="de", translation_of=roses)
    for other in (roses, tulips):
        with pytest.raises(ValidationError, match="itself|translations of its own"):
            services.update_post(roses, by=None, expected_version=roses.version, translation_of=other)


def test_the_words_within_a_text_are_in_its_language_too(client, make_post):
    body = "Rosen[^1].\n\n[^1]: Dornen.\n"
    post = make_post("Rosen", body=body, language="de")
    assert "Fußnote 1" in page_of(client, "/rosen/")
    services.update_post(post, by=None, expected_version=1, language="en")
    assert "Footnote 1" in page_of(client, "/rosen/")
