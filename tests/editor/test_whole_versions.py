"""A version comes back whole: every field that it has. Only whether and when the post is published stays as it is."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from apps.editor.admin.history import COMPARED_FIELDS, RESTORED_FIELDS
from apps.posts import services
from apps.posts.models import Post, PostAlias
from blog_project import addresses

STAYS = {"status", "published_at", "trashed_at"}


def version_url(post, number: int) -> str:
    record = post.history.get(version=number)
    return reverse("admin:posts_post_simple_history", args=[post.pk, record.history_id])


def restore(client, post, number: int) -> Post:
    stored = Post.objects.get(pk=post.pk)
    response = client.post(version_url(post, number), {"version": stored.version}, follow=True)
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


def test_every_field_that_is_compared_comes_back_but_for_the_publication():
    assert set(COMPARED_FIELDS) - STAYS == set(RESTORED_FIELDS)


def test_every_field_of_an_old_version_comes_back(erika, log_in, new, original):
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


def test_the_page_names_what_would_come_back_and_says_what_stays(erika, log_in, new):
    page = log_in(erika).get(version_url(new, 1)).content.decode()
    assert "Whether and when the post is published stays as it is." in page
    assert "<ins>Original</ins>" in page  # The original of the translation, by its title.


def test_an_original_that_was_deleted_since_is_named_so_and_left_out(erika, log_in, new, original):
    services.purge_post(services.trash_post(original, by=None, expected_version=1), by=None)
    client = log_in(erika)
    assert "(deleted since)" in client.get(version_url(new, 1)).content.decode()
    assert restore(client, new, 1).translation_of is None


def test_no_address_that_ever_was_public_dies_however_often_the_post_goes_back_and_forth(erika, log_in, make_post):
    client, reader = log_in(erika), Client()
    post = make_post("Tides", slug="first")
    were_public = [addresses.post("first")]
    for version, slug in enumerate(["second", "third"], start=1):
        services.update_post(Post.objects.get(), by=None, expected_version=version, slug=slug)
        were_public.append(addresses.post(slug))
    for number in (1, 2, 3, 1, 3, 2):
        stored = restore(client, post, number)
        for address in were_public:
            response = reader.get(address)
            if address == addresses.post(stored.slug):
                assert response.status_code == 200
            else:
                assert (response.status_code, response.get("Location")) == (301, addresses.post(stored.slug)), address


def test_an_address_that_was_public_survives_a_draft_that_goes_back_and_forth(erika, log_in, make_post):
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


def test_a_version_says_which_release_wrote_it(erika, log_in, make_post, settings):
    settings.RELEASE = "4.7.1"
    post = make_post("Tides")
    page = log_in(erika).get(reverse("admin:posts_post_history", args=[post.pk])).content.decode()
    assert "release 4.7.1" in page
    post.history.update(release="")  # As a release wrote it that did not know the column yet.
    page = log_in(erika).get(reverse("admin:posts_post_history", args=[post.pk])).content.decode()
    assert "release" not in page.partition('class="versions"')[2]


def test_a_version_made_with_a_token_names_it(alice, erika, log_in, client, token_for, make_post):
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


def test_a_version_made_by_a_command_names_it(erika, log_in, tmp_path):
    (tmp_path / "tides.md").write_text("---\ntitle: Tides\n---\nText.")
    call_command("import_markdown", tmp_path, verbosity=0)
    page = log_in(erika).get(reverse("admin:posts_post_history", args=[Post.objects.get().pk])).content.decode()
    assert "command import_markdown" in page
