"""A change that changes nothing writes nothing, and what readers do not see does not make a post look updated."""

from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from apps.comments import services as comments
from apps.comments.models import Comment
from apps.core.models import ContentGeneration
from apps.media import services as media
from apps.media.models import Image
from apps.posts import services
from apps.posts.models import Author, Post, Tag
from apps.posts.post_fields import UNSEEN_FIELDS
from apps.site.services import stored_site, update_site
from tests.media import files

MODELS = {"posts": Post, "tags": Tag, "authors": Author, "comments": Comment, "images": Image}


@pytest.fixture
def rows(make_post, settings, tmp_path):
    """The id of a row of each resource."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    tag, author = services.create_tag(name="Sea"), services.create_author(name="Zoe", bio="Writes.")
    image = media.create_image(by=None, file=ContentFile(files.jpeg(64, 64), name="lake.jpg"), alt="A lake")
    dated = {"published_at": datetime(2026, 1, 1, tzinfo=UTC), "cover_image": image}
    post = make_post("Tides", tags=[tag], authors=[author], language="en", **dated)
    comment = comments.import_comment(
        post=post, parent=None, created_at=datetime(2026, 1, 2, tzinfo=UTC), name="Reader", body="Hi", status="approved"
    )
    return {"posts": post.pk, "tags": tag.pk, "authors": author.pk, "comments": comment.pk, "images": image.pk}


def state(resource, pk):
    counts = Post.history.count(), ContentGeneration.objects.get().value
    return MODELS[resource].objects.filter(pk=pk).values().get(), *counts


@pytest.mark.parametrize("resource", MODELS)
def test_a_change_that_changes_nothing_writes_nothing(erika_client, rows, resource):
    path = f"{resource}/{rows[resource]}/"
    shown, before = erika_client.get(path), state(resource, rows[resource])
    described = erika_client.send("GET", "/api/schema/").json()
    writable = {
        name
        for name, field in described["components"]["schemas"][
            {"posts": "Post", "tags": "Tag", "authors": "Author", "comments": "ModeratedComment", "images": "Image"}[
                resource
            ]
            + "Request"
        ]["properties"].items()
    }
    whole = {name: value for name, value in shown.json().items() if name in writable}
    for method, body in [("PATCH", {}), ("PATCH", whole), ("PUT", whole)]:
        response = erika_client.send(method, path, body, If_Match=shown["ETag"])
        assert response.status_code == 200, response.content
        assert (response["ETag"], response.json()) == (shown["ETag"], shown.json()), method
        assert state(resource, rows[resource]) == before, method


def test_another_form_of_the_same_text_changes_nothing(erika_client, rows):
    tag = f"tags/{erika_client.post('tags/', {'name': 'Flambé'}).json()['id']}/"
    changed = erika_client.patch(tag, {"name": "Flambe\u0301", "slug": ""}, If_Match="*").json()
    assert (changed["name"], changed["slug"], changed["version"]) == ("Flambé", "flambe", 1)


def test_a_stale_change_that_changes_nothing_is_refused_as_any(erika_client, rows):
    path = f"posts/{rows['posts']}/"
    old = erika_client.get(path)["ETag"]
    erika_client.patch(path, {"title": "Currents"}, If_Match=old)
    assert erika_client.patch(path, {}, If_Match=old).status_code == 412
    with pytest.raises(services.StaleVersion):
        services.update_post(Post.objects.get(), by=None, expected_version=1)


def test_trashing_and_restoring_twice_is_one_change(make_post):
    post = services.trash_post(make_post("Tides"), by=None, expected_version=1)
    services.trash_post(post, by=None, expected_version=2)
    services.restore_post(post, by=None, expected_version=2)
    assert services.restore_post(post, by=None, expected_version=3).version == 3


@pytest.mark.usefixtures("db")
def test_saving_the_same_settings_of_the_site_changes_nothing():
    site = stored_site()
    before = ContentGeneration.objects.get().value
    links = list(site.links.all())
    assert update_site(site, expected_version=site.version, name=site.name, links=links).version == site.version
    assert ContentGeneration.objects.get().value == before


OTHER = {
    "is_featured": True,
    "comments_allowed": False,
    "series": "letters",
    "series_position": 5,
    "seo_title": "Other",
    "seo_description": "Other",
}


def moments(post) -> tuple:
    post.refresh_from_db()
    return post.modified_at, Client().get("/feed.json").json()["items"][0]["date_modified"]


@pytest.mark.parametrize("name", [name for name in UNSEEN_FIELDS if name != "canonical_url"])
def test_what_readers_do_not_see_does_not_make_a_post_look_updated(erika_client, make_post, name):
    # Readers see the series before, so that it does not come into the sitemap with the change.
    series = services.create_series(title="Letters")
    make_post("First letter", published_at=datetime(2025, 1, 1, tzinfo=UTC), series=series)
    own = series if name == "series_position" else None
    post = make_post("Tides", published_at=datetime(2026, 1, 1, tzinfo=UTC), series=own)
    Post.objects.filter(pk=post.pk).update(updated_at=datetime(2026, 1, 2, tzinfo=UTC))
    before = moments(post), Client().get("/sitemaps/posts-1.xml").content, Client().get("/sitemap.xml").content
    changed = erika_client.patch(f"posts/{post.pk}/", {name: OTHER[name]}, If_Match="*").json()
    assert changed["version"] == 2
    assert changed["updated_at"] > "2026-01-03"
    assert (
        moments(post),
        Client().get("/sitemaps/posts-1.xml").content,
        Client().get("/sitemap.xml").content,
    ) == before
    page = Client().get("/tides/").content.decode()
    assert "2026-01-02T00:00:00+00:00" in page
    erika_client.patch(f"posts/{post.pk}/", {"title": "Currents"}, If_Match="*")
    assert moments(post) != before[0]
    assert post.modified_at == post.updated_at
