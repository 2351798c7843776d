"""A second run updates posts whose files have changed, and nothing else."""

from __future__ import annotations

import pytest

from apps.core.models import ContentGeneration
from apps.posts import services
from apps.posts.models import Author, Post, PostAlias, Tag

ONE = "---\ntitle: One\ndate: 2020-01-01\nauthor: Alice Adams\ntags: [News]\n---\n\nSee [two](two.md).\n"
TWO = "---\ntitle: Two\ndate: 2020-01-02\naliases: [/was-two/]\n---\n\nText of two.\n"


@pytest.fixture
def imported(folder):
    """A folder with two posts, imported once."""
    folder.write("one.md", ONE)
    folder.write("two.md", TWO)
    assert folder.run().last_line == "posts: 2 created, 0 updated, 0 unchanged, 0 failed"
    return folder


def database_state() -> list:
    posts = Post.objects.order_by("pk").values_list()
    return [
        list(posts),
        list(Post.history.order_by("history_id").values_list("history_id", "id", "version")),
        list(PostAlias.objects.order_by("pk").values_list()),
        list(Tag.objects.values_list()),
        list(Author.objects.values_list()),
        ContentGeneration.objects.get(pk=1).value,
    ]


def test_a_second_run_writes_nothing(imported):
    before = database_state()
    run = imported.run()
    assert run.last_line == "posts: 0 created, 0 updated, 2 unchanged, 0 failed"
    assert (run.status, run.err) == (0, "")
    assert database_state() == before


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        ("title: Two", "title: Two, again", "title", "Two, again"),
        ("Text of two.", "New text.", "body", "New text."),
        ("date: 2020-01-02", "date: 2020-01-02\ndraft: true", "status", "draft"),
        ("date: 2020-01-02", "date: 2020-01-02\ndescription: Short.", "summary", "Short."),
        ("date: 2020-01-02", "date: 2020-01-02\nlayout: page", "kind", "page"),
        ("title: Two", "title: Two\nslug: deux", "slug", "deux"),
    ],
)
def test_a_changed_file_updates_only_its_post(imported, old, new, field, value):
    other = Post.objects.filter(slug="one").values_list("version", "updated_at").get()
    imported.write("one.md", ONE.replace("[two](two.md)", "two"))
    imported.run()
    imported.write("two.md", TWO.replace(old, new))
    assert imported.run().last_line == "posts: 0 created, 1 updated, 1 unchanged, 0 failed"
    post = Post.objects.get(source_id="markdown:blog/two.md")
    assert getattr(post, field) == value
    assert post.version == 2
    assert post.history.count() == 2
    assert Post.objects.get(slug="one").version == other[0] + 1
    assert imported.run().last_line == "posts: 0 created, 0 updated, 2 unchanged, 0 failed"


@pytest.mark.parametrize(
    ("old", "new"), [("[News]", "[NEWS]"), ("[News]", "[Ne\u200bws, news]"), ("title: One", "title: One ")]
)
def test_a_file_that_says_the_same_in_other_letters_changes_nothing(imported, old, new):
    before = database_state()
    imported.write("one.md", ONE.replace(old, new))
    assert imported.run().last_line == "posts: 0 created, 0 updated, 2 unchanged, 0 failed"
    assert database_state() == before


def test_changed_tags_authors_and_aliases_are_updated(imported):
    imported.write("one.md", ONE.replace("[News]", "[Views]").replace("Alice Adams", "Bob Brown"))
    imported.write("two.md", TWO.replace("/was-two/", "/was-two/, /was-zwei/"))
    assert imported.run().last_line == "posts: 0 created, 2 updated, 0 unchanged, 0 failed"
    one = Post.objects.get(slug="one")
    assert [tag.name for tag in one.tags.all()] == ["Views"]
    assert [author.name for author in one.ordered_authors] == ["Bob Brown"]
    assert set(PostAlias.objects.values_list("path", flat=True)) == {"/was-two/", "/was-zwei/"}


def test_a_changed_slug_in_the_file_updates_the_post_and_links_to_it(imported):
    imported.write("two.md", TWO.replace("title: Two", "title: Two\nslug: deux"))
    imported.run()
    assert Post.objects.get(slug="one").body == "See [two](/deux/)."
    assert PostAlias.objects.get(path="/two/").post.slug == "deux"


def test_the_history_names_the_origin_of_an_imported_version(imported):
    (record,) = Post.objects.get(slug="two").history.all()
    assert record.history_change_reason.startswith("imported from two.md (")


def test_edits_in_the_blog_stay_if_the_file_is_unchanged(imported):
    post = Post.objects.get(slug="two")
    services.update_post(post, by=None, expected_version=post.version, body="Edited in the blog.")
    run = imported.run()
    assert run.last_line == "posts: 0 created, 0 updated, 2 unchanged, 0 failed"
    assert run.err == ""
    assert Post.objects.get(slug="two").body == "Edited in the blog."


