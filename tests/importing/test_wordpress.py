"""A WordPress site is imported completely: posts, pages, authors, tags, drafts and the trash."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError

from apps.comments.models import Comment
from apps.media.models import Image
from apps.posts import services
from apps.posts.models import Author, Post, PostAlias, Tag
from tests.importing import test_export as own_export
from tests.importing.conftest import run
from tests.importing.wxr import attachment, export, item, meta, term
from tests.media import files

NO_DATE = "0000-00-00 00:00:00"


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    """Store images in a temporary folder."""
    settings.MEDIA_ROOT = str(tmp_path / "media")


def import_post(wordpress, *arguments, **values) -> Post:
    wordpress(item(1, *arguments, **values))
    return Post.objects.get()


def test_a_post_is_imported_with_all_its_fields(wordpress):
    result = wordpress(
        item(
            1,
            "Tea &amp; <b>biscuits</b>",
            "<p>Some <em>text</em>.</p>",
            term("Tea &amp; more", "tea"),
            term("Kitchen", "kitchen", "category"),
            term("Uncategorized", "uncategorized", "category"),
            term("Aside", "post-format-aside", "post_format"),
            excerpt="In <i>short</i>.",
            post_name="tea-biscuits",
            post_modified_gmt="2016-01-02 03:04:05",
            comment_status="closed",
        )
    )
    assert (result.out, result.err, result.status) == ("posts: 1 created, 0 updated, 0 unchanged, 0 failed\n", "", 0)
    post = Post.objects.get()
    assert (post.title, post.slug, post.kind, post.status) == ("Tea & biscuits", "tea-biscuits", "post", "published")
    assert (post.body, post.summary) == ("Some *text*.", "In short.")
    assert post.published_at == post.created_at == datetime(2015, 3, 1, 9, tzinfo=UTC)
    assert post.updated_at == datetime(2016, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert post.comments_allowed is False
    assert [author.name for author in post.ordered_authors] == ["Alice Adams"]
    assert list(Tag.objects.order_by("name").values_list("name", "slug", "description")) == [
        ("Kitchen", "kitchen", ""),
        ("Tea & more", "tea", "All about tea."),
    ]
    assert post.history.get().history_change_reason.startswith("imported from old.xml, post 1 (")


@pytest.mark.parametrize(("value", "is_featured"), [("1", True), ("0", False)])
def test_a_sticky_post_is_featured(wordpress, value, is_featured):
    assert import_post(wordpress, is_sticky=value).is_featured is is_featured


def test_a_page_is_imported_as_a_page(wordpress):
    post = import_post(wordpress, post_type="page", link="https://old.example/about/team/", post_name="team")
    assert (post.kind, post.slug) == ("page", "team")
    assert set(PostAlias.objects.values_list("path", flat=True)) == {"/about/team/", "/?p=1"}


@pytest.mark.parametrize(
    ("values", "status", "message"),
    [
        ({"status": "draft"}, "draft", ""),
        ({"status": "pending"}, "draft", ""),
        ({"status": "private"}, "draft", "was private; taken as a draft"),
        ({"post_password": "enter"}, "draft", "was protected by a password"),
        ({"post_date": NO_DATE, "post_date_gmt": NO_DATE}, "draft", "is published but has no date"),
        ({"status": "future", "post_date_gmt": "2999-01-01 00:00:00"}, "published", ""),
    ],
)
def test_posts_that_were_not_public_are_not_public_after_the_import(wordpress, client, values, status, message):
    run = wordpress(item(**values))
    post = Post.objects.get()
    assert post.status == status
    assert message in run.err
    assert bool(run.err) == bool(message)
    assert not post.is_public()
    assert client.get("/a-post/").status_code == 404


def test_a_scheduled_post_stays_scheduled(wordpress):
    post = import_post(wordpress, status="future", post_date_gmt="2999-01-01 00:00:00")
    assert post.is_scheduled
    assert post.published_at == datetime(2999, 1, 1, tzinfo=UTC)


def test_a_draft_without_a_date_has_no_publication_date(wordpress):
    post = import_post(wordpress, status="draft", post_date_gmt=NO_DATE, post_name="")
    assert post.published_at is None
    assert post.slug == "a-post"


def test_a_trashed_post_is_imported_into_the_trash(wordpress, client):
    wordpress(
        item(
            1,
            "A post",
            "<p>Text.</p>",
            meta("_wp_trash_meta_status", "publish"),
            meta("_wp_trash_meta_time", "1500000000"),
            meta("_wp_desired_post_slug", "a-post"),
            status="trash",
            post_name="a-post__trashed",
        )
    )
    post = Post.objects.get()
    assert post.trashed_at == datetime.fromtimestamp(1500000000, UTC)
    assert (post.slug, post.status) == ("a-post", "published")
    assert client.get("/a-post/").status_code == 410
    services.restore_post(post, by=None, expected_version=post.version)
    assert client.get("/a-post/").status_code == 200


def test_a_post_restored_in_wordpress_is_restored_unless_it_was_trashed_in_the_blog(wordpress):
    trashed = item(1, "A post", "<p>Text.</p>", meta("_wp_trash_meta_status", "publish"), status="trash")
    wordpress(trashed)
    assert wordpress(trashed).last_line == "posts: 0 created, 0 updated, 1 unchanged, 0 failed"
    assert wordpress(item()).last_line == "posts: 0 created, 1 updated, 0 unchanged, 0 failed"
    post = Post.objects.get()
    assert post.trashed_at is None
    services.trash_post(post, by=None, expected_version=post.version)
    run = wordpress(item(1, "A post", "<p>New text.</p>"))
    assert "is in the trash of the blog; left there" in run.err
    post.refresh_from_db()
    assert post.trashed_at is not None


def test_old_addresses_redirect_to_the_posts(wordpress, client):
    wordpress(item(1, "One"), item(2, "Two", status="draft", link="https://old.example/?p=2"))
    response = client.get("/2015/03/01/one/")
    assert (response.status_code, response["Location"]) == (301, "/one/")
    assert set(PostAlias.objects.values_list("path", flat=True)) == {"/2015/03/01/one/", "/?p=1"}


@pytest.mark.parametrize(
    ("site", "address", "place"),
    [
        ("https://old.example", "/?p=12", "/one/"),
        ("https://old.example", "/?page_id=12", "/one/"),
        ("https://old.example", "/index.php?p=12", "/one/"),
        ("https://old.example", "/?p=12&utm_source=x", "/one/?utm_source=x"),
        ("https://old.example/blog", "/blog/?p=12", "/one/"),
        ("https://old.example/blog", "/blog?p=12", "/one/"),
        ("https://old.example", "/archives/12", "/one/"),
    ],
)
def test_the_plain_addresses_of_posts_redirect_to_them(wordpress, client, site, address, place):
    wordpress(
        f"<wp:base_blog_url>{site}</wp:base_blog_url>", item(12, "One", link=f"{site}/archives/12"), item(13, "Two")
    )
    response = client.get(address)
    assert (response.status_code, response["Location"]) == (301, place)


def test_plain_addresses_of_nothing_are_the_page_that_they_are_at(wordpress, client):
    wordpress(item(12, "One", status="trash", post_name="one__trashed"), item(13, "Two"))
    assert client.get("/?p=14").status_code == 200
    assert client.get("/?p=x").status_code == 200
    assert client.get("/two/?p=12").status_code == 200
    assert client.get("/blog/?p=13").status_code == 404


def test_readers_of_feeds_know_imported_posts_by_their_old_ids(wordpress, client):
    guid = '<guid isPermaLink="false">https://old.example/?p=1&amp;x</guid>'
    wordpress(item(1, "One", "<p>a</p>", guid))
    assert guid in client.get("/feed.rss").text
    assert "<id>https://old.example/?p=1&amp;x</id>" in client.get("/feed.atom").text
    assert client.get("/feed.json").json()["items"][0]["id"] == "https://old.example/?p=1&x"


def test_the_export_of_this_blog_keeps_plain_addresses_and_ids_of_feeds(wordpress, tmp_path):
    wordpress(item(1, "One", "<p>a</p>", "<guid>https://old.example/?p=1</guid>"))
    own_export.export(tmp_path / "blog")
    own_export.delete_all_content()
    own_export.import_(tmp_path / "blog")
    post = Post.objects.get()
    assert post.feed_id == "https://old.example/?p=1"
    assert "/?p=1" in post.aliases.values_list("path", flat=True)


def test_links_between_posts_are_mapped_to_new_addresses(wordpress):
    wordpress(
        item(
            1, "One", '<p><a href="https://old.example/2015/03/01/two/#part">a</a> <a href="/2015/03/01/two">b</a></p>'
        ),
        item(
            2,
            "Two",
            '<p><a href="https://old.example/?p=1">c</a> <a href="https://new.example/2015/03/01/one/">d</a></p>',
        ),
    )
    assert Post.objects.get(slug="one").body == "[a](/two/#part) [b](/two/)"
    assert Post.objects.get(slug="two").body == "[c](/one/) [d](https://new.example/2015/03/01/one/)"


def test_a_slug_in_another_script_becomes_ascii_and_its_old_address_redirects(wordpress, client):
    name = "%ce%b5%cf%80%ce%af%cf%80%ce%b5%ce%b4%ce%bf-2"
    post = import_post(wordpress, "Επίπεδο 2", post_name=name, link=f"https://old.example/greek/{name}/")
    assert post.slug == "epipedo-2"
    assert client.get(f"/greek/{name}/")["Location"] == "/epipedo-2/"


def test_a_post_without_a_title_gets_a_title_from_its_slug(wordpress):
    assert import_post(wordpress, "", post_name="no-title").title == "No title"


def test_a_title_that_is_too_long_is_cut_with_a_warning(wordpress):
    run = wordpress(item(1, "word " * 60, post_name="long"))
    assert "the title is longer than 200 characters; cut off" in run.err
    assert Post.objects.get().title.endswith("word…")


def test_items_that_are_not_posts_are_left_out_with_a_note(wordpress):
    run = wordpress(
        item(1), item(2, post_type="nav_menu_item"), item(3, post_type="nav_menu_item"), item(4, status="auto-draft")
    )
    assert Post.objects.count() == 1
    assert "note: 2 × nav_menu_item; left out" in run.err
    assert "note: 1 × post with the status “auto-draft”; left out" in run.err


def test_a_second_run_writes_nothing(wordpress):
    wordpress(item(1), item(2, "Another", "<p>Text.</p>", term("Tea", "tea")))
    before = [list(Post.objects.values()), Post.history.count(), Tag.objects.count(), Author.objects.count()]
    assert wordpress(item(1), item(2, "Another", "<p>Text.</p>", term("Tea", "tea"))).last_line == (
        "posts: 0 created, 0 updated, 2 unchanged, 0 failed"
    )
    assert [list(Post.objects.values()), Post.history.count(), Tag.objects.count(), Author.objects.count()] == before


def test_a_changed_post_is_updated_unless_it_was_edited_in_the_blog(wordpress):
    wordpress(item(1, "One"), item(2, "Two"))
    two = Post.objects.get(slug="two")
    services.update_post(two, by=None, expected_version=two.version, body="Edited here.")
    changed = [item(1, "One", "<p>New.</p>"), item(2, "Two", "<p>New.</p>")]
    result = wordpress(*changed)
    assert result.last_line == "posts: 0 created, 1 updated, 1 unchanged, 0 failed"
    assert "warning: post 2 “Two”: has changed, but so has the post in the blog" in result.err
    assert list(Post.objects.order_by("slug").values_list("body", flat=True)) == ["New.", "Edited here."]
    assert (
        wordpress(*changed, options=["--overwrite"]).last_line == "posts: 0 created, 1 updated, 1 unchanged, 0 failed"
    )
    assert Post.objects.get(slug="two").body == "New."


def test_a_dry_run_reports_the_same_and_writes_nothing(wordpress):
    items = [item(1, "One", "<p>Text.</p>", term("Tea", "tea")), item(2, "Two", post_password="x")]
    dry = wordpress(*items, options=["--dry-run"])
    assert "This was a dry run: nothing was written." in dry.err
    assert not any(model.objects.exists() for model in (Post, Tag, Author, PostAlias, Comment))
    wet = wordpress(*items)
    assert wet.out == dry.out
    assert "protected by a password" in dry.err


def test_posts_of_two_old_sites_may_have_the_same_ids(wordpress):
    wordpress(item(1))
    assert wordpress(item(1, "Another"), options=["--source", "second"]).last_line.startswith("posts: 1 created")


def test_a_missing_file_is_reported(db, tmp_path):
    with pytest.raises(CommandError, match="There is no file"):
        run("import_wordpress", str(tmp_path / "none.xml"))


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_older_versions_of_the_format_are_imported(db, tmp_path, version):
    path = tmp_path / "old.xml"
    path.write_text(export(item()).replace("/export/1.2/", f"/export/{version}/").replace(">1.2<", f">{version}<"))
    assert run("import_wordpress", str(path)).last_line == "posts: 1 created, 0 updated, 0 unchanged, 0 failed"


# Images

PICTURE = "https://old.example/wp-content/uploads/2015/03/lake.jpg"


def test_images_without_their_files_keep_their_old_addresses(wordpress):
    small = PICTURE.replace("lake", "lake-300x200")
    run = wordpress(attachment(2, PICTURE, alt="A lake"), item(1, "One", f'<p><img src="{small}" alt="x"></p>'))
    assert Post.objects.get().body == f"![x]({small})"
    assert "note: Pictures that stay at their addresses on the old site: 1." in run.err


@pytest.fixture
def uploads(tmp_path):
    """A copy of the old site's folder of uploads."""
    path = tmp_path / "uploads" / "2015" / "03" / "lake.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(files.jpeg())
    (tmp_path / "secret.jpg").write_bytes(files.jpeg(600, 300))
    return tmp_path / "uploads"


