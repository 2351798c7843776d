"""Measure the memory of a site as a monolith, as two deployments and as six.

    DATABASE_URL=mysql://root@127.0.0.1:3306/ python benchmarks/footprint.py

It creates a temporary database on that server, starts real gunicorn processes with production settings, sends each
deployment 1,000 requests typical of its roles, eight at a time, and prints a Markdown table. Other variables of the
environment (WSGI_THREADS, MALLOC_ARENA_MAX) are passed on to gunicorn, to measure their effect. Linux only.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

import html5lib
import MySQLdb

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from blog_project import roles  # noqa: E402

REQUESTS = 1000
CLIENTS = 8
SETTLE_SECONDS = 3
HOST = "blog.example.org"
GATEWAY = {"Host": HOST, "X-Forwarded-Proto": "https"}
GROUPINGS = {
    "one, 2 workers": [("all", 2)],
    "one, 1 worker": [("all", 1)],
    "two": [("read.frontend", 1), ("create.update.delete.admin", 1)],
    "six": [(role, 1) for role in ("create", "read", "update", "delete", "frontend", "admin")],
}
"""The deployments (`ROLE`, workers of one pod) that make up a site. The first is the baseline of the ratios."""
FILL = """
import json
from pathlib import Path
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils import timezone
from apps.api.models import ApiToken
from apps.posts import services
user = User.objects.create_superuser("editor", "editor@example.org", "a-long-password")
author = services.create_author(name="Editor", user=user)
tags = [services.create_tag(name=f"Subject {number}") for number in range(20)]
texts = [path.read_text().split("---", 2)[2] for path in sorted(Path("demo").glob("*.md"))]
posts = [
    services.create_post(by=user, title=f"Post {number} about it", body=texts[number % len(texts)], status="published",
                         authors=[author], tags=tags[number % 18:number % 18 + 2])
    for number in range(300)
]
doomed = [services.create_post(by=user, title=f"Doomed {number}", body="Not for long.", authors=[author]) for number in range(2000)]
token = ApiToken.objects.issue(user=user, scopes=["create", "read", "update", "delete"],
                               expires_at=timezone.now() + timedelta(days=1))[1]
print(json.dumps({"token": token, "texts": texts, "posts": [post.pk for post in posts],
                  "slugs": [post.slug for post in posts], "doomed": [post.pk for post in doomed]}))
"""


class Site(NamedTuple):
    """A filled database: the environment of its processes, and the content that requests can name."""

    env: dict[str, str]
    directory: Path
    content: dict[str, Any]


# The database


def manage(env: dict[str, str], *arguments: str) -> str:
    """Run a management command and return its output. Raises CalledProcessError."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def filled_site(server_url: str) -> Iterator[Site]:
    """Create a database on the server and fill it; drop it afterwards."""
    parts, name = urlsplit(server_url), f"broadsheet_footprint_{secrets.token_hex(4)}"
    server = MySQLdb.connect(
        host=parts.hostname, port=parts.port or 3306, user=parts.username or "", password=parts.password or ""
    )
    server.cursor().execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    try:
        with tempfile.TemporaryDirectory(prefix="broadsheet-footprint-") as directory:
            env = os.environ | {
                "DATABASE_URL": urlunsplit(parts._replace(path=f"/{name}")),
                "DEBUG": "0",
                "ROLE": "all",
                "SECRET_KEY": secrets.token_urlsafe(50),
                "SITE_URL": f"https://{HOST}",
                "ALLOWED_HOSTS": HOST,
                "STATIC_ROOT": f"{directory}/static",
            }
            manage(env, "migrate", "-v0")
            manage(env, "collectstatic", "--noinput", "-v0")
            content = json.loads(manage(env, "shell", "--no-imports", "-c", FILL).splitlines()[-1])
            yield Site(env, Path(directory), content)
    finally:
        server.ping()
        server.cursor().execute(f"DROP DATABASE {name}")


