"""A recording: valid and invalid requests as a site gets them, always the same ones in the same order.

Values that only the server knows are placeholders in angle brackets, filled in when a request is sent: `<erika>` is the
secret of her token, `<etag>` the last ETag of the URL, `<stale>` the one before, `<next>` the URL of the page after the
last list, `<stylesheet>` the URL of the stylesheet, `<session>` the session cookie of an editor.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random
from urllib.parse import quote


@dataclass(frozen=True)
class Request:
    """One request; its strings may contain placeholders."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    host: str | None = "testserver"

    def __str__(self) -> str:
        """Return the request for the report of a difference."""
        headers = "".join(f"\n  {name}: {value}" for name, value in self.headers)
        return f"{self.method} {self.target[:300]} (Host: {self.host}){headers}\n  {self.body[:200]!r}"


# The content of the site

SEED = """
import json
from datetime import UTC, datetime, timedelta
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, User
from apps.api.models import ApiToken
from apps.posts import services

BODIES = [
    "A paragraph with *stress*, a [link](/about/) and `code`.",
    "# Heading\\n\\n- one\\n- two\\n\\n> said\\n\\n| a | b |\\n|---|---|\\n| 1 | 2 |",
    "Text with a note.[^1]\\n\\n[^1]: The note.\\n\\n" + "Many words follow here. " * 60,
    "```python\\ndef f(): pass\\n```\\n\\n<script>alert(1)</script> & < > \\" é 日本語",
    "",
]
tags = [services.create_tag(name=name) for name in ("News", "Gardens & books", "Été", "Code", "Unused", "Old <b>")]
users = {}
for name, group in [("alice", "Authors"), ("bob", "Authors"), ("erika", "Editors"), ("charlie", None), ("gone", "Editors")]:
    users[name] = User.objects.create_user(name, f"{name}@example.org", is_staff=bool(group))
    users[name].groups.set(Group.objects.filter(name=group))
authors = [services.create_author(name=f"{name.title()} Adams", user=users[name], bio=f"I am {name}.")
           for name in ("alice", "bob")]
authors.append(services.create_author(name="Zoë <i>Z</i>", website="https://example.org/zoe"))
start = datetime(2021, 1, 1, 12, tzinfo=UTC)
for number in range(1, 71):
    fields = {"published_at": start + timedelta(hours=31 * (number // 2)), "status": "published"}
    if number % 10 == 4:
        fields = {"status": "draft"}
    elif number % 10 == 7:
        fields["published_at"] = datetime(2990, 1, 1 + number // 10, tzinfo=UTC)
    post = services.create_post(
        by=users["alice"], title=f"Post {number}", slug=f"post-{number}", body=BODIES[number % 5],
        kind="page" if number % 20 == 9 else "post", tags=tags[number % 4 : number % 4 + number % 3],
        authors=authors[number % 3 : number % 3 + 1 + number % 2], summary="In short." if number % 2 else "",
        aliases=[f"/old/{number}.html"] if number % 6 == 0 else [], **fields)
    if number % 10 == 2:
        services.trash_post(post, by=users["alice"], expected_version=1)
    elif number % 10 == 5:
        services.update_post(post, by=users["erika"], expected_version=1, slug=f"renamed-{number}", body="Second text.")
secrets = {}
ALL = ["create", "read", "update", "delete"]
for name, user, scopes, change in [
    ("alice", "alice", ALL, {}), ("erika", "erika", ALL, {}), ("charlie", "charlie", ALL, {}),
    ("reader", "erika", ["read"], {}), ("creator", "erika", ["create"], {}), ("inactive", "gone", ALL, {}),
    ("expired", "erika", ALL, {"expires_at": start}), ("revoked", "erika", ALL, {"revoked_at": start}),
    ("unknown", "erika", ALL, None),
]:
    token, secrets[name] = ApiToken.objects.issue(user=users[user], scopes=scopes, expires_at=None)
    if change is None:
        token.delete()
    else:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=datetime(2990, 1, 1, tzinfo=UTC), **change)
User.objects.filter(pk=users["gone"].pk).update(is_active=False)  # Saving the user would revoke the token.
secrets["mistyped"] = secrets["erika"][:-1] + ("0" if secrets["erika"][-1] != "0" else "1")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY] = str(users["erika"].pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
session[HASH_SESSION_KEY] = users["erika"].get_session_auth_hash()
session.save()
secrets["session"] = session.session_key
print(json.dumps(secrets))
"""
"""Python code for `manage.py shell` that creates the content and prints the secrets by name, as JSON."""

