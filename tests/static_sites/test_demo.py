"""The demo posts, which `make run` imports."""

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
    """Import the demo; return the output of the command."""
    out, err = StringIO(), StringIO()
    call_command("import_markdown", str(DEMO), stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


def test_the_demo_is_imported_without_warnings(demo):
    count = len(list(DEMO.glob("*.md")))
    assert demo == f"posts: {count} created, 0 updated, 0 unchanged, 0 failed\n"
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
