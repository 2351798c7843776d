"""Of a post and its translations, each language has one post, and no page names another one for it."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from apps.posts import services
from apps.posts.models import Post
from apps.site.services import stored_site, update_site


@pytest.fixture
def original(make_post):
    """A post in the site's language, which is English."""
    return make_post("Tides")


@pytest.fixture
def german(make_post, original):
    return make_post("Gezeiten", language="de", translation_of=original)


@pytest.mark.parametrize("language", ["de", "", "en", "de-AT"])
def test_a_second_post_in_a_language_is_refused(make_post, original, german, language):
    if language == "de-AT":
        assert make_post("Gezeitn", language=language, translation_of=original).pk
        return
    for of in (original, german):
        with pytest.raises(ValidationError, match="already") as error:
            make_post("Another", language=language, translation_of=of)
        assert list(error.value.error_dict) == ["language"]


def test_a_language_is_compared_without_case(make_post, original):
    make_post("Gezeitn", language="de-AT", translation_of=original)
    with pytest.raises(ValidationError, match="already"):
        make_post("Another", language="de-at", translation_of=original)


@pytest.mark.parametrize("changed", ["original", "translation", "joining"])
def test_a_later_change_of_a_language_is_refused(make_post, original, german, changed):
    french = make_post("Marées", language="fr", translation_of=original)
    lone = make_post("Ebbe und Flut", language="de")
    row, fields = {
        "original": (original, {"language": "de"}),
        "translation": (french, {"language": ""}),
        "joining": (lone, {"translation_of": original}),
    }[changed]
    with pytest.raises(ValidationError, match="already"):
        services.update_post(row, by=None, expected_version=1, **fields)
    assert Post.objects.get(pk=row.pk).version == 1


def test_a_text_in_the_trash_leaves_its_language_to_another_until_it_is_restored(make_post, original, german):
    services.trash_post(german, by=None, expected_version=1)
    make_post("Ebbe und Flut", language="de", translation_of=original)
    for restore in (services.restore_post, lambda post, **kw: services.update_post(post, trashed_at=None, **kw)):
        with pytest.raises(ValidationError, match="already"):
            restore(Post.objects.get(pk=german.pk), by=None, expected_version=2)


def test_the_api_names_the_field(make_post, original, german, erika, token_for):
    lone = make_post("Ebbe und Flut", language="de")
    response = Client(raise_request_exception=False).patch(
        f"/api/v1/posts/{lone.pk}/",
        {"translation_of": original.pk},
        content_type="application/json",
        headers={"Authorization": f"Bearer {token_for(erika)}", "If-Match": "*"},
    )
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/language")


def alternates(slug: str) -> dict[str, str]:
    page = Client().get(f"/{slug}/").content.decode()
    links = re.findall(r"<link [^>]*hreflang[^>]*>", page)
    pairs = [(re.search('hreflang="(.*?)"', link)[1], re.search('href="(.*?)"', link)[1]) for link in links]
    assert len({language.casefold() for language, _address in pairs}) == len(pairs)
    return dict(pairs)


def test_alternates_agree_whatever_the_database_holds(make_post, original, german):
    second = make_post("Ebbe und Flut", language="de")
    same = make_post("Tides again", language="en")
    Post.objects.filter(pk__in=[second.pk, same.pk]).update(translation_of=original)
    pages = {slug: alternates(slug) for slug in ("tides", "gezeiten", "ebbe-und-flut", "tides-again")}
    assert set(pages["tides"]) == {"en", "de"}
    assert pages["tides"] == pages["gezeiten"]
    assert pages["tides"]["de"].endswith("/gezeiten/")
    assert pages["ebbe-und-flut"] == pages["tides-again"] == {}


def test_alternates_agree_after_the_site_has_another_language(original, german):
    update_site(stored_site(), expected_version=stored_site().version, language="de")
    assert alternates("tides") == alternates("gezeiten") == {}
