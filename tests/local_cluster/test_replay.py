"""The split answers as the monolith does: thousands of requests, to both in the same order, compared answer by answer.

Both have equal databases of their own to begin with, the same settings and the same static files. What may differ, and
nothing else, is named below with its reason. A name that never applies is out of date, and fails the test.
"""

from __future__ import annotations

import json
import re
import socket
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import pytest
from django.core import signing

from tests import servers
from tests.local_cluster import gateway, recording
from tests.local_cluster.recording import Request
from tests.local_cluster.sites import running

pytestmark = pytest.mark.server

SECONDS = 60
SHOWN = 15
"""Differences that a report shows; it counts the rest."""

UNCOMPARED = {
    "date": "the moment of the answer",
    "server": "who answers, which is another program by intent",
    "connection": "between two neighbours (RFC 9110, 7.6.1)",
    "keep-alive": "between two neighbours",
    "transfer-encoding": "between two neighbours",
    "content-length": "http.client holds it against the body, which is compared",
}
"""Headers that are not compared."""


class Answer(NamedTuple):
    """What came back: status 0 where the connection was closed without an answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def __str__(self) -> str:
        """Return it for the report of a difference."""
        headers = "".join(f"\n    {name}: {value}" for name, value in sorted(self.headers.items()))
        return f"{self.status}{headers}\n    {self.body[:1500]!r}"


@dataclass
class Site:
    """One of the two, and what it has told so far."""

    address: tuple[str, int]
    secrets: dict[str, str]
    tags: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    known: dict[str, str] = field(default_factory=lambda: {"next": "/api/v1/posts/", "stylesheet": "/static/"})
    connection: socket.socket | None = None

    def ask(self, request: Request) -> Answer:
        """Send a request and remember what later ones name: ETags, the next page, the stylesheet."""
        target = self._filled(request.target, request)
        answer = self._send(request, target)
        path = target.split("?")[0]
        for place in {path, urlsplit(answer.headers.get("location", "")).path} - {""}:
            if tag := answer.headers.get("etag"):
                known = self.tags[place]
                if tag not in known[-1:]:
                    known.append(tag)
        if path.startswith("/api/v1/") and b'"results":' in answer.body:
            self.known["next"] = self._path(json.loads(answer.body)["next"]) or "/api/v1/posts/"
        if sheet := re.search(rb'<link rel="stylesheet" href="([^"]+)"', answer.body):
            self.known["stylesheet"] = sheet[1].decode()
        return answer

    @staticmethod
    def _path(url: str | None) -> str:
        parts = urlsplit(url or "")
        return f"{parts.path}?{parts.query}" if url else ""

    def _filled(self, text: str, request: Request) -> str:
        def value(match: re.Match) -> str:
            tags = ['"0-00000000"', '"0-00000000"', *self.tags.get(self._filled_path(request), [])]
            named = {"etag": tags[-1], "stale": tags[-2], **self.known, **self.secrets}
            return named[match[1]]

        return re.sub("<([a-z]+)>", value, text)

    def _filled_path(self, request: Request) -> str:
        return self.known.get(request.target.strip("<>"), request.target).split("?")[0]

    def _send(self, request: Request, target: str) -> Answer:
        """Send it as it is, on the connection of the last one if that is open; nothing is sent twice."""
        message = self._message(request, target)
        if self.connection is None:
            self.connection = socket.create_connection(self.address, timeout=SECONDS)
        try:
            return self._exchange(request, message)
        except (HTTPException, OSError):
            self._close()
            return Answer(0, {}, b"")

    def _message(self, request: Request, target: str) -> bytes:
        """Return it as it goes over the wire. (Libraries refuse to send much of what clients do send.)"""
        headers = [("Host", request.host)] if request.host is not None else []
        headers += [(name, self._filled(value, request)) for name, value in request.headers]
        if request.body and not {"content-length", "transfer-encoding"} & {name.lower() for name, _value in headers}:
            headers.append(("Content-Length", str(len(request.body))))
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        return f"{request.method} {target} HTTP/1.1\r\n{head}\r\n".encode() + request.body

    def _exchange(self, request: Request, message: bytes) -> Answer:
        with suppress(BrokenPipeError, ConnectionResetError):  # Refused before all of it was sent: the answer is there.
            self.connection.sendall(message)
        received = HTTPResponse(self.connection, method=request.method)
        received.begin()
        headers: dict[str, str] = {}
        for name, value in received.getheaders():
            headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
        answer = Answer(received.status, headers, received.read())
        if received.will_close:
            self._close()
        return answer

    def _close(self) -> None:
        self.connection.close()
        self.connection = None


# What may differ


@dataclass(frozen=True)
class Exemption:
    """Requests whose answers may differ, because of what they are."""

    name: str
    reason: str
    applies: Callable[[Request, Answer, Answer], bool]


def _by_envoy(asked: Callable[[Request], bool]) -> Callable[[Request, Answer, Answer], bool]:
    """Return a condition: it is such a request, and no pod has seen it (each puts its X-Request-ID on an answer)."""
    return lambda request, _one, two: asked(request) and "x-request-id" not in two.headers and two.status in (400, 404)


EXEMPTIONS = [
    Exemption(
        "no path",
        "Envoy answers 404 to CONNECT and to `OPTIONS *`, because no rule can match where there is no path",
        _by_envoy(lambda request: request.method == "CONNECT" or request.target == "*"),
    ),
    Exemption(
        "no host",
        "Envoy answers 400 without a Host, and to one that is not ASCII; gunicorn lets both pass",
        _by_envoy(lambda request: request.host is None or not request.host.isascii()),
    ),
    Exemption(
        "no length",
        "Envoy refuses a Content-Length that is no number in words of its own, also with 400",
        _by_envoy(lambda request: any(n == "Content-Length" and not v.isdigit() for n, v in request.headers)),
    ),
    Exemption(
        "whole address",
        "a gateway, as RFC 9112 (3.2.2) wants it, passes on the path of `GET http://host/path`; gunicorn takes it all "
        "for the path",
        lambda request, one, two: request.target.startswith("http://") and (one.status, two.status) == (404, 200),
    ),
]


class Comparison:
    """Two series of answers, made comparable by named rules; counts of how much use each was."""

    RULES = {
        "moment": "when something was written, or when an answer was made, during this run",
        "cursor": "a signature holds the moment of signing; what it signs is compared",
        "message": "so does that of the admin's messages in a cookie",
        "tag": "ETags depend on moments; one of a site must always stand for the same one of the other",
        "request id": "the name of a request that has none, which problem documents repeat",
        "draft": "the key of the draft of a post that is not there yet is random",
        "forgery": "the admin's protection against forged forms is random",
        "policy": "each process lists the directives of the Content-Security-Policy in an order of its own",
    }
    MOMENT = re.compile(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|\+00:00)|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT"
    )
    CURSOR = re.compile(r"cursor=([\w.%:-]+)", re.ASCII)
    MESSAGE = re.compile(r"(?<=messages=)([\w.-]+):\w+:[\w-]+", re.ASCII)
    TAG = re.compile(r'(?<=")(?:\d{1,10}-[0-9a-f]{8}|[0-9a-f]{16}|[0-9a-f]{32})(?=\\?")')
    FORGERY = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")\w{64}|(?<=csrftoken=)\w{32}; expires=[^;]+')
    DRAFT = re.compile(r'(?<=name="draft_key" value="new:)\w{20}(?=")')

    def __init__(self) -> None:
        self.begun = datetime.now(UTC) - timedelta(seconds=1)
        self.used: Counter[str] = Counter()
        self._pairs: dict[str, str] = {}
        self._partners: dict[str, str] = {}

    def differences(self, one: Answer, two: Answer) -> list[str]:
        """Return the names of what differs between the monolith's answer and the split's."""
        self._pair(one, two)
        first, second = self._headers(one), self._headers(two, of_the_split=True)
        found = [name for name in sorted(first.keys() | second.keys()) if first.get(name) != second.get(name)]
        if one.body != two.body and self._text(one) != self._text(two, of_the_split=True):
            found.append("body")
        return ["status", *found] if one.status != two.status else found

    def _pair(self, one: Answer, two: Answer) -> None:
        """Take note of two ETags of the same thing: from here on they stand for each other, and for no other."""
        mine, its = (answer.headers.get("etag", "").removeprefix("W/").strip('"') for answer in (one, two))
        if mine == its or not (mine and its) or (one.body and one.body == two.body):
            return
        if mine.split("-")[:-1] == its.split("-")[:-1] and self._partners.setdefault(mine, its) == its:
            self._pairs.setdefault(its, mine)

    def _headers(self, answer: Answer, of_the_split: bool = False) -> dict[str, str]:
        headers = {name: value for name, value in answer.headers.items() if name not in UNCOMPARED}
        if policy := headers.get("content-security-policy"):
            headers["content-security-policy"] = "; ".join(sorted(policy.split("; ")))
            self.used["policy"] += 1
        return {name: self._normal(value, answer, of_the_split) for name, value in headers.items()}

    def _text(self, answer: Answer, of_the_split: bool = False) -> str:
        return self._normal(answer.body.decode("utf-8", "backslashreplace"), answer, of_the_split)

    def _normal(self, text: str, answer: Answer, of_the_split: bool) -> str:
        request_id = answer.headers.get("x-request-id", "")
        if len(request_id) >= 32:
            text = self._replaced("request id", re.compile(request_id), lambda match: "<request id>", text)
        text = self._replaced("cursor", self.CURSOR, _signed, text)
        text = self._replaced("message", self.MESSAGE, lambda match: match[1], text)
        text = self._replaced("moment", self.MOMENT, self._moment, text)
        if of_the_split:
            text = self._replaced("tag", self.TAG, lambda match: self._pairs.get(match[0], match[0]), text)
        text = self._replaced("draft", self.DRAFT, lambda match: "<random>", text)
        return self._replaced("forgery", self.FORGERY, lambda match: "<random>", text)

    def _replaced(self, rule: str, pattern: re.Pattern, replacement: Callable[[re.Match], str], text: str) -> str:
        made = pattern.sub(replacement, text)
        self.used[rule] += made != text
        return made

    def _moment(self, match: re.Match) -> str:
        text = match[0]
        try:
            moment = parsedate_to_datetime(text) if text.endswith("GMT") else datetime.fromisoformat(text)
        except ValueError:
            return text
        return "<now>" if self.begun <= moment <= datetime.now(UTC) else text


def _signed(match: re.Match) -> str:
    try:
        return f"cursor={json.dumps(signing.loads(unquote(match[1]), salt='apps.api.pagination'))}"
    except signing.BadSignature:
        return match[0]


# The test


@pytest.fixture(scope="module")
def sites(rendered, tmp_path_factory, databases) -> Iterator[tuple[Site, Site]]:
    """The monolith and the split, on two databases that hold the same."""
    if not databases.server_url.startswith("mysql"):
        pytest.skip("the split needs a database server: set TEST_DATABASE_URL=mysql://…")
    monoliths, splits = databases.new(), databases.new()
    env = servers.environment(monoliths, **gateway.environment())
    secrets = json.loads(servers.manage(env, "shell", "--no-imports", "-c", recording.SEED).stdout)
    _copy(monoliths, splits)
    folders = tmp_path_factory.mktemp("monolith"), tmp_path_factory.mktemp("split")
    with running(folders[1], splits, settings=gateway.environment()) as cluster:
        # An ETag is that of a release too.
        (pod, *_pods) = cluster.all_pods()
        release = pod.environment["RELEASE"]
        shared = {"STATIC_ROOT": str(cluster.release.path / "var" / "static"), "RELEASE": release}
        with servers.serving(monoliths, folders[0], **gateway.environment(), **shared) as monolith:
            yield tuple(Site(("127.0.0.1", port), secrets) for port in (monolith.port, cluster.gateway.port))


def _copy(source: str, target: str) -> None:
    """Make two migrated databases hold the same rows, and give the same numbers to the next ones."""
    import MySQLdb

    parts = urlsplit(source)
    names = [urlsplit(url).path[1:] for url in (source, target)]
    connection = MySQLdb.connect(
        host=parts.hostname, port=parts.port or 3306, user=parts.username or "", password=parts.password or ""
    )
    with connection, connection.cursor() as cursor:
        cursor.execute("SET foreign_key_checks = 0")
        cursor.execute(f"SHOW TABLES FROM {names[0]}")
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {names[1]}.{table}")
            cursor.execute(f"INSERT INTO {names[1]}.{table} SELECT * FROM {names[0]}.{table}")
            cursor.execute(f"SHOW COLUMNS FROM {names[0]}.{table} WHERE extra = 'auto_increment'")
            for column, *_rest in cursor.fetchall():
                cursor.execute(f"SELECT COALESCE(MAX({column}), 0) + 1 FROM {names[0]}.{table}")
                (following,) = cursor.fetchone()
                for name in names:
                    cursor.execute(f"ALTER TABLE {name}.{table} AUTO_INCREMENT = {following}")
        connection.commit()


NOW = datetime.now(UTC).isoformat()


def answer(body: str = "", status: int = 200, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body.encode())


@pytest.mark.parametrize(
    ("one", "two", "found"),
    [
        (answer(status=404), answer(status=405), ["status"]),
        (answer(allow="GET, HEAD"), answer(allow="GET"), ["allow"]),
        (answer(vary="Cookie"), answer(), ["vary"]),
        (answer("a"), answer("b"), ["body"]),
        (answer("a", etag='"1-00000000"'), answer("a", etag='"1-00000001"'), ["etag"]),
        (answer("a", etag='"1-00000000"'), answer("b", etag='"2-00000000"'), ["etag", "body"]),
        (answer(f"at {NOW}"), answer("at 2021-01-01T00:00:00Z"), ["body"]),
        (answer("at 2021-01-01T00:00:00Z"), answer("at 2021-01-01T00:00:01Z"), ["body"]),
        (answer(link="<?cursor=a>"), answer(link="<?cursor=b>"), ["link"]),
        (answer(set_cookie="messages=a:1:b"), answer(set_cookie="messages=c:1:b"), ["set-cookie"]),
    ],
)
def test_a_difference_is_seen(one, two, found):
    assert Comparison().differences(one, two) == found


@pytest.mark.parametrize("spelling", ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S+00:00", "%a, %d %b %Y %H:%M:%S GMT"])
def test_a_second_that_ends_between_the_two_sites_makes_no_difference(spelling):
    comparison = Comparison()
    comparison.begun -= timedelta(seconds=10)
    one, two = (f"at {datetime.now(UTC) - timedelta(seconds=ago):{spelling}}" for ago in (5, 4))
    assert comparison.differences(answer(one), answer(two)) == []


def test_what_depends_on_the_moment_is_none():
    comparison = Comparison()
    bodies = [f"at {datetime.now(UTC).isoformat()}" for _site in range(2)]
    one, two = answer(bodies[0], etag='"1-0000000a"'), answer(bodies[1], etag='"1-0000000b"')
    assert comparison.differences(one, two) == []
    assert comparison.differences(answer(etag='"1-0000000a"'), answer(etag='"1-0000000b"')) == []
    assert comparison.differences(answer(etag='"1-0000000a"'), answer(etag='"1-0000000c"')) == ["etag"]


@pytest.mark.heavy
def test_the_split_answers_every_recorded_request_as_the_monolith_does(sites):
    requests = recording.record()
    comparison, exempted, statuses, differences, failed = Comparison(), Counter(), Counter(), [], []
    with ThreadPoolExecutor(2) as pool:
        for number, request in enumerate(requests):
            one, two = pool.map(lambda site, asked=request: site.ask(asked), sites)
            statuses[one.status] += 1
            if one.status in {0, 500, 502, 503, 504}:
                failed.append(f"{number}: {request}\n  {one}")
            exemption = next((rule for rule in EXEMPTIONS if rule.applies(request, one, two)), None)
            if exemption:
                exempted[exemption.name] += 1
            elif found := comparison.differences(one, two):
                what = ", ".join(found)
                differences.append(f"{number}: {what}\n  {request}\n  monolith: {one}\n  split: {two}")
    print(f"{len(requests)} requests: {dict(sorted(statuses.items()))}; exempted: {dict(exempted)}")
    shown = "\n\n".join(differences[:SHOWN])
    assert not differences, f"{len(differences)} of {len(requests)} answers differ:\n\n{shown}"
    assert len(requests) >= 5000
    assert not failed, "\n\n".join(failed[:SHOWN])
    assert set(exempted) == {rule.name for rule in EXEMPTIONS}
    assert {rule for rule, times in comparison.used.items() if times} == set(Comparison.RULES)
