"""What each compiled query saves of its page: docs/decisions/0017 keeps a query compiled only if that is a fifth.

    DATABASE_URL=mysql://root@127.0.0.1:3306/ python -m benchmarks.compiled

The pages are rendered in this process, without the page cache, as a frontend pod renders them. A query is "not
compiled" if it is built and compiled anew in each call, which is what an ordinary queryset does. Environment variables:

    BENCH_POSTS    posts of the blog (1000)
    BENCH_ROUNDS   rounds, each of which renders every page several times with every query compiled and not (30)
"""

from __future__ import annotations

import gc
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from .content import Content, filled_database
from .servers import Database, environment

_NUMBERS = {"BENCH_POSTS": "1000", "BENCH_ROUNDS": "30"}
REQUESTS = 10
"""Requests of one page in a row."""
COMMENTS = 10
"""Comments on the post that has some."""


def main() -> None:
    """Print a table: per page and query, the milliseconds with and without compiling, and the saved part."""
    database = Database(os.environ.get("DATABASE_URL") or sys.exit("DATABASE_URL is missing: mysql://root@host/"))
    posts, rounds = (int(os.environ.get(name, default)) for name, default in _NUMBERS.items())
    with TemporaryDirectory(prefix="broadsheet-bench-") as name:
        directory = Path(name)
        with filled_database(database, directory, posts) as content:
            for row in measure(content, directory, rounds):
                print("| " + " | ".join(row) + " |", flush=True)


def measure(content: Content, directory: Path, rounds: int) -> Iterator[list[str]]:
    """Yield the table's rows; the first two are its head."""
    get = _client(environment(content.url, directory, 0, ROLE="frontend", PAGE_CACHE_MB="0"))
    middle = len(content.paths) // 2
    pages = {"home": "/", "a post": content.paths[middle], "a tag": _tag_path(get)}
    pages["a post with comments"] = _add_comments(content.paths[middle + 1])
    yield ["page", "query", "compiled (ms)", "not compiled (ms)", "saved"]
    yield ["---", "---", "---:", "---:", "---:"]
    for page, path in pages.items():
        for _ in range(REQUESTS):
            get(path)
        for name, query in _queries().items():
            compiled, not_compiled = _compare(lambda: get(path), query, rounds)  # noqa: B023  (called at once)
            saved = 1 - compiled / not_compiled
            if saved > 0.02:
                yield [page, name, f"{compiled:.2f}", f"{not_compiled:.2f}", f"{saved:.0%}"]


def _client(variables: dict[str, str]) -> Callable[[str], bytes]:
    os.environ.update(variables, DJANGO_SETTINGS_MODULE="blog_project.settings")
    import django

    django.setup()
    from django.test import Client

    client = Client(headers={"host": variables["ALLOWED_HOSTS"].split(",")[0], "x-forwarded-proto": "https"})

    def get(path: str) -> bytes:
        response = client.get(path, secure=True)
        assert response.status_code == 200, f"{path}: {response.status_code}"
        return response.content

    return get


def _tag_path(get: Callable[[str], bytes]) -> str:
    return re.search(rb'href="(/tags/[^"/]+/)"', get("/tags/"))[1].decode()


def _add_comments(path: str) -> str:
    """Write comments on the post with this path, and return the path."""
    from apps.comments import services
    from apps.posts.models import Post

    post = Post.objects.get(slug=path.strip("/"))
    for number in range(COMMENTS):
        services.import_comment(
            post=post,
            parent=None,
            created_at=post.published_at + timedelta(minutes=number),
            name=f"Reader {number}",
            body="A comment of a few words, with *emphasis*.",
            status="approved",
        )
    return path


def _queries() -> dict[str, object]:
    """Return the compiled queries that have run in this process, by where they are built."""
    from apps.core.compiled_queries import CompiledQuery

    # By type(), because isinstance() would load Django's lazy objects.
    found = [item for item in gc.get_objects() if type(item) is CompiledQuery and item.is_compiled]
    return {f"{query.name} ({number})": query for number, query in enumerate(found, 1)}


def _compare(request: Callable[[], object], query, rounds: int) -> tuple[float, float]:
    """Return the median milliseconds of a request with the query compiled and not, measured in turns."""
    with_it, without_it = [], []
    for _ in range(rounds):
        with_it.append(_milliseconds(request))
        with _not_compiled(query):
            without_it.append(_milliseconds(request))
    return statistics.median(with_it), statistics.median(without_it)


def _milliseconds(request: Callable[[], object]) -> float:
    started = time.perf_counter()
    for _ in range(REQUESTS):
        request()
    return (time.perf_counter() - started) * 1000 / REQUESTS


@contextmanager
def _not_compiled(query) -> Iterator[None]:
    query.rows = lambda **values: query.copy().rows(**values)
    try:
        yield
    finally:
        del query.rows


if __name__ == "__main__":
    main()
