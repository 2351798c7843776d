"""Print the SQL time of each kind of page as JSON. `growth.py` runs it in a separate process for each database."""

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

RUNS = 30
WARM_UP_RUNS = 5


def main() -> None:
    """Print the milliseconds of SQL and the number of statements, medians of RUNS, by kind of page."""
    client = Client(headers={"host": "127.0.0.1"})
    measurements = {"state of the content": _measure(lambda _number: content_state.fetch())}
    for name, paths in addresses_by_kind().items():
        measurements[name] = _measure(lambda number, paths=paths: fetch(client, paths[number % len(paths)]))
    print(json.dumps(measurements))


def addresses_by_kind() -> dict[str, list[str]]:
    """Return paths of each kind of page, from the posts in the database."""
    public = Post.objects.published().posts()
    newest = next(iter(public.newest_first().only("slug", "published_at")[:1]))
    deep = public.order_by("published_at", "pk").only("published_at")[25]
    pks = list(public.values_list("pk", flat=True)[:20_000])
    random.seed(1)
    slugs = [
        Post.objects.values_list("slug", flat=True).get(pk=random.choice(pks)) for _time in range(RUNS + WARM_UP_RUNS)
    ]
    largest_tag = PostTag.objects.values("tag").annotate(posts=Count("pk")).order_by("-posts")[0]["tag"]
    tag, month = Tag.objects.get(pk=largest_tag), newest.published_at
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
    """Get a page and read all of it. Raises RuntimeError for a status other than 200."""
    response = client.get(path)
    b"".join(response)
    if response.status_code != 200:
        raise RuntimeError(f"{path}: {response.status_code}")


def _measure(act: Callable[[int], Any]) -> list[float]:
    milliseconds, statements = [], []
    for number in range(WARM_UP_RUNS + RUNS):
        content_state.fetch()  # As the page cache does before a page is rendered.
        with _sql_times() as times:
            act(number)
        if number >= WARM_UP_RUNS:
            milliseconds.append(sum(times) * 1000)
            statements.append(len(times))
    return [median(milliseconds), median(statements)]


@contextmanager
def _sql_times():
    times: list[float] = []

    def execute(run: Callable, sql: str, parameters: Any, many: bool, context: dict) -> Any:
        started = time.perf_counter()
        try:
            return run(sql, parameters, many, context)
        finally:
            times.append(time.perf_counter() - started)

    with connection.execute_wrapper(execute):
        yield times
