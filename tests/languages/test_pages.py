"""The language of pages is the post's or the site's, not the browser's, so that cached pages suit all readers."""

import re
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.utils.translation import get_language

from apps.posts import services
from apps.server.error_pages import server_error
from apps.site.models import Site
from tests.demo import part_of_the_demo

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def html_tag(page: str) -> str:
    return re.search(r"<html[^>]*>", page)[0]


def page_of(client, path="/", **headers) -> str:
    return client.get(path, headers=headers).content.decode()


@pytest.fixture
def german_site(db):
    return Site.objects.create(pk=1, language="de")


def test_the_page_of_the_german_demo_post_is_in_german(client, tmp_path):
    call_command("import_markdown", part_of_the_demo(tmp_path, "zeilen-und-zeichen", "about"), verbosity=0)
    page = page_of(client, "/zeilen-und-zeichen/")
    assert 'lang="de"' in html_tag(page)
    assert "Min. Lesezeit" in page
    assert "3. November 2026" in page
    assert "Zum Text springen" in page
    assert 'lang="en"' in html_tag(page_of(client, "/about/"))


def test_lists_mark_the_language_of_a_title_that_differs(client, make_post):
    make_post("Rosen", language="de")
    make_post("Roses")
    page = page_of(client)
    assert re.search(r'<a href="/rosen/" lang="de">Rosen</a>', page)
    assert re.search(r'<a href="/roses/">Roses</a>', page)


# The full-text index of InnoDB has committed rows only.
COMMITTED = pytest.mark.django_db(transaction=connection.vendor == "mysql")
SEARCH = pytest.param("/search/?q=rosen", marks=COMMITTED)


@pytest.mark.parametrize("path", ["/", SEARCH, "/archive/2026/", "/before/", "/after/", "/related/"])
def test_every_link_to_a_post_in_another_language_is_marked(client, make_post, path):
    tag = services.create_tag(name="Flowers")
    for day, (title, fields) in enumerate(
        [("Related", {"tags": [tag]}), ("Before", {}), ("Rosen", {"language": "de", "tags": [tag]}), ("After", {})]
    ):
        make_post(title, published_at=datetime(2026, 3, 1 + day, tzinfo=UTC), **fields)
    name = "<mark>Rosen</mark>" if "q=" in path else "Rosen"
    titles = re.findall(f"<[^>]*>{name}<", page_of(client, path))
    assert titles
    assert all(' lang="de"' in title for title in titles)


def test_an_english_title_on_a_german_page_is_marked_as_english(client, make_post):
    make_post("Roses")
    make_post("Rosen", language="de")
    assert '<bdi lang="en">Roses</bdi>' in page_of(client, "/rosen/")


def test_all_pages_of_a_german_site_are_in_german(client, german_site, make_post):
    make_post("Rosen")
    for path in ("/", "/rosen/", "/archive/", "/tags/", "/search/"):
        page = page_of(client, path)
        assert 'lang="de" dir="ltr"' in html_tag(page), path
        assert "Startseite" in page, path


def test_accept_language_does_not_change_a_page(client, make_post):
    make_post("Roses")
    for path in ("/", "/roses/"):
        assert page_of(client, path, **{"Accept-Language": "de"}) == page_of(client, path)


def test_a_regional_variant_uses_the_catalogue_of_its_language(client, make_post):
    make_post("Rosen", language="de-AT")
    page = page_of(client, "/rosen/")
    assert 'lang="de-at"' in html_tag(page)
    assert "Startseite" in page


@pytest.mark.parametrize("language", ["fr", "tlh", "zh-Hant"])
def test_a_post_in_a_language_without_a_catalogue_has_a_page_in_the_sites_language(client, make_post, language):
    make_post("Roses", language=language)
    page = page_of(client, "/roses/")
    assert 'lang="en"' in html_tag(page)
    assert f'<h1 lang="{language}">Roses</h1>' in page
    assert f'<div class="prose" dir="auto" lang="{language}">' in page


def test_a_site_in_an_unknown_language_is_in_english(client):
    Site.objects.create(pk=1, language="tlh")
    page = page_of(client)
    assert 'lang="en"' in html_tag(page)
    assert "Front page" in page


def test_a_site_in_a_right_to_left_language_has_that_direction(client):
    Site.objects.create(pk=1, language="ar")
    assert 'lang="ar" dir="rtl"' in html_tag(page_of(client))


def test_an_error_page_is_in_the_sites_language_without_a_query(client, german_site, django_assert_num_queries):
    page_of(client)
    with django_assert_num_queries(0):
        page = server_error(type("Request", (), {"path": "/"})()).content.decode()
    assert 'lang="de"' in html_tag(page)
    assert "Etwas ist schiefgegangen" in page
    assert "Seite nicht gefunden" in page_of(client, "/no/such/page/")


def test_rendering_a_page_does_not_change_the_thread_s_language(client, make_post):
    make_post("Rosen", language="de")
    page_of(client, "/rosen/")
    assert get_language() == "en"


def test_translations_link_to_each_other(client, make_post):
    roses = make_post("Roses", language="en")
    rosen = make_post("Rosen", language="de", translation_of=roses)
    make_post("Rosas", language="es", translation_of=rosen)
    make_post("Rozen", language="nl", translation_of=roses, status="draft")
    link = re.compile(r'<a href="(/\w+/)" rel="alternate" hreflang="(\w+)" lang="\w+">([^<]+)</a>')
    assert link.findall(page_of(client, "/roses/")) == [("/rosen/", "de", "Deutsch"), ("/rosas/", "es", "Español")]
    assert link.findall(page_of(client, "/rosen/")) == [("/roses/", "en", "English"), ("/rosas/", "es", "Español")]
    assert "Auch auf:" in page_of(client, "/rosen/")


def test_a_translation_of_a_translation_becomes_one_of_the_original(make_post):
    roses = make_post("Roses")
    rosen = make_post("Rosen", language="de", translation_of=roses)
    assert make_post("Rosas", language="es", translation_of=rosen).translation_of == roses


def test_a_post_cannot_translate_itself_and_an_original_cannot_be_a_translation(make_post):
    roses, tulips = make_post("Roses"), make_post("Tulips")
    make_post("Rosen", language="de", translation_of=roses)
    for other in (roses, tulips):
        with pytest.raises(ValidationError, match="itself|translations of its own"):
            services.update_post(roses, by=None, expected_version=roses.version, translation_of=other)


def test_labels_in_a_rendered_text_are_in_the_text_s_language(client, make_post):
    body = "Rosen[^1].\n\n[^1]: Dornen.\n"
    post = make_post("Rosen", body=body, language="de")
    assert "Fußnote 1" in page_of(client, "/rosen/")
    services.update_post(post, by=None, expected_version=1, language="en")
    assert "Footnote 1" in page_of(client, "/rosen/")
