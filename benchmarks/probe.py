"""Say in JSON how long the SQL of each kind of page takes: a process of its own for each database (`growth.py`)."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from contextlib import contextmanager
from statistics import median
from typing import Any

from django.db import connection
from django.db.models import Count
from django.test import Client

from apps.core import content_state
from apps.frontend import cursors
from apps.posts.models import Post, PostTag, Tag
from blog_project import addresses

TIMES = 30
WARM = 5


def main() -> None:
    """Print milliseconds of SQL and the number of statements, by kind of page."""
    client = Client(headers={"host": "127.0.0.1"})
    measured = {"state of the content": _measure(lambda _number: content_state.fetch())}
    for name, of in addresses_by_kind().items():
        measured[name] = _measure(lambda number, of=of: fetch(client, of[number % len(of)]))
    print(json.dumps(measured))


def addresses_by_kind() -> dict[str, list[str]]:
    """Return the addresses of each kind of page, of the posts that the database has."""
    public = Post.objects.published().posts()
    newest = next(iter(public.newest_first().only("slug", "published_at")[:1]))
    deep = public.order_by("published_at", "pk").only("published_at")[25]
    pks = list(public.values_list("pk", flat=True)[:20_000])
    random.seed(1)
    slugs = [Post.objects.values_list("slug", flat=True).get(pk=random.choice(pks)) for _time in range(TIMES + WARM)]
    most = PostTag.objects.values("tag").annotate(posts=Count("pk")).order_by("-posts")[0]["tag"]
    tag, month = Tag.objects.get(pk=most), newest.published_at
    return {
        "home": [addresses.HOME],
        "post": [addresses.post(slug) for slug in slugs],
        "page of the largest tag": [addresses.tag(tag.slug)],
        "archive": [addresses.ARCHIVE],
        "archive of a month": [addresses.archive(month.year, month.month)],
        "feed": [addresses.FEED],
        "the last page of the list": [f"{addresses.HOME}?before={cursors.cursor_after(deep)}"],
        "sitemap": [addresses.SITEMAP],
        "API: list": ["/api/v1/posts/"],
        "API: post": [f"/api/v1/posts/{newest.pk}/"],
    }


def fetch(client: Client, path: str) -> None:
    """Ask for a page and read it whole. Raises RuntimeError where it is not there."""
    answer = client.get(path)
    b"".join(answer)
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}")


def _measure(act: Callable[[int], Any]) -> list[float]:
    milliseconds, statements = [], []
    for number in range(WARM + TIMES):
        content_state.fetch()  # As the page cache has done before it has a page made.
        with _timed() as times:
            act(number)
        if number >= WARM:
            milliseconds.append(sum(times) * 1000)
            statements.append(len(times))
    return [median(milliseconds), median(statements)]


@contextmanager
def _timed():
    times: list[float] = []

    def execute(run: Callable, sql: str, parameters: Any, many: bool, context: dict) -> Any:
        begun = time.perf_counter()
        try:
            return run(sql, parameters, many, context)
        finally:
            times.append(time.perf_counter() - begun)

    with connection.execute_wrapper(execute):
        yield times