# The processes


class Deployment:
    """A gunicorn as in one pod."""

    def __init__(self, site: Site, role: str, workers: int) -> None:
        self.role, self.port = role, _free_port()
        sizes = {"PORT": self.port, "METRICS_PORT": _free_port(), "WEB_CONCURRENCY": workers}
        env = site.env | {"ROLE": role} | {name: str(value) for name, value in sizes.items()}
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            "blog_project/gunicorn.conf.py",
            "blog_project.asgi:application",
        ]
        self.log = site.directory / f"{role}-{self.port}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=log)

    def wait(self) -> None:
        """Wait until the deployment is ready. Raises RuntimeError with its log if it exits."""
        while self.process.poll() is None:
            try:
                if Client(self.port).send("GET", "/readyz").status == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(self.log.read_text())

    def pids(self) -> list[int]:
        """Return the pids of the master and its workers."""
        master = self.process.pid
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return [master, *map(int, children)]

    def stop(self) -> None:
        """Send SIGTERM and wait for the exit."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# The memory


class Memory(NamedTuple):
    """The memory of a deployment's processes, in KiB."""

    pss: int
    """Proportional set size: a shared page is divided among its processes."""
    uss: int
    """Unique set size: pages that no other process maps."""
    own: int
    """Anonymous and shared-memory pages, each counted once: no other pod can share them."""
    files: dict[str, int]
    """Pages of each file (interpreter, libraries): one copy serves all pods of the image on a node."""

    @property
    def alone(self) -> int:
        """The memory on a node that runs no other pod of this image."""
        return self.own + sum(self.files.values())


