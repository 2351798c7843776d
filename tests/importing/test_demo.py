"""The demo posts, as `make run` loads them."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.posts.models import Post, PostAlias
from blog_project import addresses

DEMO = Path(__file__).resolve().parents[2] / "demo"


@pytest.fixture
def demo(db) -> str:
    """The imported demo; what the command said about it."""
    out, err = StringIO(), StringIO()
    call_command("import_markdown", str(DEMO), stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


def test_the_demo_is_imported_without_a_word(demo):
    count = len(list(DEMO.glob("*.md")))
    assert demo == f"posts: {count} created, 0 updated, 0 unchanged, 0 failed\n"
    assert not PostAlias.objects.exists()


def test_every_demo_post_has_a_date_a_summary_and_says_who_wrote_it(demo):
    for post in Post.objects.posts():
        assert post.is_public(), post.slug
        assert post.summary, post.slug
        assert post.ordered_authors, post.slug
        assert post.tags.exists(), post.slug


def test_links_between_demo_posts_lead_somewhere(demo):
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


def test_the_specimen_shows_everything(demo):
    html = Post.objects.get(slug="writing-in-markdown").body_html
    for tag in "table dl s details figure ol ul pre blockquote kbd mark abbr sup sub hr input".split():
        assert f"<{tag}" in html, tag
    for name in ("admonition", "footnote", "highlight"):
        assert name in html, name
