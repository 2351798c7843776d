"""What was acknowledged, against what is in the database."""

from __future__ import annotations

import json

from tests.local_cluster.load import State, Written
from tests.local_cluster.sites import Site

LOOK = """
import json
from apps.core.models import ContentGeneration
from apps.posts.models import Post
posts = []
for post in Post.objects.exclude(slug__startswith="seeded-").select_related("search_document").with_links():
    document = getattr(post, "search_document", None)
    posts.append({
        "id": post.pk,
        "now": [post.title, post.version, post.trashed_at is not None],
        "history": [[row.title, row.version, row.trashed_at is not None, sorted(row.tags.values_list("tag__slug", flat=True))]
                    for row in post.history.order_by("history_id")],
        "searched": document and [document.title, document.tags],
        "html": post.body_html,
        "tags": [[link.tag.slug, link.listed_at == post.published_at] for link in post.tag_links.select_related("tag")],
        "authors": [[link.author.slug, link.listed_at == post.published_at] for link in post.author_links.all()],
    })
print(json.dumps({"posts": posts, "generation": ContentGeneration.objects.get().value}))
"""
"""Prints every post that was not seeded, with all that a write writes beside it, and the count of public changes."""


def assert_kept(site: Site) -> None:
    """Assert that each acknowledged write of the site's traffic is in the database once and whole, and nothing else is.

    A write that got no answer is there whole, or not at all. Nobody else may have written since the traffic began.
    """
    found = json.loads(site.shell(LOOK).splitlines()[-1])
    written = [post for storm in site.storms for post in storm.posts]
    by_id = {post.id: post for post in written if post.id is not None}
    by_title = {post.unanswered.title: post for post in written if post.id is None}
    missing = by_id.keys() - {row["id"] for row in found["posts"]}
    assert not missing, "acknowledged posts are not there"
    for row in found["posts"]:
        # Taken out, so that a second post of one request would find nobody to belong to.
        post = by_id.pop(row["id"], None) or by_title.pop(row["history"][0][0])
        _assert_whole(row, post)
    assert found["generation"] == site.generation + sum(len(row["history"]) for row in found["posts"])


def _assert_whole(row: dict, post: Written) -> None:
    """Assert that a post's versions are those of the requests, each once, and that all of it is of the last one."""
    possible = [post.states, [*post.states, post.unanswered]]
    states = [State(*values[:3]) for values in row["history"]]
    assert states in possible, post
    last = states[-1]
    assert State(*row["now"]) == last
    assert row["searched"] == (None if last.is_trashed else [last.title, "Gardening"])
    assert row["html"].startswith("<p>The text of <em>Written ")
    assert row["tags"] == [["gardening", True]]
    assert row["authors"] == [["erika-example", True]]
    assert all(values[3] == ["gardening"] for values in row["history"])