def memory_of(pids: list[int]) -> Memory:
    """Measure a process and those forked from it."""
    total: Counter[str] = Counter()
    files: dict[str, int] = {}
    for pid in pids:
        rollup = _fields(Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
        total.update(rollup)
        for path, size in _file_pages(pid).items():
            # Processes of one program touch nearly the same pages of its files, so the maximum approximates the union.
            files[path] = max(files.get(path, 0), size)
    own = total["Pss_Anon"] + total["Pss_Shmem"]
    return Memory(total["Pss"], total["Private_Clean"] + total["Private_Dirty"], own, files)


def _file_pages(pid: int) -> Counter[str]:
    pages: Counter[str] = Counter()
    path = ""
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        words = line.split()
        if not words[0].endswith(":"):
            path = words[5] if len(words) > 5 and words[5].startswith("/") and not words[5].startswith("/dev/") else ""
        elif path and words[0] == "Rss:":
            pages[path] += int(words[1])
        elif path and words[0] == "Anonymous:":
            pages[path] -= int(words[1])
    return pages


def _fields(lines: list[str]) -> dict[str, int]:
    return {words[0].rstrip(":"): int(words[1]) for words in map(str.split, lines)}


# The requests


class Response(NamedTuple):
    """A response with its whole body and its cookies."""

    status: int
    body: bytes
    cookies: str


class Client:
    """A connection to one deployment that sends the headers of a gateway."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> Response:
        """Send a request and return the response."""
        self.connection.request(method, path, body or None, GATEWAY | headers)
        response = self.connection.getresponse()
        cookies = [cookie.split(";", 1)[0] for cookie in response.headers.get_all("Set-Cookie", [])]
        return Response(response.status, response.read(), "; ".join(cookies))

    def expect(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        """Send a request and return the body. Raises RuntimeError for a status from 400."""
        response = self.send(method, path, body, **headers)
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status} {response.body[:500]!r}")
        return response.body

    def json(self, method: str, path: str, data: dict[str, Any], **headers: str) -> None:
        """Send JSON. Raises RuntimeError for a status from 400."""
        self.expect(method, path, json.dumps(data).encode(), **{"Content-Type": "application/json"}, **headers)

    def form(self, path: str, fields: dict[str, list[str]], **headers: str) -> Response:
        """Send a form. Raises RuntimeError unless it is saved, which is a redirect (302)."""
        form_headers = {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"https://{HOST}{path}"}
        response = self.send("POST", path, urlencode(fields, doseq=True).encode(), **form_headers, **headers)
        if response.status != 302:
            raise RuntimeError(f"POST {path}: {response.status} {response.body[:500]!r}")
        return response


class Traffic:
    """Sends a deployment requests that are typical of its roles. Each role has a method of its name."""

    def __init__(self, site: Site, deployment: Deployment) -> None:
        self.content, self.deployment = site.content, deployment
        self.local = threading.local()
        self.token = {"Authorization": f"Bearer {self.content['token']}"}
        self.session: dict[str, str] = {}

    def run(self) -> None:
        """Send 1,000 requests, spread over the deployment's roles. Raises RuntimeError at the first error."""
        served = sorted(roles.parse(self.deployment.role))
        if roles.Role.ADMIN in served:
            self._log_in()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda number: self._send(served[number % len(served)], number), range(REQUESTS)))

    def _send(self, role: roles.Role, number: int) -> None:
        if not hasattr(self.local, "client"):
            self.local.client = Client(self.deployment.port)
        getattr(self, role)(self.local.client, number)

    def create(self, client: Client, number: int) -> None:
        """Create a draft."""
        data = {"title": f"Post {number}", "body": self._text(number), "tags": ["subject-1"]}
        client.json("POST", "/api/v1/posts/", data, **self.token)

    def read(self, client: Client, number: int) -> None:
        """Read a post, a list of posts or tags or, rarely, the schema."""
        post = f"/api/v1/posts/{self._post()}/"
        lists = ["/api/v1/posts/?page_size=20", "/api/v1/posts/?tag=subject-3", "/api/v1/tags/"]
        schema = random.random() < 0.01
        client.expect("GET", "/api/schema/" if schema else random.choice([post] * 6 + lists))

    def update(self, client: Client, number: int) -> None:
        """Change the text of a post."""
        text = f"{self._text(number)}\n\nChange {secrets.token_hex(4)}."
        pk = self.content["posts"][number % len(self.content["posts"])]
        client.json("PATCH", f"/api/v1/posts/{pk}/", {"body": text}, **{"If-Match": "*"}, **self.token)

    def delete(self, client: Client, number: int) -> None:
        """Move a post to the trash."""
        client.expect("DELETE", f"/api/v1/posts/{self.content['doomed'].pop()}/", **{"If-Match": "*"}, **self.token)

    def frontend(self, client: Client, number: int) -> None:
        """Read a post, a list, the feed or the sitemap, or search."""
        post = f"/{random.choice(self.content['slugs'])}/"
        others = ["/", "/tags/subject-3/", "/archive/", "/search/?q=writing", "/feed.atom", "/sitemap.xml"]
        client.expect("GET", random.choice([post] * 10 + others))

    def admin(self, client: Client, number: int) -> None:
        """View the admin's lists, or open, preview or save a post."""
        pk = self.content["posts"][number % len(self.content["posts"])]
        form = f"/admin/posts/post/{pk}/change/"
        if random.random() < 0.1:
            fields = form_fields(client.expect("GET", form, **self.session), "post_form")
            fields["body"] = [self._text(number)]
            client.form(form, fields, **self.session)
            return
        others = ["/admin/", "/admin/posts/post/", "/admin/posts/post/?q=post", "/admin/posts/tag/", f"/preview/{pk}/"]
        client.expect("GET", random.choice([form] * 3 + others), **self.session)

    def _log_in(self) -> None:
        client = Client(self.deployment.port)
        page = client.send("GET", "/admin/login/")
        fields = form_fields(page.body, "login-form") | {"username": ["editor"], "password": ["a-long-password"]}
        response = client.form("/admin/login/", fields, Cookie=page.cookies)
        self.session = {"Cookie": f"{page.cookies}; {response.cookies}"}

    def _text(self, number: int) -> str:
        return self.content["texts"][number % len(self.content["texts"])]

    def _post(self) -> int:
        return random.choice(self.content["posts"])


