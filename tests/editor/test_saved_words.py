"""What the desk says after something other than a post was saved or deleted: what it is, in plain words."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from apps.posts.models import Author, Series, Tag
from apps.site import services as site_services
from tests.editor.forms import fields_of

pytestmark = pytest.mark.any_database


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def save(client, address: str, form: str, **fields):
    """Open a form, change some fields and save it as a browser does."""
    return client.post(address, {**fields_of(client.get(address), form), "_save": "Save", **fields})


@pytest.mark.parametrize(
    ("model", "values", "changed", "words"),
    [
        (Tag, {"name": "Tides", "slug": "tides"}, {"description": "Of the sea."}, "Saved the tag “{}”."),
        (Series, {"title": "Sea", "slug": "sea"}, {"description": "A series."}, "Saved the series “{}”."),
        (Author, {"name": "Ada", "slug": "ada"}, {"bio": "Writes."}, "Saved the author “{}”."),
    ],
)
def test_the_desk_says_what_was_saved_and_links_to_it(log_in, erika, model, values, changed, words):
    erika.is_superuser = True
    erika.save()
    row = model.objects.create(**values)
    opts = model._meta
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])
    response = save(log_in(erika), address, f"{opts.model_name}_form", **changed)
    row.refresh_from_db()
    link = f'<a href="{address}">{row}</a>'
    public = f'<a href="{row.get_absolute_url()}">View it</a>'
    assert said(response) == [f"{words.format(link)} {public}"]


def test_markup_in_a_name_is_shown_as_text(log_in, erika):
    response = save(log_in(erika), reverse("admin:posts_tag_add"), "tag_form", name="<b>Tides</b>", slug="tides")
    assert "“<a" in said(response)[0]
    assert "&lt;b&gt;Tides&lt;/b&gt;" in said(response)[0]


def test_the_desk_says_what_was_deleted(log_in, erika):
    tag = Tag.objects.create(name="Tides", slug="tides")
    response = log_in(erika).post(reverse("admin:posts_tag_delete", args=[tag.pk]), {"post": "yes"})
    assert said(response) == ["Deleted the tag “Tides”."]


def test_the_settings_are_no_object_among_others(log_in, erika):
    site_services.stored_site()
    erika.is_superuser = True
    erika.save()
    response = save(log_in(erika), reverse("admin:site_site_change", args=[1]), "site_form", tagline="Of the sea")
    assert said(response) == ["Saved the settings. Readers see them at once."]