def test_images_with_their_files_are_stored_once_at_full_size(wordpress, uploads):
    small = PICTURE.replace("lake", "lake-300x200")
    items = [
        attachment(2, PICTURE, alt="A lake"),
        item(1, "One", f'<p><img src="{small}" alt="x"></p>', meta("_thumbnail_id", "2")),
        item(3, "Two", f'<p><a href="{PICTURE}">the lake</a></p>'),
    ]
    assert wordpress(*items, options=["--images", str(uploads)]).err == ""
    image = Image.objects.get()
    one = Post.objects.get(slug="one")
    assert (image.alt, image.width) == ("A lake", 1200)
    assert one.body == f"![x]({image.address})"
    assert one.cover_image == image
    assert Post.objects.get(slug="two").body == f"[the lake]({image.address})"
    again = wordpress(*items, options=["--images", str(uploads)])
    assert again.last_line == "posts: 0 created, 0 updated, 2 unchanged, 0 failed"


def test_a_dry_run_stores_no_images(wordpress, uploads):
    items = [attachment(2, PICTURE), item(1, "One", f'<p><img src="{PICTURE}"></p>', meta("_thumbnail_id", "2"))]
    dry = wordpress(*items, options=["--images", str(uploads), "--dry-run"])
    assert dry.last_line == "posts: 1 created, 0 updated, 0 unchanged, 0 failed"
    assert not Image.objects.exists()


def test_a_featured_image_without_its_file_is_shown_above_the_text(wordpress):
    wordpress(attachment(2, PICTURE, alt="A lake"), item(1, "One", "<p>Text.</p>", meta("_thumbnail_id", "2")))
    post = Post.objects.get()
    assert post.body == f"![A lake]({PICTURE})\n\nText."
    assert post.image == PICTURE


def test_files_outside_of_the_image_folder_are_not_read(wordpress, uploads):
    address = "https://old.example/wp-content/uploads/../secret.jpg"
    wordpress(item(1, "One", f'<p><img src="{address}"></p>'), options=["--images", str(uploads)])
    assert not Image.objects.exists()


def test_a_file_that_is_not_an_image_keeps_its_old_address_with_a_warning(wordpress, uploads):
    (uploads / "2015" / "03" / "lake.jpg").write_text("<?php")
    result = wordpress(item(1, "One", f'<p><img src="{PICTURE}"></p>'), options=["--images", str(uploads)])
    assert "the picture lake.jpg stays where it is: This is no picture that can be kept here" in result.err
    assert Post.objects.get().body == f"![]({PICTURE})"