def form_fields(page: bytes, form_id: str) -> dict[str, list[str]]:
    """Return the fields that a browser would submit for an unchanged form."""
    document = html5lib.parse(page, namespaceHTMLElements=False)
    (form,) = [form for form in document.iter("form") if form.get("id") == form_id]
    fields: dict[str, list[str]] = {}
    for element in form.iter():
        if name := element.get("name"):
            fields.setdefault(name, []).extend(_values(element))
    return fields


def _values(element: Any) -> list[str]:
    if element.tag == "textarea":
        return ["".join(element.itertext())]
    if element.tag == "select":
        return [option.get("value") for option in element.iter("option") if option.get("selected") is not None]
    checkable, kind = ("checkbox", "radio"), element.get("type")
    if element.tag != "input" or kind == "submit" or (kind in checkable and element.get("checked") is None):
        return []
    return [element.get("value") or ""]


# The table


class Result(NamedTuple):
    """The memory of a deployment before and after its requests."""

    role: str
    workers: int
    at_rest: Memory
    after: Memory


def measure(site: Site, grouping: list[tuple[str, int]]) -> list[Result]:
    """Run the deployments of one grouping side by side and measure each."""
    deployments = [Deployment(site, role, workers) for role, workers in grouping]
    try:
        for deployment in deployments:
            deployment.wait()
        time.sleep(SETTLE_SECONDS)
        at_rest = [memory_of(deployment.pids()) for deployment in deployments]
        for deployment in deployments:
            Traffic(site, deployment).run()
        after = [memory_of(deployment.pids()) for deployment in deployments]
    finally:
        for deployment in deployments:
            deployment.stop()
    return [Result(*pair, *memories) for pair, *memories in zip(grouping, at_rest, after, strict=True)]


def one_node(memories: list[Memory]) -> int:
    """Return the memory of deployments on one node, in KiB: own pages of each, and every file once."""
    files: dict[str, int] = {}
    for memory in memories:
        for path, size in memory.files.items():
            files[path] = max(files.get(path, 0), size)
    return sum(memory.own for memory in memories) + sum(files.values())


def main() -> None:
    """Measure every grouping and print the table."""
    if not os.environ.get("DATABASE_URL", "").startswith("mysql:"):
        sys.exit("Set DATABASE_URL to a MySQL or MariaDB server whose user may create databases.")
    with filled_site(os.environ["DATABASE_URL"]) as site:
        measured = {name: measure(site, grouping) for name, grouping in GROUPINGS.items()}
    print("| deployment | workers | PSS at rest | PSS after | USS after | alone on a node |")
    print("|---|---:|---:|---:|---:|---:|")
    for results in measured.values():
        for role, workers, at_rest, after in results:
            sizes = (at_rest.pss, after.pss, after.uss, after.alone)
            print(f"| `{role}` | {workers} | {' | '.join(map(_mib, sizes))} |")
    print("\n| deployments | PSS at rest | PSS after | on one node | ratio | each on its own node | ratio |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    base = next(iter(measured.values()))
    for name, results in measured.items():
        at_rest, after = [result.at_rest for result in results], [result.after for result in results]
        shared, separate = one_node(after), sum(memory.alone for memory in after)
        ratios = shared / one_node([base[0].after]), separate / base[0].after.alone
        cells = [sum(memory.pss for memory in at_rest), sum(memory.pss for memory in after), shared, separate]
        first, second, third, fourth = map(_mib, cells)
        print(f"| {name} | {first} | {second} | {third} | {ratios[0]:.2f} | {fourth} | {ratios[1]:.2f} |")


def _mib(kib: int) -> str:
    return f"{kib / 1024:.0f}"


if __name__ == "__main__":
    main()
