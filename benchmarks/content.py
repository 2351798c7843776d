"""The content of the benchmarks: generated posts, and copies of them for the other blogs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .servers import Database, environment, manage

WORDS = 600


class Content(NamedTuple):
    """A database filled with posts, and where to find them."""

    database: Database
    name: str
    directory: Path
    paths: list[str]
    """The paths of all posts."""
    ids: list[int]

    @property
    def url(self) -> str:
        """The URL of the database."""
        return self.database.url(self.name)


@contextmanager
def filled_database(database: Database, directory: Path, posts: int) -> Iterator[Content]:
    """Create a database with `posts` posts and collect the static files; drop the database afterwards."""
    with database.temporary("site") as name:
        env = environment(database.url(name), directory, 0)
        manage(env, "collectstatic", "--noinput", "-v0")
        fill(env, posts)
        yield read_content(database, name, directory)


def fill(env: dict[str, str], posts: int) -> None:
    """Migrate an empty database and create posts in it."""
    manage(env, "migrate", "-v0")
    manage(env, "make_posts", str(posts), "--words", str(WORDS))


def read_content(database: Database, name: str, directory: Path) -> Content:
    """Return the content of a database: its public posts, newest first."""
    rows = database.execute(
        "SELECT id, slug FROM posts_post WHERE kind = 'post' AND status = 'published' AND trashed_at IS NULL"
        " AND published_at <= UTC_TIMESTAMP() ORDER BY published_at DESC",
        name,
    )
    return Content(database, name, directory, [f"/{slug}/" for _pk, slug in rows], [pk for pk, _slug in rows])


@contextmanager
def plain_copy(content: Content, posts: int) -> Iterator[str]:
    """Copy the newest `posts` into a temporary database of the plain Django blog and yield its URL."""
    database, source = content.database, content.name
    with database.temporary("plain") as name:
        url = database.url(name)
        env = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "benchmarks.plain.settings"}
        manage(env, "migrate", "--run-syncdb", "-v0", "--settings", "benchmarks.plain.settings")
        for statement in _COPIES:
            database.execute(statement.format(source=source, posts=posts), name)
        yield url


_COPIES = (
    "INSERT INTO plain_author (id, name, slug) SELECT id, name, slug FROM {source}.posts_author",
    "INSERT INTO plain_tag (id, name, slug) SELECT id, name, slug FROM {source}.posts_tag",
    """INSERT INTO plain_post (id, title, slug, summary, body, body_html, word_count, author_id, published_at, updated_at)
       SELECT post.id, title, slug, IF(summary = '', excerpt, summary), body, body_html, word_count, author_id,
              published_at, updated_at
       FROM {source}.posts_post post JOIN {source}.posts_postauthor link ON link.post_id = post.id AND link.position = 0
       WHERE kind = 'post' AND status = 'published' AND trashed_at IS NULL AND published_at <= UTC_TIMESTAMP()
       ORDER BY published_at DESC LIMIT {posts}""",
    """INSERT INTO plain_post_tags (post_id, tag_id)
       SELECT post_id, tag_id FROM {source}.posts_posttag WHERE post_id IN (SELECT id FROM plain_post)""",
    "ANALYZE TABLE plain_post, plain_post_tags",
)
