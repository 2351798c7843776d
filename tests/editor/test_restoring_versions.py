"""Restoring a version restores every field except the publication (status and date)."""

import re
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from apps.editor.admin.history import COMPARED_FIELDS, RESTORED_FIELDS
from apps.posts import services
from apps.posts.models import Post, PostAlias
from blog_project import addresses
from tests.editor.forms import fields_of

NOT_RESTORED = {"status", "published_at", "trashed_at"}


def version_url(post, number: int) -> str:
    record = post.history.get(version=number)
    return reverse("admin:posts_post_simple_history", args=[post.pk, record.history_id])


def restore(client, post, number: int) -> Post:
    stored = Post.objects.get(pk=post.pk)
    response = client.post(version_url(post, number), {"version": stored.version, "at_once": "1"}, follow=True)
    assert f"Version {number} is back" in response.content.decode()
    return Post.objects.get(pk=post.pk)


@pytest.fixture
def original(make_post):
    return make_post("Original")


@pytest.fixture
def old(alice, bob, make_post, original):
    tags = services.tags_named(["Sea", "Sun"])
    return make_post(
        "Old",
        slug="old",
        summary="Old summary.",
        body="Old body.",
        kind="page",
        language="de",
        translation_of=original,
        comments_allowed=False,
        seo_title="Old title",
        seo_description="Old description",
        canonical_url="https://example.org/old",
        tags=tags,
        authors=[bob.author, alice.author],
        status="draft",
    )


@pytest.fixture
def new(old, alice):
    return services.update_post(
        old,
        by=None,
        expected_version=1,
        title="New",
        slug="new",
        summary="New summary.",
        body="New body.",
        kind="post",
        language="en",
        translation_of=None,
        comments_allowed=True,
        seo_title="New title",
        seo_description="New description",
        canonical_url="https://example.org/new",
        tags=[],
        authors=[alice.author],
        status="published",
        published_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )


def test_every_compared_field_is_restored_except_the_publication():
    assert set(COMPARED_FIELDS) - NOT_RESTORED == set(RESTORED_FIELDS)


def test_restoring_sets_every_field_of_the_old_version(erika, log_in, new, original):
    post = restore(log_in(erika), new, 1)
    record = post.history.get(version=1)
    fields = [Post._meta.get_field(name) for name in RESTORED_FIELDS]
    columns = [field.attname for field in fields if not field.many_to_many]
    assert {name: getattr(post, name) for name in columns} == {name: getattr(record, name) for name in columns}
    assert post.translation_of == original
    assert sorted(map(str, post.tags.all())) == ["Sea", "Sun"]
    assert [str(author) for author in post.ordered_authors] == ["Bob Brown", "Alice Adams"]
    assert (post.status, post.published_at) == ("published", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert post.version == 3


def test_the_version_page_shows_what_restoring_would_change_and_what_stays(erika, log_in, new):
    page = log_in(erika).get(version_url(new, 1)).content.decode()
    assert "Whether and when the post is published stays as it is." in page
    assert "<ins>Original</ins>" in page  # The original of the translation is shown by its title.


def test_a_deleted_original_of_a_translation_is_marked_and_not_restored(erika, log_in, new, original):
    services.purge_post(services.trash_post(original, by=None, expected_version=1), by=None)
    client = log_in(erika)
    assert "(not there, or not yours to see)" in client.get(version_url(new, 1)).content.decode()
    assert restore(client, new, 1).translation_of is None


def test_addresses_that_were_public_redirect_after_any_sequence_of_restores(erika, log_in, make_post):
    client, reader = log_in(erika), Client()
    post = make_post("Tides", slug="first")
    public_addresses = [addresses.post("first")]
    for version, slug in enumerate(["second", "third"], start=1):
        services.update_post(Post.objects.get(), by=None, expected_version=version, slug=slug)
        public_addresses.append(addresses.post(slug))
    for number in (1, 2, 3, 1, 3, 2):
        stored = restore(client, post, number)
        for address in public_addresses:
            response = reader.get(address)
            if address == addresses.post(stored.slug):
                assert response.status_code == 200
            else:
                assert (response.status_code, response.get("Location")) == (301, addresses.post(stored.slug)), address


def test_an_address_that_was_public_redirects_after_restores_of_a_draft(erika, log_in, make_post):
    client, reader = log_in(erika), Client()
    post = make_post("Tides", slug="first")
    services.update_post(post, by=None, expected_version=1, slug="second")
    services.update_post(post, by=None, expected_version=2, status="draft")
    assert restore(client, post, 1).slug == "first"
    assert restore(client, post, 2).slug == "second"
    post = Post.objects.get()
    services.update_post(post, by=None, expected_version=post.version, status="published")
    assert reader.get("/second/").status_code == 200
    assert reader.get("/first/")["Location"] == "/second/"
    assert set(PostAlias.objects.values_list("path", flat=True)) == {"/first/"}


def test_a_version_shows_the_release_that_wrote_it(erika, log_in, make_post, settings):
    settings.RELEASE = "4.7.1"
    post = make_post("Tides")
    page = log_in(erika).get(reverse("admin:posts_post_history", args=[post.pk])).content.decode()
    assert "release 4.7.1" in page
    post.history.update(release="")  # As in a row written before the column existed.
    page = log_in(erika).get(reverse("admin:posts_post_history", args=[post.pk])).content.decode()
    assert "release" not in page.partition('class="versions"')[2]


def test_a_version_shows_the_api_token_that_made_it(alice, erika, log_in, client, token_for, make_post):
    post = make_post("Tides", authors=[alice.author])
    secret = token_for(alice)
    response = client.patch(
        f"/api/v1/posts/{post.pk}/",
        {"title": "Tides again"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}", "If-Match": "*"},
    )
    assert response.status_code == 200
    page = log_in(erika).get(reverse("admin:posts_post_history", args=[post.pk])).content.decode()
    assert f"API token “{secret[:8]}”" in page
    services.update_post(Post.objects.get(), by=erika, expected_version=2, title="By hand")
    assert Post.history.first().program == ""


def test_a_version_shows_the_command_that_made_it(erika, log_in, tmp_path):
    (tmp_path / "tides.md").write_text("---\ntitle: Tides\n---\nText.")
    call_command("import_markdown", tmp_path, verbosity=0)
    page = log_in(erika).get(reverse("admin:posts_post_history", args=[Post.objects.get().pk])).content.decode()
    assert "command import_markdown" in page


def test_each_former_version_of_the_history_has_a_button(alice, log_in, old):
    client = log_in(alice)
    services.update_post(Post.objects.get(pk=old.pk), by=alice, expected_version=old.version, title="Newer")
    page = client.get(reverse("admin:posts_post_history", args=[old.pk])).content.decode()
    (button,) = re.findall(r'form="restore" formaction="([^"]+)"', page)
    assert button == version_url(old, 1)
    shown = fields_of(client.get(reverse("admin:posts_post_history", args=[old.pk])), "restore")
    client.post(button, shown)
    assert Post.objects.get(pk=old.pk).title == "Old"


def test_who_may_not_change_a_post_has_no_button(erika, log_in, old):
    services.trash_post(Post.objects.get(pk=old.pk), by=erika, expected_version=old.version)
    assert (
        'form="restore"' not in log_in(erika).get(reverse("admin:posts_post_history", args=[old.pk])).content.decode()
    )