def test_edits_in_the_blog_win_over_a_changed_file_unless_overwritten(imported):
    post = Post.objects.get(slug="two")
    services.update_post(post, by=None, expected_version=post.version, body="Edited in the blog.")
    imported.write("two.md", TWO.replace("Text of two.", "Edited in the file."))
    run = imported.run()
    assert "two.md:1: warning: has changed, but so has the post in the blog" in run.err
    assert run.last_line == "posts: 0 created, 0 updated, 2 unchanged, 0 failed"
    assert Post.objects.get(slug="two").body == "Edited in the blog."

    run = imported.run("--overwrite")
    assert run.last_line == "posts: 0 created, 1 updated, 1 unchanged, 0 failed"
    post = Post.objects.get(slug="two")
    assert post.body == "Edited in the file."
    assert "Edited in the blog." in post.history.values_list("body", flat=True)


def test_a_slug_that_was_changed_in_the_blog_stays(imported):
    post = Post.objects.get(slug="two")
    services.update_post(post, by=None, expected_version=post.version, slug="renamed")
    run = imported.run()
    assert run.last_line == "posts: 0 created, 1 updated, 1 unchanged, 0 failed"  # Post one links to post two.
    assert Post.objects.get(pk=post.pk).slug == "renamed"
    assert Post.objects.get(slug="one").body == "See [two](/renamed/)."
    assert imported.run().last_line == "posts: 0 created, 0 updated, 2 unchanged, 0 failed"


def test_a_trashed_post_is_not_updated(imported):
    post = Post.objects.get(slug="two")
    services.trash_post(post, by=None, expected_version=post.version)
    imported.write("two.md", TWO.replace("Text of two.", "New text."))
    run = imported.run()
    assert "two.md:1: note: is in the trash of the blog; left there" in run.err
    assert run.status == 0
    post.refresh_from_db()
    assert post.trashed_at is not None
    assert post.body == "Text of two."


def test_restoring_a_post_from_the_trash_does_not_count_as_an_edit(imported):
    post = Post.objects.get(slug="two")
    services.trash_post(post, by=None, expected_version=1)
    services.restore_post(post, by=None, expected_version=2)
    imported.write("two.md", TWO.replace("Text of two.", "New text."))
    assert imported.run().last_line == "posts: 0 created, 1 updated, 1 unchanged, 0 failed"


def test_two_folders_may_each_have_a_file_of_the_same_name(imported, tmp_path):
    other = type(imported)(tmp_path / "another")
    other.write("one.md", ONE.replace("title: One", "title: Another one"))
    assert other.run().last_line == "posts: 1 created, 0 updated, 0 unchanged, 0 failed"
    assert set(Post.objects.values_list("slug", flat=True)) == {"one", "two", "one-2"}


def test_a_post_with_a_very_long_path_is_recognised_by_the_next_run(folder):
    name = "/".join(["a-very-long-folder-name-that-goes-on"] * 6) + "/post.md"
    folder.write(name, "---\ntitle: Deep\n---\n")
    assert folder.run().last_line == "posts: 1 created, 0 updated, 0 unchanged, 0 failed"
    assert folder.run().last_line == "posts: 0 created, 0 updated, 1 unchanged, 0 failed"
    assert len(Post.objects.get().source_id) <= 190


def test_a_post_without_a_date_keeps_its_publication_date(folder):
    post = folder.post("undated.md", "---\ntitle: T\n---\nOld.\n")
    folder.write("undated.md", "---\ntitle: T\n---\nNew.\n")
    assert folder.run().last_line == "posts: 0 created, 1 updated, 0 unchanged, 0 failed"
    assert Post.objects.get().published_at == post.published_at


def test_the_ids_of_imported_posts_follow_their_dates(folder):
    for day in (3, 1, 2):
        folder.write(f"{4 - day}.md", f"---\ntitle: Day {day}\ndate: 2020-01-0{day}\n---\n")
    folder.run()
    assert list(Post.objects.order_by("pk").values_list("title", flat=True)) == ["Day 1", "Day 2", "Day 3"]


def test_a_dry_run_reports_the_same_and_writes_nothing(imported):
    imported.write("two.md", TWO.replace("Text of two.", "New text.").replace("---\n\n", "tags: [Brand new]\n---\n\n"))
    imported.write("three.md", "---\ntitle: Three\nauthor: Charlie Clark\n---\nSee [one](one.md).\n")
    imported.write("four.md", "---\ntitle: [\n---\n")
    before = database_state()
    dry = imported.run("--dry-run")
    assert database_state() == before
    assert "This was a dry run: nothing was written." in dry.err
    assert dry.last_line == "posts: 1 created, 1 updated, 1 unchanged, 1 failed"
    wet = imported.run()
    assert (wet.last_line, wet.status) == (dry.last_line, dry.status)