POSTS = range(1, 76)
"""Ids of posts; the last ones do not exist at the beginning."""
CALLERS = ("alice", "erika", "charlie", "reader", "creator", "inactive", "expired", "revoked", "unknown", "mistyped")
METHODS = (
    "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE",
    "PROPFIND", "MKCOL", "REPORT", "LOCK", "PURGE", "M-SEARCH", "BREW", "get",
)  # fmt: skip
PAGES = (
    "/", "/post-1/", "/post-3/", "/post-9/", "/about/", "/archive/", "/archive/2021/", "/archive/2021/02/", "/tags/",
    "/tags/news/", "/tags/news/feed.atom", "/authors/alice-adams/", "/feed.atom", "/sitemap.xml",
    "/sitemaps/posts-1.xml", "/sitemaps/tags-1.xml", "/sitemaps/authors-1.xml", "/robots.txt", "/search/",
    "/search/?q=paragraph", "/search/?q=words+note", "/search/?q=Post&page=2", "/search/?q=%F0%9F%98%80", "/search/?q=a",
)  # fmt: skip
GONE_AND_MOVED = (
    "/post-2/", "/post-4/", "/post-7/", "/post-5/", "/renamed-5/", "/old/6.html", "/old/12.html", "/old/42.html",
    "/old/6.html/", "/tags/unused/", "/tags/nothing/", "/authors/nobody/", "/archive/1999/", "/archive/2021/13/",
    "/sitemaps/posts-99.xml", "/?before=2021-02-01T00:00:00Z_20", "/?before=x", "/?before=1999-01-01T00:00:00Z_1",
    "/search/?q=a&page=0", "/search/?q=zzz", "/tags/?after=Code", "/?utm_source=x", "/archive/?x=%00",
)  # fmt: skip
PATH_VARIANTS = (
    "/post-1", "/Post-1/", "/POST-1", "//", "//post-1/", "/post-1//", "///", "/./post-1/", "/../post-1/", "/a/../post-1/",
    "/%70ost-1/", "/post%2D1/", "/post-1%2F", "/%2Fpost-1/", "/post-1%00/", "/%ff/", "/%", "/%zz/", "/caf%C3%A9/", "/café/",
    "/post-1/;x=1", "/post-1/?", "/post-1/??", "/post-1/?a=b?c", "/post-1/?%", "/+/", "/a b/".replace(" ", "%20"), "/" + "x" * 900,
    "/" + "y/" * 900, "/wp-login.php", "/.env", "/.well-known/security.txt", "/favicon.ico", "/index.html", "/a/b/c",
    "/api", "/api/", "/Api/v1/posts/", "/api//v1/posts/", "/api/v1//posts/", "/api/v1/posts", "/api/v1/posts//",
    "/api/v1/posts/1", "/api/v1/./posts/", "/api/v1/../v1/posts/", "/api/v1/posts/%31/", "/api%2Fv1/posts/", "/%61pi/v1/posts/",
    "/apis/", "/api.json", "/api/v2/posts/", "/api/v1/comments/", "/api/v1/posts/x/", "/api/v1/posts/1/publish/",
    "/api/v1/posts/0/", "/api/v1/posts/-1/", "/api/v1/posts/" + "9" * 30 + "/", "/admin", "/Admin/", "/admin//", "/administrator/",
    "/admin/nothing/", "/preview", "/preview/", "/preview/1", "/preview/1/", "/preview/4/", "/preview/x/", "/previews/",
    "/%61dmin/", "/admin%2F", "/admin%0A", "/api%0A", "/livez", "/livez/", "/readyz", "/readyz/", "/metrics",
    "/static/", "/static", "/static/nothing.css",
    "/static/../manage.py", "/static/%2e%2e/manage.py", "/static/frontend/broadsheet.css", "/media/x.png",
)  # fmt: skip
API = (
    "/api/v1/posts/", "/api/v1/posts/1/", "/api/v1/posts/4/", "/api/v1/posts/9999/", "/api/v1/tags/", "/api/v1/tags/1/",
    "/api/v1/authors/", "/api/v1/authors/1/", "/api/schema/", "/api/docs/", "/api/docs/problems/",
)  # fmt: skip
ADMIN = (
    "/admin/login/", "/admin/login/?next=/admin/posts/post/", "/admin/", "/admin/logout/", "/admin/posts/post/", "/admin/posts/post/add/",
    "/admin/posts/tag/", "/admin/posts/post/1/change/", "/admin/posts/post/4/change/", "/admin/posts/post/9999/change/",
    "/admin/posts/post/1/history/", "/admin/posts/post/1/delete/", "/admin/password_reset/", "/admin/api/apitoken/",
    "/admin/jsi18n/", "/preview/1/", "/preview/4/", "/preview/9999/",
)  # fmt: skip
QUERIES = (
    "", "page_size=3", "page_size=100", "page_size=0", "page_size=101", "page_size=x", "status=draft", "status=scheduled",
    "status=trashed", "status=any", "status=live", "kind=page", "kind=x", "tag=news", "tag=nothing", "author=alice-adams",
    "author=alice-adams&tag=news", "author=nobody", "slug=post-1", "slug=nothing", "slug=%00",
    "published_after=2021-01-10T00:00:00Z", "published_after=2021-01-10",
    "published_before=2021-01-10T00:00:00Z", "published_after=yesterday", "updated_since=2021-01-01T00:00:00Z", "updated_since=x",
    "ordering=published_at", "ordering=-updated_at&page_size=2", "ordering=title", "kind=post&kind=page", "format=xml",
    "cursor=x", "cursor=eyJ4IjoxfQ:1abc:signature", "cursor=", "nonsense=1", "page_size=2&x=%ff", "&", "a=b&=c",
)  # fmt: skip
BAD_BODIES = (
    b"", b"{", b"[]", b"null", b'"x"', b"1", b'{"title": "a", "title": "b"}', b'{"title": NaN}', b'{"title": "\xff"}',
    b'\xef\xbb\xbf{"title": "a"}', b'{"\\ud800": 1}', b'{"title": "\\ud800"}', b'{"title": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    b'{"title": ' + b"9" * 5000 + b"}", b'{"title": {"a": 1}}', b'{"contents": "x"}', b'{"title": ""}', b'{"title": "a\\nb"}',
    b'{"title": "x", "slug": "Not a slug"}', b'{"title": "x", "slug": "admin"}', b'{"title": "x", "slug": "post-1"}',
    b'{"title": "x", "tags": ["nope"]}', b'{"title": "x", "tags": "news"}', b'{"title": "x", "authors": ["bob-adams"]}',
    b'{"title": "x", "status": "live"}', b'{"title": "x", "published_at": "soon"}', b'{"title": "x", "trashed": true}',
    b'{"title": "x", "canonical_url": "javascript:alert(1)"}', '{"title": "x"}'.encode("utf-16"), b"title=x", b"\x00" * 100,
    json.dumps({"title": "x" * 300}).encode(), json.dumps({"title": "x", "body": "y" * 1_000_001}).encode(),
)  # fmt: skip
CONTENT_TYPES = (
    "application/json", "application/json; charset=utf-8", "application/json; charset=latin-1", "APPLICATION/JSON",
    "application/vnd.api+json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
    "multipart/form-data; boundary=x", "x", "", "application/xml", "*/*",
)  # fmt: skip
ACCEPT = (
    "",
    "*/*",
    "application/json",
    "text/html,*/*;q=0.8",
    "text/csv",
    "application/yaml",
    "application/problem+json",
    "x",
    ",",
)
PRECONDITIONS = ("<etag>", "<stale>", "*", None, "1", '"9-00000000"', "W/<etag>", '"x", <etag>', ",", '""')
HOSTS = (
    "testserver", "TESTSERVER", "testserver:80", "testserver:8443", "localhost", "127.0.0.1", "evil.example.org", "testserver.",
    "a..b", "testserver@evil.example.org", "[::1]", "[::1", "x" * 300, "tést", "",
)  # fmt: skip


def record(seed: int = 3) -> list[Request]:
    """Return the recording; the same `seed` gives the same one."""
    random = Random(seed)
    read = [
        *_methods_everywhere(), *_pages(random), *_conditional_reads(random), *_lists(random), *_static_files(),
        *_admin(), *_hosts_and_proxies(), *_large_bodies(),
    ]  # fmt: skip
    # Reads also follow the writes, to read what was written. The admin shows times in minutes, so it comes before.
    return [*read, *_writes(random), *_bad_writes(), *_pages(random), *_lists(random)]


def _methods_everywhere() -> Iterator[Request]:
    """Every method at every kind of URL, anonymously and as an editor."""
    some_pages = (
        "/",
        "/post-1/",
        "/post-2/",
        "/old/6.html",
        "/feed.atom",
        "/search/?q=a",
        "/nope/x",
        "/robots.txt",
        "/livez",
    )
    for method, path in product(
        METHODS, (*some_pages, *API, "/admin/", "/admin/login/", "/preview/1/", "/static/x.css", "/api/x")
    ):
        yield Request(method, path)
        if path.startswith("/api/") and method not in ("POST", "PUT", "PATCH", "DELETE"):
            yield Request(method, path, _token("erika"))
    yield from (
        Request("OPTIONS", "*"),
        Request("CONNECT", "testserver:80"),
        Request("GET", "http://testserver/post-1/"),
    )


def _pages(random: Random) -> Iterator[Request]:
    """Readers' pages, redirects and unusual spellings, each with GET and HEAD."""
    for path in (*PAGES, *GONE_AND_MOVED, *PATH_VARIANTS):
        target = quote(path, safe="/%?&=+;:.~-_")
        yield Request("GET", target)
        yield Request("HEAD", target)
    for number in POSTS:
        headers = {"Accept-Encoding": random.choice(["gzip", "br", "identity", "gzip;q=0", "*", ""])}
        yield Request("GET", f"/post-{number}/", tuple(headers.items()))
        yield Request("GET", f"/renamed-{number}/", (("Cookie", "sessionid=nonsense; a=b"),))


def _conditional_reads(random: Random) -> Iterator[Request]:
    """Conditional reads with the current and with other ETags."""
    for path in (*PAGES, *API, *(f"/api/v1/posts/{number}/" for number in POSTS)):
        yield Request("GET", path)
        for validator in ("<etag>", "W/<etag>", '"other", <etag>', "*", '"1-00000000"', "x"):
            yield Request(random.choice(["GET", "GET", "HEAD"]), path, (("If-None-Match", validator),))
        yield Request("GET", path, (("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"),))
    for accept, path in product(ACCEPT, API):
        yield Request("GET", path, (("Accept", accept),))


def _lists(random: Random) -> Iterator[Request]:
    """Lists of the API: valid and invalid values of every parameter, and pagination to the last page."""
    for resource, query in product(("posts", "tags", "authors"), QUERIES):
        caller = random.choice([None, "erika", "alice", "charlie", *CALLERS])
        yield Request("GET", f"/api/v1/{resource}/?{query}", _token(caller))
    for ordering, caller in product(("-published_at", "published_at", "-updated_at", "updated_at"), (None, "erika")):
        status = "&status=any" if caller and "updated" in ordering else ""
        yield Request("GET", f"/api/v1/posts/?ordering={ordering}&page_size=9{status}", _token(caller))
        yield from [Request("GET", "<next>", _token(caller))] * 10
    for caller in CALLERS:
        for path in (
            "/api/v1/posts/?status=draft",
            "/api/v1/posts/4/",
            "/api/v1/posts/2/",
            "/api/v1/tags/",
            "/api/schema/",
        ):
            yield Request("GET", path, _token(caller))
    for value in (
        "Bearer",
        "Bearer ",
        "bearer <erika>",
        "Token <erika>",
        "<erika>",
        "Bearer <erika> x",
        "Basic YTpi",
        "Bearer é",
    ):
        yield Request("GET", "/api/v1/posts/?status=draft", (("Authorization", value),))


def _static_files() -> Iterator[Request]:
    """The stylesheet: complete, in ranges, compressed, and under the names of other releases."""
    yield Request("GET", "/")
    ranges = ("bytes=0-99", "bytes=100-", "bytes=-10", "bytes=0-0,5-9", "bytes=999999999-", "bytes=x", "lines=1-2")
    for method in ("GET", "HEAD", "POST", "OPTIONS"):
        yield Request(method, "<stylesheet>")
        yield Request(method, "/static/frontend/broadsheet.000000000000.css")
    for headers in (
        *((("Range", value),) for value in ranges),
        *((("Accept-Encoding", value),) for value in ("gzip", "br", "gzip, br", "identity", "gzip;q=0")),
        (("Range", "bytes=0-9"), ("If-Range", '"other"')),
        (("If-None-Match", "<etag>"),),
        (("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"),),
    ):
        yield Request("GET", "<stylesheet>", headers)


def _admin() -> Iterator[Request]:
    """The admin: anonymously, as an editor, and with forged forms."""
    cookie = (("Cookie", "sessionid=<session>"),)
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    for path in ADMIN:
        yield Request("GET", path)
        yield Request("HEAD", path)
        yield Request("POST", path, form, b"username=erika&password=x")
        if path != "/admin/logout/":
            yield Request("GET", path, cookie)
            yield Request("POST", path, (*cookie, *form), b"title=forged")
            yield Request("PUT", path, (*cookie, *form), b"title=forged")
    for path in ("/", "/post-4/", "/api/v1/posts/4/", "/api/v1/posts/?status=draft"):
        yield Request("GET", path, cookie)


def _hosts_and_proxies() -> Iterator[Request]:
    """Allowed and other hosts, and forged proxy headers."""
    for host, path in product((*HOSTS, None), ("/", "/api/v1/posts/", "/admin/", "/livez", "/archive")):
        yield Request("GET", path, host=host)
    for name, value in [
        ("X-Forwarded-Host", "evil.example.org"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Proto", "x"),
        ("X-Forwarded-For", "203.0.113.1"), ("X-Forwarded-Port", "99"), ("Forwarded", "host=evil.example.org"),
        ("X-Original-URL", "/admin/"), ("X-Rewrite-URL", "/admin/"), ("X-HTTP-Method-Override", "DELETE"),
        ("X_Forwarded_Proto", "https"), ("X-Request-ID", "0123456789abcdef"), ("X-Request-ID", "no id"),
        ("Accept-Language", "de"), ("Expect", "100-continue"), ("Upgrade", "h2c"), ("Connection", "Upgrade"),
        ("X-Envoy-Original-Path", "/admin/"), ("X-Envoy-Max-Retries", "5"), ("Cookie", "csrftoken=x"),
        ("Origin", "https://evil.example.org"), ("Referer", "https://evil.example.org/"), ("X-Big", "x" * 6000),
    ]:  # fmt: skip
        for method, path in [("GET", "/post-1"), ("GET", "/api/v1/posts/1/"), ("POST", "/api/v1/posts/1/")]:
            yield Request(method, path, ((name, value),))


def _large_bodies() -> Iterator[Request]:
    """Bodies at and over the limit, for paths that read them and paths that do not."""
    for size, (method, path) in product(
        (5 * 2**20, 5 * 2**20 + 1, 6 * 2**20), [("POST", "/api/v1/posts/"), ("PATCH", "/api/v1/posts/1/"), ("POST", "/"), ("POST", "/admin/login/")]
    ):  # fmt: skip
        yield Request(method, path, (*_token("erika"), ("Content-Type", "application/json")), b"x" * size)
    for method in ("GET", "HEAD", "DELETE", "OPTIONS"):
        yield Request(method, "/api/v1/posts/1/", (*_token("charlie"), ("Content-Type", "application/json")), b"{}")
    for length in ("x", "-1", "+5", "5, 5"):
        yield Request("POST", "/api/v1/posts/", (("Content-Length", length),))
    yield Request(
        "POST",
        "/api/v1/posts/",
        (*_token("erika"), ("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")),
        b'c\r\n{"title": 1}\r\n0\r\n\r\n',
    )


def _writes(random: Random) -> Iterator[Request]:
    """Writes with the ETag of a preceding read, followed by another read."""
    for number in range(520):
        resource, highest = random.choice([("posts", 90), ("posts", 90), ("posts", 90), ("tags", 14), ("authors", 8)])
        caller = random.choices((*CALLERS, None), (10, 20, *[1] * 8, 1))[0]
        path, headers = f"/api/v1/{resource}/", _token(caller)
        if random.random() < 0.3:
            yield Request("POST", path, (*headers, _JSON), _body(random, resource, number))
            continue
        path += f"{random.randrange(1, highest)}/"
        yield Request("GET", path, headers)
        method = random.choices(("PATCH", "PUT", "DELETE"), (6, 3, 1))[0]
        body = b"" if method == "DELETE" else _body(random, resource, number)
        validator = random.choices(PRECONDITIONS, (20, 4, 4, *[1] * 7))[0]
        yield Request(method, path, (*headers, _JSON, *((("If-Match", validator),) if validator else ())), body)
        yield Request("GET", path, (*headers, ("If-None-Match", "<etag>")))
        yield Request(random.choice(["GET", "HEAD"]), random.choice(PAGES))


def _body(random: Random, resource: str, number: int) -> bytes:
    """Return a body that is usually valid."""
    if resource != "posts":
        kinds = [{"name": f"Name {number}"}, {"name": f"Name {number}", "slug": f"name-{number}"}, {"name": "News"}, {}]
        return json.dumps(random.choice(kinds)).encode()
    fields = {
        "title": f"Written {number}",
        "body": f"*Text* {number} with words.",
        "slug": f"written-{number % 40}",
        "status": random.choice(["draft", "published"]),
        "published_at": f"2022-03-{1 + number % 28:02}T12:00:00Z",
        "tags": random.sample(["news", "code", "unused"], random.randrange(3)),
        "summary": "",
        "trashed": False,
    }
    chosen = random.sample(sorted(fields), random.randrange(1, 7))
    return json.dumps({"title": fields["title"]} | {name: fields[name] for name in chosen}).encode()


def _bad_writes() -> Iterator[Request]:
    """Invalid bodies and content types for all kinds of writes."""
    places = [
        ("POST", "/api/v1/posts/"),
        ("PUT", "/api/v1/posts/1/"),
        ("PATCH", "/api/v1/posts/3/"),
        ("POST", "/api/v1/tags/"),
    ]
    for (method, path), body, caller in product(places, BAD_BODIES, ("alice", "erika")):
        yield Request(method, path, (*_token(caller), _JSON, ("If-Match", "*")), body)
    for (method, path), content_type in product((*places, ("DELETE", "/api/v1/tags/99/")), CONTENT_TYPES):
        yield Request(
            method, path, (*_token("charlie"), ("Content-Type", content_type), ("If-Match", "*")), b'{"title": "x"}'
        )
        yield Request(
            method, path, (*_token("erika"), ("Content-Type", content_type), ("If-Match", "*")), b'{"nope": "x"}'
        )
    for (method, path), caller in product((*places, ("DELETE", "/api/v1/posts/1/")), (*CALLERS[2:], None)):
        yield Request(method, path, (*_token(caller), _JSON), b'{"title": "x"}')


_JSON = ("Content-Type", "application/json")


def _token(caller: str | None) -> tuple[tuple[str, str], ...]:
    return (("Authorization", f"Bearer <{caller}>"),) if caller else ()
