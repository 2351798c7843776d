"""The comments that Staticman wrote into a site come along with the post, in their threads."""

from __future__ import annotations

import pytest

from apps.comments.models import Comment

POST = "---\ntitle: Tides\ndate: 2026-01-01\n---\n\nText.\n"


def comment(name: str, message: str = "Well said.", **fields) -> str:
    lines = {"name": name, "message": message, "date": "2026-02-03T04:05:06Z", **fields}
    return "".join(f"{key}: {value!r}\n" for key, value in lines.items())


@pytest.fixture
def site(folder):
    """A site with one post."""
    folder.write("_posts/2026-01-01-tides.md", POST)
    return folder


@pytest.mark.parametrize("place", ["_data/comments/tides", "data/comments/tides"])
def test_a_comment_has_what_its_file_says_and_is_approved(site, place):
    site.write(f"{place}/entry1.yml", comment("Ann", url="https://example.org/ann", email="ann@example.org"))
    result = site.run()
    assert "comments: 1 created, 0 updated, 0 unchanged, 0 failed" in result.out
    found = Comment.objects.get()
    assert (found.name, found.body, found.status) == ("Ann", "Well said.", "approved")
    assert (found.website, found.email) == ("https://example.org/ann", "ann@example.org")
    assert found.created_at.isoformat() == "2026-02-03T04:05:06+00:00"
    assert found.post.slug == "tides"


@pytest.mark.parametrize("when", [1770091506, 1770091506000, "1770091506"])
def test_a_moment_can_be_a_number_of_seconds_or_milliseconds(site, when):
    site.write("_data/comments/tides/one.yml", comment("Ann", date=when))
    site.run()
    assert Comment.objects.get().created_at.isoformat() == "2026-02-03T04:05:06+00:00"


@pytest.mark.parametrize("reference", [{"reply_to": "first-id"}, {"replying_to": "1"}, {"_parentId": "first-id"}])
def test_an_answer_stands_below_what_it_answers(site, reference):
    site.write("_data/comments/tides/b.yml", comment("Ann", _id="first-id", date="2026-02-01T00:00:00Z"))
    site.write("_data/comments/tides/a.yml", comment("Ben", _id="second-id", **reference))
    site.run()
    assert Comment.objects.get(name="Ben").parent.name == "Ann"


@pytest.mark.parametrize(
    "reference", [{"reply_to": "nobody"}, {"replying_to": "9"}, {"replying_to": "0"}, {"reply_to": "own"}]
)
def test_an_answer_to_nothing_stands_alone(site, reference):
    site.write("_data/comments/tides/a.yml", comment("Ben", _id="own", **reference))
    site.run()
    assert Comment.objects.get().parent is None


@pytest.mark.parametrize(
    "text", ["name: Ann\n", "- a\n", "{", comment("Ann", date="never"), comment("Ann", message="")]
)
def test_a_file_that_is_no_comment_is_named_and_the_post_is_imported(site, text):
    site.write("_data/comments/tides/odd.yml", text)
    result = site.run()
    assert result.status == 0
    assert "odd.yml" in result.err
    assert "posts: 1 created" in result.out
    assert not Comment.objects.exists()


def test_a_second_run_changes_only_what_changed_in_the_files(site):
    site.write("_data/comments/tides/one.yml", comment("Ann"))
    site.write("_data/comments/tides/two.yml", comment("Ben"))
    site.run()
    site.write("_data/comments/tides/two.yml", comment("Ben", message="Better said."))
    assert "comments: 0 created, 1 updated, 1 unchanged, 0 failed" in site.run().out
    assert Comment.objects.get(name="Ben").body == "Better said."


def test_each_post_has_its_own_comments_whatever_their_files_are_called(site):
    site.write("_posts/2026-01-02-moons.md", POST.replace("Tides", "Moons"))
    for name in ("tides", "moons"):
        site.write(f"_data/comments/{name}/entry1.yml", comment("Ann", message=f"On {name}."))
    assert "comments: 2 created" in site.run().out
    found = {one.post.slug: one.body for one in Comment.objects.all()}
    assert found == {"tides": "On tides.", "moons": "On moons."}


def test_html_in_a_comment_is_text(site):
    site.write("_data/comments/tides/one.yml", comment("Ann", message="<script>alert(1)</script> *really*"))
    site.run()
    assert "<script" not in Comment.objects.get().body_html


def test_a_dry_run_writes_no_comment(site):
    site.write("_data/comments/tides/one.yml", comment("Ann"))
    assert "comments: 1 created" in site.run("--dry-run").out
    assert not Comment.objects.exists()
