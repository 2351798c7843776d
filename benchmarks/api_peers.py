"""The API uncached, beside what others would build: Django REST framework in two ways, and FastAPI with SQLAlchemy.

All have the same posts (`content.plain_copy`), and tokens. `SAME` asks our API for the fields that theirs have.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import NamedTuple

from . import servers
from .content import Content, plain_copy
from .measure import Case, Rate, rates
from .servers import Server, environment, manage

SAME = (
    "fields=id,slug,title,summary,body,body_html,word_count,published_at,updated_at,authors,tags&include=authors,tags"
)
FEW = "fields=id,title,slug"
PATCH = {"method": "PATCH", "body": '{"title": "A title that was changed %d times"}'}
JSON = {"Content-Type": "application/json"}
FASTAPI_PACKAGES = ("fastapi", "sqlalchemy", "uvicorn", "httptools")

_USER = "from django.contrib.auth.models import User; user = User.objects.get_or_create(username='bench', is_superuser=True)[0];"
_PLAIN_TOKEN = f"{_USER} from rest_framework.authtoken.models import Token; print(Token.objects.create(user=user).key)"


class Peer(NamedTuple):
    """An API: its server, the path of its posts and the header with a token."""

    server: Server
    posts: str
    token: dict[str, str]

    def one(self, ids: list[int], query: str = "") -> list[str]:
        """Return the paths of posts."""
        return [f"{self.posts}{pk}/{query and '?'}{query}" for pk in ids]

    def some(self, size: int, query: str = "") -> list[str]:
        """Return the path of the list of the newest `size` posts."""
        return [f"{self.posts}?page_size={size}{query and '&'}{query}"]


def reads(content: Content, seconds: float, other_load: list[float]) -> list[Rate]:
    """Measure one post and lists of ten and of a hundred, without and with a token, beside the peers."""
    with ExitStack() as stack:
        peers, ids = _start(content, stack)
        ours, defaults = peers["ours"], peers["DRF"]
        cases = []
        for name, paths, same, own, fast in (
            ("one post", Peer.one, 1.5, 0, 0.8),
            ("ten posts", Peer.some, 3, 1.2, 1.0),
            ("100 posts", Peer.some, 4, 2, 1.0),
        ):
            what = ids if paths is Peer.one else int(name.split()[0].replace("ten", "10"))
            base = f"DRF: {name}"
            cases += [Case(base, defaults.server, paths(defaults, what))]
            cases += [
                Case(f"{peer}: {name}", peers[peer].server, paths(peers[peer], what), baseline=base)
                for peer in ("DRF, careful", "FastAPI")
                if peer in peers
            ]
            cases += [
                Case(f"ours, same fields: {name}", ours.server, paths(ours, what, SAME), baseline=base, min_ratio=same),
                Case(f"ours: {name}", ours.server, paths(ours, what), baseline=base, min_ratio=own),
            ]
            if "FastAPI" in peers:
                again = Case(f"ours beside FastAPI: {name}", ours.server, paths(ours, what, SAME))
                again.baseline, again.min_ratio = f"FastAPI: {name}", fast
                cases.append(again)
            for peer, query in (("DRF", ""), ("FastAPI", ""), ("ours", "")):
                if peer in peers:
                    with_token = Case(
                        f"{peer}, with a token: {name}", peers[peer].server, paths(peers[peer], what, query)
                    )
                    with_token.headers, with_token.baseline = peers[peer].token, f"{peer}: {name}"
                    with_token.min_ratio = 0.9 if peer == "ours" else 0
                    cases.append(with_token)
        few = Case("ours, id, title and slug: ten posts", ours.server, ours.some(10, FEW), baseline="DRF: ten posts")
        few.min_ratio = 4
        return rates(_chosen([*cases, few]), seconds=seconds, other_load=other_load)


def writes(content: Content, seconds: float, other_load: list[float]) -> list[Rate]:
    """Measure the change of a title beside Django REST framework, which has no history, search and conditions."""
    with ExitStack() as stack:
        peers, ids = _start(content, stack)
        ours, defaults = peers["ours"], peers["DRF"]
        base = "DRF: PATCH of a title"
        cases = [
            Case(base, defaults.server, defaults.one(ids), defaults.token | JSON, **PATCH),
            Case("ours: PATCH of a title", ours.server, ours.one(ids), ours.token | JSON | {"If-Match": "*"}, **PATCH),
        ]
        cases[1].baseline, cases[1].min_ratio = base, 0.7
        return rates(cases, seconds=seconds, other_load=other_load)


def _chosen(cases: list[Case]) -> list[Case]:
    """Return the cases whose names contain BENCH_CASES, or all; and their baselines."""
    part = os.environ.get("BENCH_CASES", "")
    chosen = [case for case in cases if part in case.name]
    baselines = {case.baseline for case in chosen}
    return [case for case in cases if case in chosen or case.name in baselines]


def _start(content: Content, stack: ExitStack) -> tuple[dict[str, Peer], list[int]]:
    """Start the servers, and return them by name with the ids of the posts that all have."""
    ids = content.ids[:1000]
    env = environment(content.url, content.directory, 0)
    manage(env, "shell", "--no-imports", "-c", f"{_USER} print(user.pk)")
    secret = manage(env, "create_token", "--user", "bench", "--scopes", "read,update").split()[-1]
    # Each request is as a program's: not cached, no access line, as those of the others.
    ours = stack.enter_context(servers.broadsheet(content.url, content.directory, PAGE_CACHE_MB="0", ACCESS_LOG="0"))
    url = stack.enter_context(plain_copy(content, len(ids)))
    plain_env = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "benchmarks.plain.settings"}
    key = manage(plain_env, "shell", "--no-imports", "-c", _PLAIN_TOKEN, "--settings", "benchmarks.plain.settings")
    plain = stack.enter_context(servers.plain(url, content.directory))
    drf = {"Authorization": f"Token {key.split()[-1]}"}
    peers = {
        "ours": Peer(ours, "/api/v1/posts/", {"Authorization": f"Bearer {secret}"}),
        "DRF": Peer(plain, "/api/defaults/", drf),
        "DRF, careful": Peer(plain, "/api/careful/", drf),
    }
    if all(map(find_spec, FASTAPI_PACKAGES)):
        server = stack.enter_context(_fastapi(url, content))
        peers["FastAPI"] = Peer(server, "/posts/", {"Authorization": f"Bearer {key.split()[-1]}"})
    return peers, ids


@contextmanager
def _fastapi(database_url: str, content: Content) -> Iterator[Server]:
    port = servers.free_port()
    command = [sys.executable, "-m", "uvicorn", "benchmarks.fast:app", "--port", str(port), "--no-access-log"]
    command += ["--loop", "uvloop", "--http", "httptools", "--log-level", "warning"]
    env = os.environ | {"DATABASE_URL": database_url}
    with servers.run_server(command, port, content.directory, env=env, probe="/posts/?page_size=1") as server:
        yield server
