"""Mixed traffic of readers, API clients and editors: concurrent clients that record every response.

Nothing is retried: a request without a response, or with a wrong one, is a failure. So the acknowledged writes can be
compared with the database afterwards.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from random import Random
from typing import NamedTuple
from urllib.parse import urlsplit

from whitenoise.media_types import MediaTypes

SEED = """
from django.contrib.auth.models import Group, User
from apps.api.models import ApiToken
from apps.posts import services
from apps.core.models import ContentGeneration
user = User.objects.create_user("erika", is_staff=True)
user.groups.set(Group.objects.filter(name="Editors"))
author = services.create_author(name="Erika Example", user=user)
tag = services.create_tag(name="Gardening")
for number in range(12):
    services.create_post(by=user, title=f"Seeded {number}", slug=f"seeded-{number}", status="published",
                         body="Cut *above* the bud. " * 50, tags=[tag], authors=[author])
print(ContentGeneration.objects.get().value)
print(ApiToken.objects.issue(user=user, scopes=["create", "read", "update", "delete"], expires_at=None)[1])
"""
"""Python code that creates content which traffic only reads; its last two lines print the generation and a token."""

CLIENT_TIMEOUT = 65
"""Timeout of clients in seconds: more than the longest timeout of the gateway."""
NEW_CONNECTION_SHARE = 0.2
"""The share of requests on a new connection; the others reuse theirs."""
RARE_WEIGHT = 2
"""Operations up to this weight are also run at the beginning, so that short traffic contains every operation."""

MIX = {
    "create:post": 8,
    "read:post": 12,
    "read:list": 4,
    "read:unchanged": 4,
    "read:head": 3,
    "read:options": 2,
    "read:schema": 0.2,
    "update:patch": 9,
    "update:put": 4,
    "delete:post": 4,
    "frontend:home": 6,
    "frontend:post": 10,
    "frontend:tag": 4,
    "frontend:search": 3,
    "frontend:feed": 3,
    "frontend:sitemap": 1,
    "frontend:missing": 2,
    "frontend:files": 6,
    "admin:login": 5,
    "admin:guarded": 3,
    "admin+frontend:files": 3,
    "read+frontend:files": 2,
}
"""The weight of each operation; the names begin with the roles that serve it."""
MAX_STOCK = 40
"""The number of posts at which a client stops creating more."""


def operations(roles: Iterable[str]) -> dict[str, float]:
    """Return the operations of MIX that need only these roles."""
    roles = set(roles)
    return {name: weight for name, weight in MIX.items() if set(name.partition(":")[0].split("+")) <= roles}


class Failure(NamedTuple):
    """A request without a response or with a wrong one."""

    operation: str
    method: str
    path: str
    what: str


class State(NamedTuple):
    """The state of a post after a write."""

    title: str
    version: int
    is_trashed: bool = False


@dataclass
class WrittenPost:
    """A post that a client wrote: the acknowledged states, and one without a response, which may be stored."""

    states: list[State] = field(default_factory=list)
    unanswered: State | None = None
    id: int | None = None
    etag: str = ""

    @property
    def state(self) -> State:
        """The last acknowledged state."""
        return self.states[-1]


@dataclass
class Record:
    """The responses, failures and posts of one client."""

    answers: Counter = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    posts: list[WrittenPost] = field(default_factory=list)


class Traffic:
    """Requests to `url` from several clients, within a `with` block.

    `mix` has the weights of the operations, `seed` makes the choices repeatable, `posts` are posts of earlier traffic to
    work on. At most `limit` requests are made. `pause` (seconds) between two requests of a client leaves processor time
    to others, such as starting pods.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        mix: dict[str, float] = MIX,
        clients: int = 8,
        seed: int = 1,
        limit: int = 200_000,
        pause: float = 0,
        posts: Iterable[WrittenPost] = (),
    ) -> None:
        self.limit, self.pause, self._over = limit, pause, threading.Event()
        self._clients = [Client(url, token, mix, f"{seed}-{number}") for number in range(clients)]
        self._clients[0].first = [name for name, weight in mix.items() if weight <= RARE_WEIGHT]
        for number, post in enumerate(posts):
            if post.unanswered is None and not post.state.is_trashed:
                self._clients[number % clients].stock.append(post)
        self._threads = [threading.Thread(target=self._run, args=(client,)) for client in self._clients]

    def __enter__(self) -> Traffic:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _run(self, client: Client) -> None:
        try:
            while not self._over.is_set() and self.requests < self.limit:
                client.step()
                self._over.wait(self.pause)
        except Exception as error:
            client.fail("", "", f"the client itself failed: {error!r}")
            raise
        finally:
            client.connection.close()

    @property
    def requests(self) -> int:
        """The number of requests so far."""
        return sum(client.requests for client in self._clients)

    def wait_for(self, requests: int) -> None:
        """Wait until this number of requests was made in total; raises RuntimeError if the clients end before."""
        while self.requests < requests:
            if not any(thread.is_alive() for thread in self._threads):
                raise RuntimeError(f"the clients ended after {self.requests} requests")
            time.sleep(0.05)

    @property
    def answers(self) -> Counter:
        """The number of responses by operation and status."""
        # Copies, because the clients keep counting; copying a dict is atomic.
        return sum((Counter(dict(client.record.answers)) for client in self._clients), Counter())

    @property
    def failures(self) -> list[Failure]:
        """The failed requests."""
        return [failure for client in self._clients for failure in client.record.failures]

    @property
    def posts(self) -> list[WrittenPost]:
        """The written posts."""
        return [post for client in self._clients for post in client.record.posts]


