"""The demo posts, which `make run` imports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from PIL import Image as PillowImage

from apps.comments.models import Comment
from apps.media.models import Image
from apps.posts.models import Author, Post, PostAlias
from blog_project import addresses
from tests.demo import DEMO
from tools import demo_pictures

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[str]:
    """Import the demo, once for all tests, since it takes seconds; yield the output of the command."""
    media = str(tmp_path_factory.mktemp("media"))
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media), transaction.atomic():
        out = StringIO()
        call_command("import_markdown", str(DEMO), stdout=out, stderr=out)
        yield out.getvalue()
        transaction.set_rollback(True)


def pictures_on_disk() -> list[Path]:
    return sorted(demo_pictures.FOLDER.iterdir())


def test_the_demo_is_imported_without_warnings(demo):
    count = len(list(DEMO.glob("*.md")))
    comments = len(list(DEMO.glob("_data/comments/*/*.yml")))
    assert demo == "".join(
        f"{kind}: {number} created, 0 updated, 0 unchanged, 0 failed\n"
        for kind, number in [("comments", comments), ("posts", count)]
    )
    assert not PostAlias.objects.exists()


def test_every_demo_post_has_a_date_a_summary_authors_and_tags(demo):
    for post in Post.objects.posts():
        assert post.is_public(), post.slug
        assert post.summary, post.slug
        assert post.ordered_authors, post.slug
        assert post.tags.exists(), post.slug


def test_links_between_demo_posts_have_existing_targets(demo):
    posts = {addresses.post(post.slug): post for post in Post.objects.all()}
    links = [
        (post.slug, path, fragment)
        for post in posts.values()
        for path, fragment in re.findall(r'href="(/[\w-]+/)(?:#([\w-]+))?"', post.body_html)
        if path.strip("/") not in addresses.RESERVED_SLUGS
    ]
    assert len(links) > 10
    for slug, path, fragment in links:
        assert path in posts, (slug, path)
        assert not fragment or f'id="{fragment}"' in posts[path].body_html, (slug, path, fragment)


def test_the_markdown_specimen_uses_every_element(demo):
    html = Post.objects.get(slug="writing-in-markdown").body_html
    for tag in "table dl s details figure ol ul pre blockquote kbd mark abbr sup sub hr input".split():
        assert f"<{tag}" in html, tag
    for name in ("admonition", "footnote", "highlight"):
        assert name in html, name


def test_every_column_of_a_table_in_the_demo_has_a_name(demo):
    nameless = re.compile(r"<th[^>]*>\s*</th>")
    assert not [post.slug for post in Post.objects.all() if nameless.search(post.body_html)]


def test_the_demo_shows_what_a_paper_needs(demo):
    posts = Post.objects.posts()
    html = "".join(posts.values_list("body_html", flat=True))
    for what in ('class="gallery"', 'class="wide"', 'class="embed', "<figcaption>", "<table", 'class="footnotes"'):
        assert what in html, what
    assert posts.exclude(cover_image=None).count() > posts.filter(cover_image=None).count() / 2
    assert {"ar", "ja", "de"} <= set(posts.values_list("language", flat=True))
    assert posts.get(slug="der-setzkasten").translation_of.slug == "the-type-case"
    assert Author.objects.exclude(picture=None).exclude(bio="").count() >= 2
    assert Comment.objects.exclude(parent=None).exists()


def test_every_picture_of_the_demo_is_shown_and_those_in_texts_are_described(demo):
    texts = [path.read_text() for path in DEMO.glob("*.md")]
    covers = [name for text in texts for name in re.findall(r"^cover: pictures/(\S+)$", text, re.M)]
    in_texts = [found for text in texts for found in re.findall(r"!\[(.*)\]\(pictures/(\S+\.webp)", text)]
    assert {*covers, *(name for _, name in in_texts)} == {path.name for path in pictures_on_disk()}
    assert all(alt for alt, _ in in_texts)
    assert Image.objects.count() == len(pictures_on_disk())


def test_the_pictures_are_those_that_are_drawn_and_are_small():
    files = pictures_on_disk()
    assert {file.stem for file in files} == set(demo_pictures.PICTURES)
    for file in files:
        assert file.stat().st_size <= demo_pictures.MOST_BYTES, file.name
    assert sum(file.stat().st_size for file in files) < 1_100_000


@pytest.mark.parametrize("name", ["ines", "harbour-06"])
def test_a_picture_is_drawn_the_same_each_time(name):
    drawn = demo_pictures.PICTURES[name]().finished()
    assert drawn.tobytes() == demo_pictures.PICTURES[name]().finished().tobytes()
    with PillowImage.open(demo_pictures.FOLDER / f"{name}.webp") as stored:
        assert stored.size == drawn.size