def linked_files(page: str) -> list[str]:
    """Return the paths of the static files that a page links to."""
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', page)


def content_type(response: HTTPResponse) -> str:
    """Return the media type of a response, without parameters."""
    return response.headers.get_content_type()


class Client:
    """One client of the traffic, with its own connection and posts."""

    def __init__(self, url: str, token: str, mix: dict[str, float], seed: str) -> None:
        self.seed, self.random = seed, Random(seed)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.names, self.weights = list(mix), list(mix.values())
        self.connection = HTTPConnection(urlsplit(url).netloc, timeout=CLIENT_TIMEOUT)
        self.record, self.requests, self.made = Record(), 0, 0
        self.stock: list[WrittenPost] = []
        self.first: list[str] = []
        self.operation = ""

    def step(self) -> None:
        """Make the next request."""
        self.operation = self.first.pop() if self.first else self.random.choices(self.names, self.weights)[0]
        roles, _, what = self.operation.partition(":")
        if self.operation == "create:post" and len(self.stock) >= MAX_STOCK:
            return
        getattr(self, f"_{roles.replace('+frontend', '')}_{what}")()

    def request(
        self,
        method: str,
        path: str,
        status: int,
        content: str | Callable[[HTTPResponse, str], object] = "",
        *,
        body: dict | None = None,
        **headers: str,
    ) -> tuple[HTTPResponse, str] | None:
        """Make a request; return the response if it has `status` and a body with `content`, otherwise record a failure.

        `content` is a substring or a condition.
        """
        if self.random.random() < NEW_CONNECTION_SHARE:
            self.connection.close()
        self.requests += 1
        request_headers = self.headers if path.startswith("/api/") else {}
        request_headers = request_headers | {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            self.connection.request(method, path, json.dumps(body) if body is not None else None, request_headers)
            response = self.connection.getresponse()
            text = response.read().decode(errors="replace")
        except (OSError, HTTPException) as error:
            self.connection.close()
            return self.fail(method, path, repr(error))
        self.record.answers[self.operation, response.status] += 1
        if response.status != status or not (content(response, text) if callable(content) else content in text):
            return self.fail(method, path, f"{response.status} {text[:300]}")
        return response, text

    def fail(self, method: str, path: str, what: str) -> None:
        """Record a failure and pause, so that refused clients do not retry at once."""
        time.sleep(0.05)
        self.record.failures.append(Failure(self.operation, method, path, what))

    # Pages

    def _page(self, path: str, content: str = "", status: int = 200) -> str:
        """Request a page and return it; "" on a failure."""
        answer = self.request(
            "GET", path, status, lambda _, text: content in text and text.rstrip().endswith("</html>")
        )
        return answer[1] if answer else ""

    def _files(self, page: str) -> None:
        """Request a page and then the static files it links to, as a browser does."""
        for path in linked_files(self._page(page)):
            media_type = MediaTypes().get_type(path)
            self.request("GET", path, 200, lambda response, _, wanted=media_type: content_type(response) == wanted)

    def _frontend_home(self) -> None:
        self._page("/", "<title>")

    def _frontend_post(self) -> None:
        number = self.random.randrange(12)
        self._page(f"/seeded-{number}/", f"Seeded {number}")

    def _frontend_tag(self) -> None:
        self._page("/tags/gardening/", "Gardening")

    def _frontend_search(self) -> None:
        self._page("/search/?q=above", "<mark>above</mark>")

    def _frontend_missing(self) -> None:
        self._page(f"/missing-{self.random.randrange(1000)}/", status=404)

    def _frontend_feed(self) -> None:
        self.request("GET", "/feed.atom", 200, "</feed>")

    def _frontend_sitemap(self) -> None:
        self.request("GET", "/sitemap.xml", 200, "</sitemapindex>")

    def _frontend_files(self) -> None:
        self._files("/")

    def _admin_files(self) -> None:
        self._files("/admin/login/")

    def _read_files(self) -> None:
        self._files("/api/docs/")

    def _admin_login(self) -> None:
        self._page("/admin/login/", "csrfmiddlewaretoken")

    def _admin_guarded(self) -> None:
        self.request("GET", "/admin/posts/post/", 302)

    # The API, reading

    def _random_post(self) -> WrittenPost | None:
        return self.random.choice(self.stock) if self.stock else None

    def _read_post(self) -> None:
        if post := self._random_post():
            # Acknowledged writes are visible at once: all roles use one database.
            self.request("GET", f"/api/v1/posts/{post.id}/", 200, f'"{post.state.title}"')

    def _read_unchanged(self) -> None:
        if post := self._random_post():
            self.request("GET", f"/api/v1/posts/{post.id}/", 304, If_None_Match=post.etag)

    def _read_list(self) -> None:
        self.request("GET", "/api/v1/posts/?page_size=10", 200, lambda _, text: len(json.loads(text)["results"]) == 10)

    def _read_head(self) -> None:
        self.request("HEAD", "/api/v1/posts/?page_size=10", 200)

    def _read_options(self) -> None:
        self.request("OPTIONS", "/api/v1/posts/", 200, lambda response, _: "POST" in response.headers["Allow"])

    def _read_schema(self) -> None:
        self.request("GET", "/api/schema/", 200, "openapi")

    # The API, writing

    def _new_title(self) -> str:
        self.made += 1
        return f"Written {self.seed}-{self.made}"

    def _create_post(self) -> None:
        state = State(self._new_title(), 1)
        post = WrittenPost(unanswered=state)
        self.record.posts.append(post)
        fields = self._fields(state.title)
        if answer := self.request("POST", "/api/v1/posts/", 201, f'"{state.title}"', body=fields):
            post.id = json.loads(answer[1])["id"]
            self._acknowledge(post, answer[0])
            self.stock.append(post)

    def _update_patch(self) -> None:
        self._change("PATCH", lambda title: {"title": title})

    def _update_put(self) -> None:
        self._change("PUT", self._fields)

    def _change(self, method: str, body: Callable[[str], dict]) -> None:
        if not (post := self._random_post()):
            return
        title = self._new_title()
        post.unanswered = State(title, post.state.version + 1)
        path = f"/api/v1/posts/{post.id}/"
        if answer := self.request(method, path, 200, f'"{title}"', body=body(title), If_Match=post.etag):
            self._acknowledge(post, answer[0])
        else:
            self.stock.remove(post)

    def _delete_post(self) -> None:
        if not (post := self._random_post()):
            return
        self.stock.remove(post)
        title, version, _ = post.state
        post.unanswered = State(title, version + 1, is_trashed=True)
        if answer := self.request("DELETE", f"/api/v1/posts/{post.id}/", 204, If_Match=post.etag):
            self._acknowledge(post, answer[0])

    def _fields(self, title: str) -> dict:
        body = f"The text of *{title}*."
        return {"title": title, "body": body, "status": "published", "tags": ["gardening"]}

    def _acknowledge(self, post: WrittenPost, response: HTTPResponse) -> None:
        post.states.append(post.unanswered)
        post.unanswered = None
        post.etag = response.headers.get("ETag", "")
